//! Souk's database schema. One file per step, each valid on SQLite and PostgreSQL.
//!
//! Conventions: ids and enums are text, ids sort bytewise; instants are UTC with microseconds;
//! money is whole minor units beside a three-letter currency. A release adds first and removes
//! only one release later, so that two versions can run side by side during a deploy.

use sea_orm_migration::prelude::*;

mod dialect;
mod m20261121_0001_machinery;
mod m20261121_0002_people;
mod m20261121_0003_connections;
mod m20261121_0004_accounts;
mod m20261121_0005_beneficiaries;
mod m20261121_0006_payouts;
mod m20261121_0007_webhooks;
mod m20261121_0008_outages;
mod m20261121_0009_forgetting;
mod m20261121_0010_order_of_steps;
mod m20261121_0011_nicknames;
mod m20261121_0012_turns;
mod m20261121_0013_renewals;
mod m20261122_0014_security;
mod m20261122_0015_holds;

/// Lists every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_0001_machinery::Step),
            Box::new(m20261121_0002_people::Step),
            Box::new(m20261121_0003_connections::Step),
            Box::new(m20261121_0004_accounts::Step),
            Box::new(m20261121_0005_beneficiaries::Step),
            Box::new(m20261121_0006_payouts::Step),
            Box::new(m20261121_0007_webhooks::Step),
            Box::new(m20261121_0008_outages::Step),
            Box::new(m20261121_0009_forgetting::Step),
            Box::new(m20261121_0010_order_of_steps::Step),
            Box::new(m20261121_0011_nicknames::Step),
            Box::new(m20261121_0012_turns::Step),
            Box::new(m20261121_0013_renewals::Step),
            Box::new(m20261122_0014_security::Step),
            Box::new(m20261122_0015_holds::Step),
        ]
    }
}

/// The name of the newest migration; readiness compares it with what the database has applied.
pub fn newest() -> String {
    Migrator::migrations().last().expect("there is at least one migration").name().to_owned()
}

/// Brings the database up to [`newest`]. Safe to run again.
pub async fn run(database: &sea_orm_migration::sea_orm::DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(database, None).await
}

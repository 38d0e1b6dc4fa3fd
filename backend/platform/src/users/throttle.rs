//! How often somebody may try: counted in the database, so that all replicas count together. Subjects
//! are kept as hashes; a window that is over is forgotten.

use chrono::Duration;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::entity::throttle::{ActiveModel, Column, Entity};
use crate::db::Tx;
use crate::kernel::Failure;
use crate::kernel::digest::sha256_hex;
use crate::platform::Platform;

/// So many in so long.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub what: &'static str,
    pub count: i64,
    pub window: Duration,
}

/// Wrong passwords for one account from one address.
pub const WRONG_PASSWORDS: Limit = Limit { what: "password", count: 10, window: Duration::minutes(15) };
/// Wrong passwords for one account from anywhere: slower than guessing needs.
pub const WRONG_PASSWORDS_ANYWHERE: Limit =
    Limit { what: "password_anywhere", count: 100, window: Duration::minutes(15) };
/// Sign-ups, resets and wrong passwords from one address.
pub const ADDRESS: Limit = Limit { what: "address", count: 60, window: Duration::minutes(15) };
/// Mails that a stranger can cause to one recipient: to reset a password, and about signing up.
pub const RESET_MAILS: Limit = Limit { what: "reset_mail", count: 5, window: Duration::hours(1) };
pub const SIGN_UP_MAILS: Limit = Limit { what: "sign_up_mail", count: 5, window: Duration::hours(1) };

fn subject(limit: Limit, whose: &str) -> String {
    sha256_hex(format!("{} {whose}", limit.what))
}

/// Whether one more is allowed; counts nothing.
pub async fn has_room(platform: &Platform, limit: Limit, whose: &str) -> Result<bool, Failure> {
    let row = Entity::find_by_id(subject(limit, whose)).one(platform.db.read()).await?;
    let now = platform.clock.now();
    Ok(row.is_none_or(|row| row.window_ends_at <= now || row.count < limit.count))
}

/// Takes one back that was counted and turned out to be none.
pub async fn give_back(platform: &Platform, limit: Limit, whose: &str) -> Result<(), Failure> {
    let subject = &subject(limit, whose);
    platform
        .db
        .write(|tx| async move {
            Entity::update_many()
                .col_expr(Column::Count, Expr::col(Column::Count).sub(1))
                .filter(Column::Subject.eq(subject))
                .filter(Column::Count.gt(0))
                .exec(&*tx)
                .await?;
            Ok(())
        })
        .await
}

/// Forgets what was counted: its owner has shown who she is.
pub async fn forget(tx: &Tx, limit: Limit, whose: &str) -> Result<(), Failure> {
    Entity::delete_by_id(subject(limit, whose)).exec(&**tx).await?;
    Ok(())
}

/// Counts one, and answers whether it was still within the limit.
pub async fn count(platform: &Platform, limit: Limit, whose: &str) -> Result<bool, Failure> {
    let (now, subject) = (platform.clock.now(), &subject(limit, whose));
    platform
        .db
        .write(|tx| async move {
            Entity::delete_many().filter(Column::WindowEndsAt.lte(now)).exec(&*tx).await?;
            let first = ActiveModel {
                subject: Set(subject.clone()),
                count: Set(0),
                window_ends_at: Set(now + limit.window),
            };
            Entity::insert(first)
                .on_conflict(OnConflict::column(Column::Subject).do_nothing().to_owned())
                .exec_without_returning(&*tx)
                .await?;
            Entity::update_many()
                .col_expr(Column::Count, Expr::col(Column::Count).add(1))
                .filter(Column::Subject.eq(subject))
                .exec(&*tx)
                .await?;
            let row = Entity::find_by_id(subject).one(&*tx).await?;
            Ok(row.is_none_or(|row| row.count <= limit.count))
        })
        .await
}

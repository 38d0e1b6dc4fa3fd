//! An outage of the token endpoint must not expose every connection (rule 14 of the protocol): after
//! three unresolved outcomes in a row no untouched generation is sent. A probe that endangers nobody, a
//! code exchange with an invalid code, asks every 15 seconds whether the endpoint answers again.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use airwallex::token_transport::{TokenError, TokenErrorKind};

use super::super::entity::token_endpoint::{ActiveModel, Column, Entity};
use super::super::rules;
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue};
use crate::kernel::Failure;
use crate::platform::Platform;

pub const PROBE: &str = "connections.probe";

/// Whether untouched generations have to wait.
pub(super) async fn is_open(platform: &Platform, db: &impl ConnectionTrait) -> Result<bool, Failure> {
    let row = Entity::find_by_id(platform.settings.app_id.clone()).one(db).await?;
    Ok(row.is_some_and(|row| row.unresolved_count >= rules::UNRESOLVED_IN_A_ROW))
}

/// How many outcomes in a row nobody knows.
pub async fn silence(platform: &Platform) -> Result<u64, Failure> {
    let row = Entity::find_by_id(platform.settings.app_id.clone()).one(platform.db.read()).await?;
    Ok(row.map_or(0, |row| row.unresolved_count.unsigned_abs()))
}

/// Whether untouched connections wait, at so many.
pub fn is_waiting(silence: u64) -> bool {
    silence >= rules::UNRESOLVED_IN_A_ROW.unsigned_abs()
}

/// Counts an outcome that nobody knows; at the limit the probe takes over. An answer, whatever it says,
/// ends the row of them; a request that never left says nothing.
pub(super) async fn failed(platform: &Platform, error: &TokenError) -> Result<(), Failure> {
    match &error.kind {
        TokenErrorKind::Unknown(_) => platform.db.write(|tx| async move { count(platform, &tx).await }).await,
        TokenErrorKind::InvalidGrant | TokenErrorKind::Misconfigured(_) => answered(platform).await,
        TokenErrorKind::NotSent(_) | TokenErrorKind::Limited => Ok(()),
    }
}

/// Takes the row, made if need be, until the transaction ends.
pub(super) async fn lock(platform: &Platform, tx: &Tx) -> Result<(), Failure> {
    let application = &platform.settings.app_id;
    let first = ActiveModel { application: Set(application.clone()), unresolved_count: Set(0) };
    Entity::insert(first)
        .on_conflict(OnConflict::column(Column::Application).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    Entity::update_many()
        .col_expr(Column::UnresolvedCount, Expr::col(Column::UnresolvedCount))
        .filter(Column::Application.eq(application))
        .exec(&**tx)
        .await?;
    Ok(())
}

async fn count(platform: &Platform, tx: &Tx) -> Result<(), Failure> {
    let application = &platform.settings.app_id;
    lock(platform, tx).await?;
    Entity::update_many()
        .col_expr(Column::UnresolvedCount, Expr::col(Column::UnresolvedCount).add(1))
        .filter(Column::Application.eq(application))
        .exec(&**tx)
        .await?;
    if holds(platform, tx).await? {
        tracing::error!("the token endpoint does not answer; refreshes wait for a probe to succeed");
    }
    Ok(())
}

/// Whether untouched chains wait. Then a probe is under way, whoever finds it so.
pub(super) async fn holds(platform: &Platform, tx: &Tx) -> Result<bool, Failure> {
    let holds = is_open(platform, &**tx).await?;
    if holds {
        let probe = NewJob::about(PROBE, &platform.settings.app_id).urgent().after(rules::PROBE);
        enqueue(platform, tx, probe).await?;
    }
    Ok(holds)
}

/// The endpoint answered: the row of unknown outcomes is over. Writes only when there was one.
pub(super) async fn answered(platform: &Platform) -> Result<(), Failure> {
    if silence(platform).await? == 0 {
        return Ok(());
    }
    platform
        .db
        .write(|tx| async move {
            Entity::update_many()
                .set(ActiveModel { unresolved_count: Set(0), ..Default::default() })
                .filter(Column::Application.eq(&platform.settings.app_id))
                .exec(&*tx)
                .await?;
            Ok(())
        })
        .await
}

/// Asks whether the endpoint answers at all; an invented code endangers nobody. Answers whether it is well.
pub async fn probe(platform: &Platform) -> Result<bool, Failure> {
    let (code, verifier) = (platform.random.token(), platform.random.token());
    let code = airwallex::Token::new(format!("probe-{}", code.expose()));
    let verifier = airwallex::Token::new(verifier.expose().clone());
    let is_well = platform.oauth.answers(&code, &verifier).await;
    if is_well {
        answered(platform).await?;
    } else {
        tracing::warn!("the token endpoint does not answer its probe");
    }
    Ok(is_well)
}

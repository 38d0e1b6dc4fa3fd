//! What an answer means: a pair is committed whatever happened meanwhile, a refusal counts by its rules,
//! and silence leaves the send open.

use std::time::Duration as StdDuration;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use airwallex::api::oauth::TokenPair;
use airwallex::token_transport::{TokenError, TokenErrorKind};

use super::super::entity::{chain, connection, refresh_attempt};
use super::super::model::{ConnectionStatus, Reason};
use super::super::rules::{self, Send};
use super::super::{store, vault};
use super::lease::{lock_chain, release};
use super::permit::{Permit, sends_of};
use super::{Turn, is_connected, refresher};
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue};
use crate::kernel::id::ChainId;
use crate::kernel::{Failure, Who};
use crate::notifications;
use crate::platform::Platform;

pub const SETTLE: &str = "connections.settle";

/// Commits a received pair, whatever the lease says and even if the connection was given up meanwhile.
/// Repeats until the database answers: the pair in memory is the only copy.
pub(super) async fn commit(platform: &Platform, id: &ChainId, permit: &Permit, pair: &TokenPair) {
    let undecided_until = tokio::time::Instant::now() + UNDECIDED;
    loop {
        match commit_once(platform, id, permit, pair).await {
            Ok(Committed::Yes | Committed::Overtaken) => return,
            Ok(Committed::Undecided) if tokio::time::Instant::now() > undecided_until => return,
            Ok(Committed::Undecided) => {}
            Err(failure) => {
                tracing::error!(chain.id = %id, %failure, "a new token pair could not be committed yet");
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Between two tries to write something down that must not be lost.
const AGAIN: StdDuration = StdDuration::from_millis(500);
/// Longer than a later send of the same generation can stay undecided.
const UNDECIDED: StdDuration = StdDuration::from_secs(60);

/// What became of a received pair.
enum Committed {
    Yes,
    /// The chain has moved on.
    Overtaken,
    /// A later send of the same generation is open: only what becomes of it tells whether this pair is
    /// the newest. Until then this send stays open, for it was executed.
    Undecided,
}

async fn commit_once(
    platform: &Platform,
    id: &ChainId,
    permit: &Permit,
    pair: &TokenPair,
) -> Result<Committed, Failure> {
    platform
        .db
        .write(|tx| async move {
            lock_chain(&tx, id).await?;
            let Some(chain) = store::chain(&*tx, id).await? else { return Ok(Committed::Overtaken) };
            if chain.generation != permit.generation {
                mark(platform, &tx, id, permit.number, "OVERTAKEN").await?;
                return Ok(Committed::Overtaken);
            }
            if !is_last(&tx, id, permit).await? {
                return Ok(Committed::Undecided);
            }
            mark(platform, &tx, id, permit.number, "COMMITTED").await?;
            let next = permit.generation + 1;
            let fresh = vault::Fresh { pair, asked_at: permit.recorded_at };
            vault::commit(platform, &tx, id, next, Some(permit.number), &fresh, "rotation").await?;
            release(&tx, &permit.hold).await?;
            bring_back(platform, &tx, &chain).await?;
            if !sends_of(&*tx, id, permit.generation).await?.iter().all(Send::is_resolved) {
                settle_later(platform, &tx, id, next).await?;
            }
            Ok::<_, Failure>(Committed::Yes)
        })
        .await
}

/// A pair that comes late brings back a connection that was given up for not knowing.
async fn bring_back(platform: &Platform, tx: &Tx, chain: &chain::Model) -> Result<(), Failure> {
    let Some(row) = store::by_id(&**tx, &chain.connection_id).await? else { return Ok(()) };
    let was_given_up = row.status == ConnectionStatus::NeedsReauthorization.as_str()
        && row.reason == Reason::OutcomeUnknown.as_str();
    if !was_given_up {
        return Ok(());
    }
    store::set_status(platform, tx, &refresher(), &row, ConnectionStatus::Connected, Reason::Refreshed).await
}

/// An older send may have overtaken this pair: refresh again inside its grace and after.
async fn settle_later(platform: &Platform, tx: &Tx, id: &ChainId, generation: i64) -> Result<(), Failure> {
    for (index, wait) in rules::SETTLE.into_iter().enumerate() {
        let until = platform.clock.now() + wait + rules::SETTLE_PATIENCE;
        let job = NewJob {
            payload: json!({ "id": id.as_str(), "until": until.to_rfc3339() }),
            ..NewJob::about(SETTLE, format!("{id}/{generation}/{index}"))
        };
        enqueue(platform, tx, job.urgent().after(wait)).await?;
    }
    Ok(())
}

/// Writes down what an answer without tokens means.
pub(super) async fn resolve(
    platform: &Platform,
    id: &ChainId,
    permit: &Permit,
    error: &TokenError,
) -> Result<Turn, Failure> {
    let outcome = match &error.kind {
        TokenErrorKind::NotSent(_) => "NOT_SENT",
        TokenErrorKind::Limited => "LIMITED",
        TokenErrorKind::Misconfigured(_) => "MISCONFIGURED",
        TokenErrorKind::InvalidGrant => "REFUSED",
        TokenErrorKind::Unknown(_) => {
            tracing::warn!(chain.id = %id, attempt = permit.number, %error, "nobody knows what became of a token refresh");
            return Ok(Turn::Wait);
        }
    };
    if let TokenErrorKind::Misconfigured(code) = &error.kind {
        tracing::error!(
            code,
            "Airwallex refuses the partner application's own credentials or request; no seller can be refreshed until they are mended"
        );
    } else {
        tracing::warn!(chain.id = %id, attempt = permit.number, %error, "a token refresh did not succeed");
    }
    // What is known must not be forgotten because the database is away: an open send costs a connection.
    loop {
        match resolve_once(platform, id, permit, error, outcome).await {
            Ok(turn) => return Ok(turn),
            Err(failure) => {
                tracing::error!(chain.id = %id, %failure, "the end of a token refresh could not be written yet");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

async fn resolve_once(
    platform: &Platform,
    id: &ChainId,
    permit: &Permit,
    error: &TokenError,
    outcome: &str,
) -> Result<Turn, Failure> {
    platform
        .db
        .write(|tx| async move {
            lock_chain(&tx, id).await?;
            mark(platform, &tx, id, permit.number, outcome).await?;
            release(&tx, &permit.hold).await?;
            let Some(chain) = store::chain(&*tx, id).await? else { return Ok(Turn::Ended) };
            let counts = chain.generation == permit.generation && is_last(&tx, id, permit).await?;
            if error.kind != TokenErrorKind::InvalidGrant || !counts {
                return Ok(Turn::Wait);
            }
            refused(platform, &tx, &chain).await
        })
        .await
}

/// `invalid_grant` for the stored generation: the connection is over.
async fn refused(platform: &Platform, tx: &Tx, chain: &chain::Model) -> Result<Turn, Failure> {
    let is_repeat = !sends_of(&**tx, &chain.id, chain.generation).await?.iter().all(Send::is_resolved);
    if is_repeat {
        tracing::error!(chain.id = %chain.id, "a refresh token was refused on a repeat inside its grace");
    }
    vault::forget(platform, tx, &chain.id, "refused").await?;
    // A connection that ended otherwise meanwhile keeps its own reason.
    if let Some(row) = store::by_id(&**tx, &chain.connection_id).await?.filter(is_connected) {
        let reason = if is_repeat { Reason::RefusedOnRepeat } else { Reason::Refused };
        end(platform, tx, &refresher(), &row, ConnectionStatus::NeedsReauthorization, reason).await?;
    }
    Ok(Turn::Ended)
}

/// Ends a connection's working life and tells the seller what to do.
pub async fn end(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    row: &connection::Model,
    status: ConnectionStatus,
    reason: Reason,
) -> Result<(), Failure> {
    store::set_status(platform, tx, who, row, status, reason).await?;
    let cause = format!("{}/{}", row.id, platform.clock.now().timestamp_micros());
    let link = platform.public_url(&format!("/seller/{}", row.seller_id));
    let context = json!({ "link": link, "by_customer": reason == Reason::ByCustomer });
    notifications::service::tell_seller(platform, tx, &row.seller_id, "connection_needs_you", &cause, context)
        .await
}

async fn mark(platform: &Platform, tx: &Tx, id: &ChainId, number: i64, outcome: &str) -> Result<(), Failure> {
    refresh_attempt::Entity::update_many()
        .set(refresh_attempt::ActiveModel {
            outcome: Set(Some(outcome.to_owned())),
            resolved_at: Set(Some(platform.clock.now())),
            ..Default::default()
        })
        .filter(refresh_attempt::Column::ChainId.eq(id.clone()))
        .filter(refresh_attempt::Column::Number.eq(number))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Whether no later send of the generation can have been executed.
async fn is_last(tx: &Tx, id: &ChainId, permit: &Permit) -> Result<bool, Failure> {
    let not_executed = refresh_attempt::Column::Outcome.is_in(["NOT_SENT", "LIMITED", "MISCONFIGURED"]);
    let may_be_executed =
        Condition::any().add(refresh_attempt::Column::Outcome.is_null()).add(not_executed.not());
    let later = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(id.clone()))
        .filter(refresh_attempt::Column::Generation.eq(permit.generation))
        .filter(refresh_attempt::Column::Number.gt(permit.number))
        .filter(may_be_executed)
        .count(&**tx)
        .await?;
    Ok(later == 0)
}

//! What an answer means: a pair is committed whatever happened meanwhile, a refusal counts by its rules,
//! and silence leaves the send open.

use std::time::Duration as StdDuration;

use rotation::{Answer, Event, Outcome, Step};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use airwallex::api::oauth::TokenPair;
use airwallex::token_transport::{TokenError, TokenErrorKind};

use super::super::ending::{end, is_in_use};
use super::super::entity::{chain, refresh_attempt};
use super::super::model::{ConnectionStatus, Reason};
use super::super::security::Sender;
use super::super::{diagnosis, metrics, rules, store, vault};
use super::chain as seen;
use super::lease::{lock_chain, release};
use super::permit::{Permit, Why};
use super::{Progress, is_connected, refresher};
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue};
use crate::kernel::id::ChainId;
use crate::kernel::{Failure, System};
use crate::platform::Platform;

pub const SETTLE: &str = "connections.settle";

/// Commits a received pair, whatever the lease says and even if the connection was given up meanwhile.
/// Repeats until the database answers: the pair in memory is the only copy. Answers what became of its send.
pub(super) async fn commit(
    platform: &Platform,
    id: &ChainId,
    permit: &Permit,
    pair: &TokenPair,
) -> Option<Outcome> {
    let undecided_until = tokio::time::Instant::now() + UNDECIDED;
    loop {
        match commit_once(platform, id, permit, pair).await {
            Ok(Committed::Yes) => return Some(Outcome::Committed),
            Ok(Committed::Overtaken) => return Some(Outcome::Overtaken),
            Ok(Committed::Undecided) if tokio::time::Instant::now() > undecided_until => return None,
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
            // Written by the commit before, whose outcome was not heard.
            if is_committed(&tx, id, permit.number).await? {
                return Ok(Committed::Yes);
            }
            let (settle, returns) = match told(platform, &tx, &chain, permit, Answer::Pair).await? {
                Step::Commit { settle, returns } => (settle, returns),
                Step::Resolve(outcome) => {
                    mark(platform, &tx, id, permit.number, outcome).await?;
                    return Ok(Committed::Overtaken);
                }
                _ => return Ok(Committed::Undecided),
            };
            mark(platform, &tx, id, permit.number, Outcome::Committed).await?;
            let next = permit.generation + 1;
            let fresh = vault::Fresh { pair, asked_at: permit.recorded_at };
            vault::commit(platform, &tx, id, next, Some(permit.number), &fresh, vault::ROTATION).await?;
            release(&tx, &permit.hold).await?;
            if returns {
                bring_back(platform, &tx, &chain).await?;
            }
            if settle {
                settle_later(platform, &tx, id, next).await?;
            }
            Ok::<_, Failure>(Committed::Yes)
        })
        .await
}

async fn is_committed(tx: &Tx, id: &ChainId, number: i64) -> Result<bool, Failure> {
    let send = refresh_attempt::Entity::find_by_id((id.clone(), number)).one(&**tx).await?;
    Ok(send.is_some_and(|send| send.outcome.as_deref() == Some(Outcome::Committed.as_str())))
}

/// What the protocol makes of an answer to a send of ours.
async fn told(
    platform: &Platform,
    tx: &Tx,
    chain: &chain::Model,
    permit: &Permit,
    answer: Answer,
) -> Result<Step, Failure> {
    let event = Event::Answered { generation: permit.generation, number: permit.number, answer };
    Ok(rotation::step(&seen::read(&**tx, chain).await?, &event, &platform.settings.rotation))
}

/// A connection that was given up for not knowing is back.
async fn bring_back(platform: &Platform, tx: &Tx, chain: &chain::Model) -> Result<(), Failure> {
    let Some(row) = store::by_id(&**tx, &chain.connection_id).await? else { return Ok(()) };
    store::set_status(platform, tx, &refresher(), &row, ConnectionStatus::Connected, Reason::Refreshed).await
}

/// An older send may have overtaken this pair: refresh again inside its grace and after.
async fn settle_later(platform: &Platform, tx: &Tx, id: &ChainId, generation: i64) -> Result<(), Failure> {
    for (index, wait) in platform.settings.rotation.settle.into_iter().enumerate() {
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
    system: &System,
    (id, why): (&ChainId, Why),
    permit: &Permit,
    error: &TokenError,
) -> Result<Progress, Failure> {
    let answer = match &error.kind {
        TokenErrorKind::NotSent(_) => Answer::NotExecuted(Outcome::NotSent),
        TokenErrorKind::Limited => Answer::NotExecuted(Outcome::Limited),
        TokenErrorKind::Misconfigured(_) => Answer::NotExecuted(Outcome::Misconfigured),
        TokenErrorKind::InvalidGrant => Answer::Refused,
        TokenErrorKind::Unknown(_) => {
            tracing::warn!(chain.id = %id, attempt = permit.number, %error, "nobody knows what became of a token refresh");
            metrics::refreshed(platform, None);
            return Ok(Progress::Wait);
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
    metrics::refreshed(
        platform,
        Some(match answer {
            Answer::NotExecuted(outcome) => outcome,
            _ => Outcome::Refused,
        }),
    );
    let sender = &Sender::here(platform, system, why.place());
    // What is known must not be forgotten because the database is away: an open send costs a connection.
    loop {
        match resolve_once(platform, id, permit, answer, sender).await {
            Ok(progress) => return Ok(progress),
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
    answer: Answer,
    sender: &Sender,
) -> Result<Progress, Failure> {
    platform
        .db
        .write(|tx| async move {
            lock_chain(&tx, id).await?;
            release(&tx, &permit.hold).await?;
            let Some(chain) = store::chain(&*tx, id).await? else { return Ok(Progress::Ended) };
            match told(platform, &tx, &chain, permit, answer).await? {
                Step::End { is_repeat } => {
                    mark(platform, &tx, id, permit.number, Outcome::Refused).await?;
                    refused(platform, &tx, &chain, is_repeat, sender).await
                }
                Step::Resolve(outcome) => {
                    mark(platform, &tx, id, permit.number, outcome).await?;
                    Ok(Progress::Wait)
                }
                _ => Ok(Progress::Wait),
            }
        })
        .await
}

/// `invalid_grant` for the stored generation: the connection is over, whatever the reason turns out to be.
async fn refused(
    platform: &Platform,
    tx: &Tx,
    chain: &chain::Model,
    is_repeat: bool,
    sender: &Sender,
) -> Result<Progress, Failure> {
    if is_repeat {
        tracing::error!(chain.id = %chain.id, "a refresh token was refused on a repeat");
    }
    let origin = vault::origin(&**tx, chain).await?;
    vault::forget(platform, tx, &chain.id, "refused").await?;
    // A connection that ended otherwise meanwhile keeps its own reason.
    let row = store::by_id(&**tx, &chain.connection_id).await?;
    let Some(row) = row.filter(|row| is_connected(row) || is_repeat && is_in_use(row)) else {
        return Ok(Progress::Ended);
    };
    let status = ConnectionStatus::NeedsReauthorization;
    let since = origin.asked_at - platform.settings.rotation.skew;
    if store::lost_an_exchange_since(&**tx, &row.seller_id, since).await? {
        end(platform, tx, &refresher(), &row, status, Reason::Replaced).await?;
    } else {
        store::set_status(platform, tx, &refresher(), &row, status, Reason::Refused).await?;
        diagnosis::begin(platform, tx, chain, &row.id, sender).await?;
    }
    Ok(Progress::Ended)
}

async fn mark(
    platform: &Platform,
    tx: &Tx,
    id: &ChainId,
    number: i64,
    outcome: Outcome,
) -> Result<(), Failure> {
    refresh_attempt::Entity::update_many()
        .set(refresh_attempt::ActiveModel {
            outcome: Set(Some(outcome.as_str().to_owned())),
            resolved_at: Set(Some(platform.clock.now())),
            ..Default::default()
        })
        .filter(refresh_attempt::Column::ChainId.eq(id.clone()))
        .filter(refresh_attempt::Column::Number.eq(number))
        .exec(&**tx)
        .await?;
    Ok(())
}

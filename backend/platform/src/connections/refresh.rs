//! One refresher per chain in the cluster, by the rotation protocol: record, then send; repeat only
//! inside quiet time and window; commit before use; never throw a good pair away.

use std::sync::Arc;
use std::time::Duration as StdDuration;

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;

use airwallex::api::oauth::TokenPair;
use airwallex::token_transport::{LastLook, TokenError};

use super::entity::{chain, connection, refresh_attempt};
use super::model::{ConnectionStatus, Reason};
use super::rules::{self, Send, Step};
use super::service::{RECOVER, SETTLE};
use super::{ConnectionRefusal, store, vault};
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue};
use crate::kernel::id::ChainId;
use crate::kernel::{Error, Failure, Instant, System, Who, checkpoint};
use crate::notifications;
use crate::platform::Platform;

/// How long a caller waits for somebody else's refresh before it is told to come again.
const PATIENCE: StdDuration = StdDuration::from_secs(3);
const LOOK_AGAIN: StdDuration = StdDuration::from_millis(150);

/// Why a refresh is wanted.
#[derive(Clone, Copy, PartialEq)]
enum Why {
    /// Somebody needs a token: only when less than 90 s are left.
    InDemand,
    /// A lease ended: only when a send of the stored generation is still open.
    Recovery,
    /// Idle, or settling after an overtaken request: whatever the token's age.
    Renewal,
}

/// What one try to refresh came to.
enum Turn {
    /// A new pair is committed.
    Refreshed,
    /// Somebody else is at it, or the quiet time is not over.
    Wait,
    /// The connection is over, or was never there.
    Ended,
}

/// The permission to send: a recorded attempt.
struct Permit {
    number: i64,
    generation: i64,
    recorded_at: Instant,
    refresh: airwallex::Token,
}

/// An access token from a committed row, refreshed if it is in demand and has less than 90 s left.
pub async fn token(
    platform: &Platform,
    connection: &connection::Model,
    chain: &chain::Model,
) -> Result<airwallex::Token, Error<ConnectionRefusal>> {
    let started = tokio::time::Instant::now();
    let mut chain = chain.clone();
    loop {
        let stored = vault::stored(platform.db.read(), &chain).await?;
        // The connection ended: the pair was forgotten, however long it would have lived.
        if stored.is_retired() {
            return Err(ConnectionRefusal::NotConnected.into());
        }
        let left = stored.access_expires_at - platform.clock.now();
        if left >= rules::EARLY {
            return Ok(stored.access(platform)?);
        }
        let turn = refresh(platform, &chain.id, Why::InDemand).await?;
        let still_good = stored.access_expires_at - platform.clock.now() > Duration::seconds(5);
        match turn {
            Turn::Refreshed => {}
            Turn::Ended => return Err(ConnectionRefusal::NotConnected.into()),
            Turn::Wait if still_good && is_connected(connection) => return Ok(stored.access(platform)?),
            Turn::Wait if started.elapsed() > PATIENCE => {
                return Err(ConnectionRefusal::RefreshUnderWay.into());
            }
            Turn::Wait => tokio::time::sleep(LOOK_AGAIN).await,
        }
        chain = store::chain(platform.db.read(), &chain.id).await?.ok_or(ConnectionRefusal::NotConnected)?;
    }
}

fn is_connected(row: &connection::Model) -> bool {
    row.status == ConnectionStatus::Connected.as_str()
}

/// Recovers after a lease's end: repeats an open send if the rules still allow it, else gives up.
/// Answers whether something is still open.
pub async fn recover(platform: &Platform, chain: &ChainId) -> Result<bool, Failure> {
    Ok(matches!(refresh(platform, chain, Why::Recovery).await?, Turn::Wait))
}

/// Refreshes whatever the token's age: idle chains, and settling after an overtaken request.
pub async fn refresh_now(platform: &Platform, chain: &ChainId) -> Result<bool, Failure> {
    Ok(matches!(refresh(platform, chain, Why::Renewal).await?, Turn::Wait))
}

async fn refresh(platform: &Platform, id: &ChainId, why: Why) -> Result<Turn, Failure> {
    let permit = match permit(platform, id, why).await? {
        Ok(permit) => permit,
        Err(turn) => return Ok(turn),
    };
    checkpoint("connections.refresh_recorded").await;
    let result = platform.oauth.refresh(&permit.refresh, last_look(platform, permit.recorded_at)).await;
    checkpoint("connections.refresh_answered").await;
    match result {
        Ok(pair) => {
            commit(platform, id, &permit, &pair).await?;
            Ok(Turn::Refreshed)
        }
        Err(error) => resolve(platform, id, &permit, &error).await,
    }
}

/// The clock is read again where the body is handed over: a process that was held up does not send.
fn last_look(platform: &Platform, recorded_at: Instant) -> LastLook {
    let clock = platform.clock.clone();
    Arc::new(move || {
        let elapsed = clock.now() - recorded_at;
        elapsed <= rules::LAST_LOOK && elapsed >= -rules::SKEW
    })
}

/// One transaction checks and records a send; nothing leaves before it is committed.
async fn permit(platform: &Platform, id: &ChainId, why: Why) -> Result<Result<Permit, Turn>, Failure> {
    platform
        .db
        .write(|tx| async move {
            lock_chain(&tx, id).await?;
            let Some(chain) = store::chain(&*tx, id).await? else { return Ok(Err(Turn::Ended)) };
            let Some(row) = store::by_id(&*tx, &chain.connection_id).await? else {
                return Ok(Err(Turn::Ended));
            };
            if !is_connected(&row) {
                return Ok(Err(Turn::Ended));
            }
            let now = platform.clock.now();
            let stored = vault::stored(&*tx, &chain).await?;
            if why == Why::InDemand && stored.access_expires_at - now >= rules::EARLY {
                return Ok(Err(Turn::Refreshed));
            }
            if stored.refresh_expires_at <= now {
                let system = System::new("refresh");
                end(platform, &tx, &system, &row, ConnectionStatus::NeedsReauthorization, Reason::Expired)
                    .await?;
                return Ok(Err(Turn::Ended));
            }
            if tx.clock_difference().await?.abs() > rules::SKEW / 2 {
                tracing::error!("this host's clock differs too much from the database's to refresh tokens");
                return Ok(Err(Turn::Wait));
            }
            let sends = sends_of(&tx, id, chain.generation).await?;
            if why == Why::Recovery && sends.iter().all(|send| send.is_resolved) {
                return Ok(Err(Turn::Refreshed));
            }
            let lease_now = tx.lease_now().await?;
            let owner = platform.settings.instance.as_str();
            let lease = chain
                .lease_owner
                .as_deref()
                .zip(chain.lease_until)
                .map(|(holder, until)| (holder, until > lease_now));
            match rules::step(&sends, lease, owner, now) {
                Step::Wait(_) => Ok(Err(Turn::Wait)),
                Step::GiveUp => {
                    give_up(platform, &tx, &row).await?;
                    Ok(Err(Turn::Ended))
                }
                // Whether it was sent before or not: what counts is that nothing is open now.
                Step::Send
                    if sends.iter().all(|send| send.is_resolved)
                        && exposed(&tx, now).await? >= rules::IN_FLIGHT =>
                {
                    Ok(Err(Turn::Wait))
                }
                Step::Send => record(platform, &tx, &chain, &stored).await.map(Ok),
            }
        })
        .await
}

/// Two tasks that want the same chain take turns here, on both databases.
async fn lock_chain(tx: &Tx, id: &ChainId) -> Result<(), Failure> {
    chain::Entity::update_many()
        .col_expr(chain::Column::Generation, Expr::col(chain::Column::Generation))
        .filter(chain::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

async fn sends_of(tx: &Tx, id: &ChainId, generation: i64) -> Result<Vec<Send>, Failure> {
    let rows = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(id.clone()))
        .filter(refresh_attempt::Column::Generation.eq(generation))
        .order_by_asc(refresh_attempt::Column::Number)
        .all(&**tx)
        .await?;
    let read = |row: refresh_attempt::Model| Send {
        recorded_at: row.recorded_at,
        owner: row.owner,
        is_resolved: row.outcome.is_some(),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// How many sends may be in flight in the cluster right now.
async fn exposed(tx: &Tx, now: Instant) -> Result<usize, Failure> {
    let count = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::Outcome.is_null())
        .filter(refresh_attempt::Column::RecordedAt.gt(now - rules::TIMEOUT - rules::LAST_LOOK))
        .count(&**tx)
        .await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

async fn record(
    platform: &Platform,
    tx: &Tx,
    chain: &chain::Model,
    stored: &vault::Stored,
) -> Result<Permit, Failure> {
    let last = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(chain.id.clone()))
        .order_by_desc(refresh_attempt::Column::Number)
        .one(&**tx)
        .await?;
    let number = last.map_or(1, |row| row.number + 1);
    let recorded_at = platform.clock.now();
    let row = refresh_attempt::ActiveModel {
        chain_id: Set(chain.id.clone()),
        number: Set(number),
        generation: Set(chain.generation),
        owner: Set(platform.settings.instance.clone()),
        recorded_at: Set(recorded_at),
        outcome: Set(None),
        resolved_at: Set(None),
    };
    refresh_attempt::Entity::insert(row).exec_without_returning(&**tx).await?;
    take_lease(platform, tx, &chain.id).await?;
    let recovery = NewJob {
        payload: json!({ "id": chain.id.as_str() }),
        ..NewJob::about(RECOVER, format!("{}/{number}", chain.id))
    };
    enqueue(platform, tx, recovery.after(rules::LEASE)).await?;
    Ok(Permit { number, generation: chain.generation, recorded_at, refresh: stored.refresh(platform)? })
}

/// Keeps other replicas from sending for a while; safety does not rest on it.
pub async fn take_lease(platform: &Platform, tx: &Tx, id: &ChainId) -> Result<(), Failure> {
    let until = tx.lease_now().await? + rules::LEASE;
    set_lease(tx, id, Some(platform.settings.instance.clone()), Some(until)).await
}

async fn set_lease(
    tx: &Tx,
    id: &ChainId,
    owner: Option<String>,
    until: Option<Instant>,
) -> Result<(), Failure> {
    chain::Entity::update_many()
        .set(chain::ActiveModel { lease_owner: Set(owner), lease_until: Set(until), ..Default::default() })
        .filter(chain::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
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

async fn is_last(tx: &Tx, id: &ChainId, permit: &Permit) -> Result<bool, Failure> {
    let later = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(id.clone()))
        .filter(refresh_attempt::Column::Generation.eq(permit.generation))
        .filter(refresh_attempt::Column::Number.gt(permit.number))
        .count(&**tx)
        .await?;
    Ok(later == 0)
}

/// Commits a received pair, whatever the lease says and even if the connection was given up meanwhile.
/// Repeats until the database answers: the pair in memory is the only copy.
async fn commit(platform: &Platform, id: &ChainId, permit: &Permit, pair: &TokenPair) -> Result<(), Failure> {
    loop {
        match commit_once(platform, id, permit, pair).await {
            Ok(()) => return Ok(()),
            Err(failure) => {
                tracing::error!(chain.id = %id, %failure, "a new token pair could not be committed yet");
                tokio::time::sleep(StdDuration::from_millis(500)).await;
            }
        }
    }
}

async fn commit_once(
    platform: &Platform,
    id: &ChainId,
    permit: &Permit,
    pair: &TokenPair,
) -> Result<(), Failure> {
    platform
        .db
        .write(|tx| async move {
            lock_chain(&tx, id).await?;
            let Some(chain) = store::chain(&*tx, id).await? else { return Ok(()) };
            let overtaken = chain.generation != permit.generation || !is_last(&tx, id, permit).await?;
            mark(platform, &tx, id, permit.number, if overtaken { "OVERTAKEN" } else { "COMMITTED" }).await?;
            if overtaken {
                return Ok(());
            }
            let open = sends_of(&tx, id, permit.generation).await?.iter().any(|send| !send.is_resolved);
            let next = permit.generation + 1;
            let fresh = vault::Fresh { pair, asked_at: permit.recorded_at };
            vault::commit(platform, &tx, id, next, Some(permit.number), &fresh, "rotation").await?;
            set_lease(&tx, id, None, None).await?;
            if let Some(row) = store::by_id(&*tx, &chain.connection_id).await? {
                let late = row.status == ConnectionStatus::NeedsReauthorization.as_str()
                    && row.reason == Reason::OutcomeUnknown.as_str();
                if late {
                    let system = System::new("refresh");
                    store::set_status(
                        platform,
                        &tx,
                        &system,
                        &row,
                        ConnectionStatus::Connected,
                        Reason::Refreshed,
                    )
                    .await?;
                }
            }
            if open {
                // An older send may have overtaken this pair: refresh again inside its grace and after.
                for (index, wait) in rules::SETTLE.into_iter().enumerate() {
                    let job = NewJob {
                        payload: json!({ "id": id.as_str() }),
                        ..NewJob::about(SETTLE, format!("{id}/{next}/{index}"))
                    };
                    enqueue(platform, &tx, job.after(wait)).await?;
                }
            }
            Ok::<_, Failure>(())
        })
        .await
}

/// Writes down what an answer without tokens means.
async fn resolve(
    platform: &Platform,
    id: &ChainId,
    permit: &Permit,
    error: &TokenError,
) -> Result<Turn, Failure> {
    tracing::warn!(chain.id = %id, attempt = permit.number, %error, "a token refresh did not succeed");
    platform
        .db
        .write(|tx| async move {
            lock_chain(&tx, id).await?;
            let outcome = match error {
                TokenError::NotSent(_) => "NOT_SENT",
                TokenError::Limited => "LIMITED",
                TokenError::Misconfigured(_) => "MISCONFIGURED",
                TokenError::InvalidGrant => "REFUSED",
                // Stays open: only Airwallex knows.
                TokenError::Unknown(_) => return Ok(Turn::Wait),
            };
            let others_open = has_open_others(&tx, id, permit).await?;
            mark(platform, &tx, id, permit.number, outcome).await?;
            set_lease(&tx, id, None, None).await?;
            let Some(chain) = store::chain(&*tx, id).await? else { return Ok(Turn::Ended) };
            let counts = chain.generation == permit.generation && is_last(&tx, id, permit).await?;
            if *error != TokenError::InvalidGrant || !counts {
                return Ok(Turn::Wait);
            }
            let Some(row) = store::by_id(&*tx, &chain.connection_id).await? else { return Ok(Turn::Ended) };
            let reason = if others_open { Reason::RefusedOnRepeat } else { Reason::Refused };
            if others_open {
                tracing::error!(chain.id = %id, "a refresh token was refused on a repeat inside its grace");
            }
            vault::forget(platform, &tx, id, "refused").await?;
            let system = System::new("refresh");
            end(platform, &tx, &system, &row, ConnectionStatus::NeedsReauthorization, reason).await?;
            Ok::<_, Failure>(Turn::Ended)
        })
        .await
}

async fn has_open_others(tx: &Tx, id: &ChainId, permit: &Permit) -> Result<bool, Failure> {
    let open = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(id.clone()))
        .filter(refresh_attempt::Column::Generation.eq(permit.generation))
        .filter(refresh_attempt::Column::Number.ne(permit.number))
        .filter(refresh_attempt::Column::Outcome.is_null())
        .count(&**tx)
        .await?;
    Ok(open > 0)
}

async fn give_up(platform: &Platform, tx: &Tx, row: &connection::Model) -> Result<(), Failure> {
    let system = System::new("refresh");
    end(platform, tx, &system, row, ConnectionStatus::NeedsReauthorization, Reason::OutcomeUnknown).await
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
    let cause = format!("{}/{}", row.id, platform.clock.now().timestamp());
    let link = platform.public_url(&format!("/seller/{}", row.seller_id));
    let context = json!({ "link": link, "by_customer": reason == Reason::ByCustomer });
    notifications::service::tell_seller(platform, tx, &row.seller_id, "connection_needs_you", &cause, context)
        .await
}

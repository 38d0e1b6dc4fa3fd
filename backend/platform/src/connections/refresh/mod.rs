//! One refresher per chain in the cluster, by the rotation protocol: record, then send; repeat only
//! inside quiet time and window; commit before use; never throw a good pair away.

mod breaker;
mod chain;
mod lease;
mod outcome;
mod permit;

use std::sync::Arc;
use std::time::Duration as StdDuration;

use airwallex::token_transport::LastLook;

use super::entity::connection;
use super::model::ConnectionStatus;
use super::{ConnectionRefusal, rules, store, vault};
use crate::kernel::id::ChainId;
use crate::kernel::{Error, Failure, Instant, System, checkpoint};
use crate::platform::Platform;

pub use breaker::{PROBE, probe, silence};
pub use chain::newest_open_send;
#[cfg(test)]
pub use chain::read as seen;
pub use lease::{Hold, hold, lock_chain, release};
pub use outcome::{SETTLE, end};
pub use permit::RECOVER;
use permit::{Why, permit};

/// How long a caller waits for somebody else's refresh before it is told to come again.
const PATIENCE: StdDuration = StdDuration::from_secs(3);
const LOOK_AGAIN: StdDuration = StdDuration::from_millis(150);

/// What one try to refresh came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// A new pair is committed.
    Refreshed,
    /// Somebody else is at it, or it is not the time to send.
    Wait,
    /// The connection is over, or was never there.
    Ended,
}

/// An access token from a committed row, refreshed if it is in demand and has less than 90 s left.
/// While nobody knows what became of a refresh, the last one is lent out to its end.
pub async fn token(
    platform: &Platform,
    chain: &ChainId,
) -> Result<airwallex::Token, Error<ConnectionRefusal>> {
    let started = tokio::time::Instant::now();
    let mut enough = rules::EARLY;
    loop {
        let stored = newest(platform, chain).await?.ok_or(ConnectionRefusal::NotConnected)?;
        if stored.access_expires_at - platform.clock.now() >= enough {
            return Ok(stored.access(platform)?);
        }
        match refresh(platform, chain, Why::InDemand).await? {
            // A new pair that lives shorter than we like is the best there is.
            Turn::Refreshed if enough > rules::LEAST => {
                enough = rules::LEAST;
                continue;
            }
            Turn::Refreshed => tokio::time::sleep(LOOK_AGAIN).await,
            turn @ (Turn::Ended | Turn::Wait) => {
                let last = newest(platform, chain).await?.ok_or(ConnectionRefusal::NotConnected)?;
                if last.access_expires_at - platform.clock.now() >= rules::LEAST {
                    return Ok(last.access(platform)?);
                }
                if turn == Turn::Ended {
                    return Err(ConnectionRefusal::NotConnected.into());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        if started.elapsed() > PATIENCE {
            return Err(ConnectionRefusal::RefreshUnderWay.into());
        }
    }
}

/// The pair that the chain points at; `None` when it was forgotten because the connection ended, however
/// long it would have lived.
async fn newest(platform: &Platform, id: &ChainId) -> Result<Option<vault::Stored>, Failure> {
    loop {
        let Some(chain) = store::chain(platform.db.read(), id).await? else { return Ok(None) };
        let stored = vault::stored(platform.db.read(), &chain).await?;
        if !stored.is_retired() {
            return Ok(Some(stored));
        }
        // Retired by the next one, which came between our two looks?
        let again = store::chain(platform.db.read(), id).await?;
        if again.is_none_or(|again| again.generation == chain.generation) {
            return Ok(None);
        }
    }
}

/// Recovers after a lease's end: repeats an open send if the rules still allow it, else gives up.
/// Answers whether something is still open.
pub async fn recover(platform: &Platform, chain: &ChainId) -> Result<bool, Failure> {
    Ok(refresh(platform, chain, Why::Recovery).await? == Turn::Wait)
}

/// Refreshes again because an older request may have overtaken the stored pair. Answers whether it has to
/// wait.
pub async fn settle(platform: &Platform, chain: &ChainId) -> Result<bool, Failure> {
    Ok(refresh(platform, chain, Why::Settling).await? == Turn::Wait)
}

/// Refreshes whatever the token's age: idle chains. Answers whether it has to wait.
pub async fn refresh_now(platform: &Platform, chain: &ChainId) -> Result<bool, Failure> {
    Ok(refresh(platform, chain, Why::Renewal).await? == Turn::Wait)
}

/// Runs to its end even if whoever asked goes away: a pair in memory is the only copy.
async fn refresh(platform: &Platform, id: &ChainId, why: Why) -> Result<Turn, Failure> {
    let (own, id) = (platform.clone(), id.clone());
    platform.outlive(async move { refresh_once(&own, &id, why).await }).await?
}

async fn refresh_once(platform: &Platform, id: &ChainId, why: Why) -> Result<Turn, Failure> {
    // Most who come find that there is nothing to do, or that somebody is at it: they take no lock and no turn.
    if let Some(turn) = permit::glance(platform, id, why).await? {
        return Ok(turn);
    }
    let turn = match platform.oauth.turn().await {
        Ok(turn) => turn,
        Err(error) => {
            tracing::warn!(chain.id = %id, %error, "no turn at the token endpoint");
            return Ok(Turn::Wait);
        }
    };
    let permit = match permit(platform, id, why).await? {
        Ok(permit) => permit,
        Err(turn) => return Ok(turn),
    };
    checkpoint("connections.refresh_recorded").await;
    let result = platform.oauth.refresh(turn, &permit.refresh, last_look(platform, permit.recorded_at)).await;
    checkpoint("connections.refresh_answered").await;
    match result {
        Ok(pair) => {
            outcome::commit(platform, id, &permit, &pair).await;
            checkpoint("connections.refresh_committed").await;
            breaker::answered(platform).await?;
            Ok(Turn::Refreshed)
        }
        Err(error) => {
            let turn = outcome::resolve(platform, id, &permit, &error).await?;
            breaker::failed(platform, &error).await?;
            Ok(turn)
        }
    }
}

/// The clock is read again where the body is handed over: a process that was held up does not send.
fn last_look(platform: &Platform, recorded_at: Instant) -> LastLook {
    let clock = platform.clock.clone();
    let (latest, skew) = (platform.settings.rotation.last_look, platform.settings.rotation.skew);
    Arc::new(move || {
        let elapsed = clock.now() - recorded_at;
        elapsed <= latest && elapsed >= -skew
    })
}

/// Who ends and brings back connections here: Souk itself.
fn refresher() -> System {
    System::new("refresh")
}

fn is_connected(row: &connection::Model) -> bool {
    row.status == ConnectionStatus::Connected.as_str()
}

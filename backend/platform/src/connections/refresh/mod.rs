//! One refresher per chain in the cluster, by the rotation protocol: record, then send; repeat only
//! inside quiet time and window; commit before use; never throw a good pair away.

mod breaker;
mod chain;
mod lease;
mod outcome;
mod permit;
mod present;

use std::time::Duration as StdDuration;

use super::entity::connection;
use super::model::ConnectionStatus;
use super::{ConnectionRefusal, metrics, rules, store, vault};
use crate::kernel::id::ChainId;
use crate::kernel::{Error, Failure, System, checkpoint};
use crate::platform::Platform;

pub use breaker::{PROBE, is_waiting, probe, silence};
pub use chain::newest_open_send;
#[cfg(test)]
pub use chain::read as seen;
pub use lease::{Hold, hold, lock_chain, release};
pub use outcome::SETTLE;
pub use permit::RECOVER;
use permit::{Why, permit};
use present::present;

/// How long a caller waits for somebody else's refresh before it is told to come again.
const PATIENCE: StdDuration = StdDuration::from_secs(3);
const LOOK_AGAIN: StdDuration = StdDuration::from_millis(150);
/// How long a caller who waits only looks.
const ASK_AGAIN: StdDuration = StdDuration::from_secs(1);

/// What one try to refresh came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
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
    system: &System,
    chain: &ChainId,
) -> Result<airwallex::Token, Error<ConnectionRefusal>> {
    let started = tokio::time::Instant::now();
    let mut enough = rules::EARLY;
    let mut asked: Option<tokio::time::Instant> = None;
    loop {
        let Some(stored) = newest(platform, chain).await? else {
            // A connection that works points at a forgotten pair: the guard says what that is.
            refresh(platform, system, chain, Why::InDemand).await?;
            return Err(ConnectionRefusal::NotConnected.into());
        };
        if stored.access_expires_at - platform.clock.now() >= enough {
            return Ok(stored.access(platform).await?);
        }
        // Whoever waits re-reads, and asks only now and then whether somebody has to go on.
        if asked.is_some_and(|at| at.elapsed() < ASK_AGAIN) {
            tokio::time::sleep(LOOK_AGAIN).await;
            continue;
        }
        let is_first = asked.replace(tokio::time::Instant::now()).is_none();
        match refresh(platform, system, chain, Why::InDemand).await? {
            // A new pair that lives shorter than we like is the best there is.
            Progress::Refreshed if enough > rules::LEAST => {
                enough = rules::LEAST;
                asked = None;
                continue;
            }
            Progress::Refreshed => tokio::time::sleep(LOOK_AGAIN).await,
            progress @ (Progress::Ended | Progress::Wait) => {
                let last = newest(platform, chain).await?.ok_or(ConnectionRefusal::NotConnected)?;
                if last.access_expires_at - platform.clock.now() >= rules::LEAST {
                    return Ok(last.access(platform).await?);
                }
                if progress == Progress::Ended {
                    return Err(ConnectionRefusal::NotConnected.into());
                }
                if is_first {
                    metrics::waited(platform);
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        if started.elapsed() > PATIENCE {
            return Err(ConnectionRefusal::RefreshUnderWay.into());
        }
    }
}

/// Another access token than the one that Airwallex did not take: a newer one if there is one, else a refreshed one.
/// `None` when no other is to be had now.
pub async fn another_token(
    platform: &Platform,
    system: &System,
    chain: &ChainId,
    refused: &airwallex::Token,
) -> Result<Option<airwallex::Token>, Failure> {
    let started = tokio::time::Instant::now();
    let mut is_renewed = false;
    loop {
        let Some(stored) = newest(platform, chain).await? else { return Ok(None) };
        let access = stored.access(platform).await?;
        if access.expose() != refused.expose() {
            return Ok(Some(access));
        }
        // A server may give the same access token again; once is enough to know.
        if is_renewed {
            return Ok(None);
        }
        match refresh(platform, system, chain, Why::AccessRefused).await? {
            Progress::Refreshed => is_renewed = true,
            Progress::Ended => return Ok(None),
            Progress::Wait if started.elapsed() > PATIENCE => return Ok(None),
            Progress::Wait => tokio::time::sleep(LOOK_AGAIN).await,
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
pub async fn recover(platform: &Platform, system: &System, chain: &ChainId) -> Result<bool, Failure> {
    Ok(refresh(platform, system, chain, Why::Recovery).await? == Progress::Wait)
}

/// Refreshes again because an older request may have overtaken the stored pair. Answers whether it has to
/// wait.
pub async fn settle(platform: &Platform, system: &System, chain: &ChainId) -> Result<bool, Failure> {
    Ok(refresh(platform, system, chain, Why::Settling).await? == Progress::Wait)
}

/// Refreshes whatever the token's age: idle chains. Answers whether it has to wait.
pub async fn refresh_now(platform: &Platform, system: &System, chain: &ChainId) -> Result<bool, Failure> {
    Ok(refresh(platform, system, chain, Why::Renewal).await? == Progress::Wait)
}

/// Runs to its end even if whoever asked goes away: a pair in memory is the only copy.
async fn refresh(platform: &Platform, system: &System, id: &ChainId, why: Why) -> Result<Progress, Failure> {
    let (own, system, id) = (platform.clone(), system.clone(), id.clone());
    platform.outlive(async move { refresh_once(&own, &system, &id, why).await }).await?
}

async fn refresh_once(
    platform: &Platform,
    system: &System,
    id: &ChainId,
    why: Why,
) -> Result<Progress, Failure> {
    // Most who come find that somebody is at it, or that there is nothing to do: they take no lock and no turn.
    let Some(entered) = platform.refreshing.enter(id.as_str()) else { return Ok(Progress::Wait) };
    if let Some(progress) = permit::glance(platform, id, why).await? {
        return Ok(progress);
    }
    let turn = match platform.oauth.turn().await {
        Ok(turn) => turn,
        Err(error) => {
            tracing::warn!(chain.id = %id, %error, "no turn at the token endpoint");
            return Ok(Progress::Wait);
        }
    };
    let permit = match permit(platform, id, why).await? {
        Ok(permit) => permit,
        Err(progress) => return Ok(progress),
    };
    // From here on the record keeps others away.
    drop(entered);
    checkpoint("connections.refresh_recorded").await;
    let result = present(platform, system, turn, (id, why), &permit).await;
    checkpoint("connections.refresh_answered").await;
    match result {
        Ok(pair) => {
            let became = outcome::commit(platform, id, &permit, &pair).await;
            checkpoint("connections.refresh_committed").await;
            metrics::refreshed(platform, became);
            breaker::answered(platform).await?;
            Ok(Progress::Refreshed)
        }
        Err(error) => {
            let progress = outcome::resolve(platform, system, (id, why), &permit, &error).await?;
            breaker::failed(platform, &error).await?;
            Ok(progress)
        }
    }
}

/// Who ends and brings back connections here: Souk itself.
fn refresher() -> System {
    System::new("refresh")
}

fn is_connected(row: &connection::Model) -> bool {
    row.status == ConnectionStatus::Connected.as_str()
}

//! May this generation be sent now? One transaction decides and records the send; nothing leaves before
//! it is committed.

use std::sync::Mutex;

use rotation::{Event, Outcome, Step};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::super::ending::end;
use super::super::entity::{chain, refresh_attempt};
use super::super::model::{ConnectionStatus, Reason};
use super::super::rules;
use super::super::{store, vault};
use super::chain as seen;
use super::lease::{Hold, hold, lock_chain};
use super::{Progress, breaker, is_connected, refresher};
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue};
use crate::kernel::id::ChainId;
use crate::kernel::{Failure, Instant};
use crate::platform::Platform;

pub const RECOVER: &str = "connections.recover";

/// Why a refresh is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Why {
    /// Somebody needs a token: only when less than 90 s are left.
    InDemand,
    /// A lease ended: only when a send of the stored generation is still open.
    Recovery,
    /// Idle: whatever the token's age.
    Renewal,
    /// An older request may have overtaken the stored pair: soon, or the pair is lost.
    Settling,
    /// Airwallex did not take the access token: whatever its age.
    AccessRefused,
}

impl Why {
    /// What the code is doing, for security events.
    pub fn place(self) -> &'static str {
        match self {
            Self::InDemand => "a refresh for a caller",
            Self::Recovery => "the recovery of an open send",
            Self::Renewal => "the renewal of an idle connection",
            Self::Settling => "settling after an open send",
            Self::AccessRefused => "a refresh after a refused access token",
        }
    }
}

/// The permission to send: a recorded attempt.
pub(super) struct Permit {
    pub number: i64,
    pub generation: i64,
    pub recorded_at: Instant,
    pub hold: Hold,
}

pub(super) async fn permit(
    platform: &Platform,
    id: &ChainId,
    why: Why,
) -> Result<Result<Permit, Progress>, Failure> {
    let recorded = Mutex::new(None);
    let permitted = decide(platform, id, why, &recorded).await;
    let at = *recorded.lock().expect("no holder of this lock panics");
    if let (Err(failure), Some(at)) = (&permitted, at) {
        // The commit's outcome is unknown. Nothing was sent: if the row is there, it shall say so.
        tracing::error!(chain.id = %id, %failure, "a send could not be recorded");
        forsake(platform, id, at).await;
    }
    permitted
}

/// What can be seen without a lock: whether there is anything to do. Decides nothing; the permit looks again.
pub(super) async fn glance(platform: &Platform, id: &ChainId, why: Why) -> Result<Option<Progress>, Failure> {
    let db = platform.db.read();
    let Some(chain) = store::chain(db, id).await? else { return Ok(Some(Progress::Ended)) };
    let stored = vault::stored(db, &chain).await?;
    let now = platform.clock.now();
    if why == Why::InDemand && !stored.is_retired() && stored.access_expires_at - now >= rules::EARLY {
        return Ok(Some(Progress::Refreshed));
    }
    let seen = seen::read(db, &chain).await?;
    if why == Why::Recovery && !seen.sends.iter().any(rotation::Send::is_open) {
        return Ok(Some(Progress::Refreshed));
    }
    let lease_now = platform.db.lease_now().await?;
    let asked = Event::Asked { by: &platform.settings.instance, now, lease_now };
    Ok(match rotation::step(&seen, &asked, &platform.settings.rotation) {
        Step::Wait(_) => Some(Progress::Wait),
        Step::Leave => Some(Progress::Ended),
        // Turns are for those that may send: repeats must not queue behind all that have to wait.
        Step::Record { .. } if seen.sends.iter().all(|send| !send.is_open()) => {
            let must_wait = breaker::is_open(platform, db).await? || exposed(platform, db, now).await?;
            must_wait.then_some(Progress::Wait)
        }
        _ => None,
    })
}

/// Marks the send that this process recorded at this instant, if its row exists, as never sent.
async fn forsake(platform: &Platform, id: &ChainId, at: Instant) {
    for _ in 0..FORSAKE {
        let marked = platform
            .db
            .write(|tx| async move {
                refresh_attempt::Entity::update_many()
                    .set(refresh_attempt::ActiveModel {
                        outcome: Set(Some(Outcome::NotSent.as_str().to_owned())),
                        resolved_at: Set(Some(at)),
                        ..Default::default()
                    })
                    .filter(refresh_attempt::Column::ChainId.eq(id.clone()))
                    .filter(refresh_attempt::Column::Owner.eq(&platform.settings.instance))
                    .filter(refresh_attempt::Column::RecordedAt.eq(at))
                    .filter(refresh_attempt::Column::Outcome.is_null())
                    .exec(&*tx)
                    .await?;
                Ok::<_, Failure>(())
            })
            .await;
        if marked.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

/// How often a send that never left is marked so after a failure, every half second.
const FORSAKE: usize = 60;

async fn decide(
    platform: &Platform,
    id: &ChainId,
    why: Why,
    recorded: &Mutex<Option<Instant>>,
) -> Result<Result<Permit, Progress>, Failure> {
    platform
        .db
        .write(|tx| async move {
            lock_chain(&tx, id).await?;
            let Some(chain) = store::chain(&*tx, id).await? else { return Ok(Err(Progress::Ended)) };
            let stored = vault::stored(&*tx, &chain).await?;
            if let Some(progress) = is_in_vain(platform, &tx, &chain, &stored, why).await? {
                return Ok(Err(progress));
            }
            let seen = seen::read(&*tx, &chain).await?;
            let is_untouched = !seen.sends.iter().any(rotation::Send::is_open);
            if why == Why::Recovery && is_untouched {
                return Ok(Err(Progress::Refreshed));
            }
            let now = platform.clock.now();
            let asked =
                Event::Asked { by: &platform.settings.instance, now, lease_now: tx.lease_now().await? };
            match rotation::step(&seen, &asked, &platform.settings.rotation) {
                Step::GiveUp => {
                    give_up(platform, &tx, &chain).await?;
                    Ok(Err(Progress::Ended))
                }
                // Whether it was sent before or not: what counts is that nothing is open now.
                Step::Record { .. } if is_untouched && must_not_expose(platform, &tx, now).await? => {
                    Ok(Err(Progress::Wait))
                }
                Step::Record { number } => {
                    let permit = record(platform, &tx, &chain, (number, now)).await?;
                    *recorded.lock().expect("no holder of this lock panics") = Some(permit.recorded_at);
                    Ok(Ok(permit))
                }
                Step::Leave => Ok(Err(Progress::Ended)),
                _ => Ok(Err(Progress::Wait)),
            }
        })
        .await
}

/// Reasons not to think about sending at all.
async fn is_in_vain(
    platform: &Platform,
    tx: &Tx,
    chain: &chain::Model,
    stored: &vault::Stored,
    why: Why,
) -> Result<Option<Progress>, Failure> {
    let row = store::by_id(&**tx, &chain.connection_id).await?.filter(is_connected);
    let Some(row) = row else { return Ok(Some(Progress::Ended)) };
    let now = platform.clock.now();
    if why == Why::InDemand && !stored.is_retired() && stored.access_expires_at - now >= rules::EARLY {
        return Ok(Some(Progress::Refreshed));
    }
    if tx.clock_difference().await?.abs() > platform.settings.rotation.skew / 2 {
        tracing::error!("this host's clock differs too much from the database's to refresh tokens");
        return Ok(Some(Progress::Wait));
    }
    if stored.refresh_expires_at <= now {
        vault::forget(platform, tx, &chain.id, "expired").await?;
        end(platform, tx, &refresher(), &row, ConnectionStatus::NeedsReauthorization, Reason::Expired)
            .await?;
        return Ok(Some(Progress::Ended));
    }
    Ok(None)
}

/// As many chains as may be are exposed in the cluster, or the endpoint does not answer. A chain has one request in
/// flight at most, and an exposed one keeps its repeats: whoever counts those chains counts every request.
async fn must_not_expose(platform: &Platform, tx: &Tx, now: Instant) -> Result<bool, Failure> {
    // Permits of different chains take turns here, so that together they keep to the number.
    breaker::lock(platform, tx).await?;
    Ok(breaker::holds(platform, tx).await? || exposed(platform, &**tx, now).await?)
}

/// Whether as many chains have a send of their stored generation open as may be.
async fn exposed(platform: &Platform, db: &impl ConnectionTrait, now: Instant) -> Result<bool, Failure> {
    let constants = &platform.settings.rotation;
    let since = now - constants.window - constants.timeout - constants.last_look;
    let open: Vec<(ChainId, i64)> = refresh_attempt::Entity::find()
        .select_only()
        .column(refresh_attempt::Column::ChainId)
        .column(refresh_attempt::Column::Generation)
        .filter(refresh_attempt::Column::Outcome.is_null())
        .filter(refresh_attempt::Column::RecordedAt.gt(since))
        .into_tuple()
        .all(db)
        .await?;
    let ids = open.iter().map(|(id, _)| id.clone());
    let chains = chain::Entity::find().filter(chain::Column::Id.is_in(ids)).all(db).await?;
    // A send that its chain has left behind is repeated by nobody.
    let is_exposed = |chain: &&chain::Model| open.contains(&(chain.id.clone(), chain.generation));
    Ok(chains.iter().filter(is_exposed).count() >= rules::IN_FLIGHT)
}

async fn give_up(platform: &Platform, tx: &Tx, chain: &chain::Model) -> Result<(), Failure> {
    let Some(row) = store::by_id(&**tx, &chain.connection_id).await? else { return Ok(()) };
    end(platform, tx, &refresher(), &row, ConnectionStatus::NeedsReauthorization, Reason::OutcomeUnknown)
        .await
}

async fn record(
    platform: &Platform,
    tx: &Tx,
    chain: &chain::Model,
    // The instant that the protocol decided about: a later one might be outside the window.
    (number, recorded_at): (i64, Instant),
) -> Result<Permit, Failure> {
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
    let lease = platform.settings.rotation.lease;
    let hold = hold(tx, &chain.id, platform.settings.instance.clone(), lease).await?;
    let recovery = NewJob {
        payload: json!({ "id": chain.id.as_str() }),
        ..NewJob::about(RECOVER, format!("{}/{number}", chain.id))
    };
    enqueue(platform, tx, recovery.urgent().after(lease)).await?;
    Ok(Permit { number, generation: chain.generation, recorded_at, hold })
}

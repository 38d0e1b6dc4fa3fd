//! Why a refresh token was refused at its first presentation. Airwallex says `invalid_grant` for every cause (01 §a.5)
//! and tells a customer's own wish by an event that may come later; the Connections API tells whether the consent
//! stands. The connection is over in any case; this finds the word for it, and whether it is an alarm.

use airwallex::api::partner::{self, ConnectionStatus as Upstream};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;

use super::entity::{chain, connection};
use super::model::{ConnectionStatus, Reason, SecurityEventKind};
use super::security::{self, Incident, Sender};
use super::{ending, refresh, store, vault};
use crate::db::Tx;
use crate::jobs::{NewJob, Outcome, enqueue};
use crate::kernel::id::ConnectionId;
use crate::kernel::{Failure, System};
use crate::platform::Platform;

pub const DIAGNOSE: &str = "connections.diagnose";

/// How long the event of a customer's own wish is waited for, and an Airwallex that does not answer.
const PATIENCE: Duration = Duration::minutes(10);
const AGAIN: Duration = Duration::seconds(30);

/// Wants to know, in the transaction that ends the connection.
pub(super) async fn begin(
    platform: &Platform,
    tx: &Tx,
    chain: &chain::Model,
    connection: &ConnectionId,
    sender: &Sender,
) -> Result<(), Failure> {
    let job = NewJob {
        payload: serde_json::json!({ "id": connection.as_str(), "sender": sender }),
        ..NewJob::about(DIAGNOSE, format!("{}/{}", chain.id, chain.generation))
    };
    enqueue(platform, tx, job).await
}

/// What a look at Airwallex came to.
enum Finding {
    Downgraded,
    Reuse(SecurityEventKind),
    Nothing,
    Wait(&'static str),
}

/// Looks once; the seller is written to when it is known what happened, or will not be known.
pub async fn diagnose(
    platform: &Platform,
    system: &System,
    id: &ConnectionId,
    sender: &Sender,
) -> Result<Outcome, Failure> {
    let Some(row) = store::by_id(platform.db.read(), id).await?.filter(is_unexplained) else {
        return Ok(Outcome::Done);
    };
    let Some(chain) = store::chain_of(platform.db.read(), id).await? else { return Ok(Outcome::Done) };
    let origin = vault::origin(platform.db.read(), &chain).await?;
    let has_waited = platform.clock.now() - row.updated_at >= PATIENCE;
    let finding = match stands_upstream(platform, &chain.account).await {
        None if !has_waited => Finding::Wait("Airwallex does not tell whether the consent stands"),
        Some(false) if !has_waited => Finding::Wait("the event of a customer's wish may be on its way"),
        _ if origin.was_repeated => Finding::Reuse(SecurityEventKind::RefusedOnRepeat),
        // An older send may have overtaken the pair that was refused now.
        Some(true) if origin.is_doubtful => Finding::Reuse(SecurityEventKind::RevokedAfterRefresh),
        Some(true) => Finding::Downgraded,
        Some(false) if origin.is_refreshed => Finding::Reuse(SecurityEventKind::RevokedAfterRefresh),
        Some(false) | None => Finding::Nothing,
    };
    if let Finding::Wait(why) = finding {
        return Ok(Outcome::Later(AGAIN, why.to_owned()));
    }
    let (chain, finding) = (&chain.id, &finding);
    platform
        .db
        .write(|tx| async move {
            refresh::lock_chain(&tx, chain).await?;
            let Some(chain) = store::chain(&*tx, chain).await? else { return Ok(()) };
            let row = store::by_id(&*tx, id).await?;
            let Some(row) = row.filter(is_unexplained) else { return Ok(()) };
            conclude(platform, &tx, system, (&chain, &row), finding, sender).await
        })
        .await?;
    Ok(Outcome::Done)
}

fn is_unexplained(row: &connection::Model) -> bool {
    row.status == ConnectionStatus::NeedsReauthorization.as_str() && row.reason == Reason::Refused.as_str()
}

async fn conclude(
    platform: &Platform,
    tx: &Tx,
    system: &System,
    (chain, row): (&chain::Model, &connection::Model),
    finding: &Finding,
    sender: &Sender,
) -> Result<(), Failure> {
    match finding {
        Finding::Downgraded => {
            let (status, reason) = (ConnectionStatus::NeedsReauthorization, Reason::UserDowngraded);
            ending::end(platform, tx, system, row, status, reason).await
        }
        Finding::Reuse(kind) => {
            let what = match kind {
                SecurityEventKind::RefusedOnRepeat => "was refused while an earlier send of it was open",
                _ => "came from a refresh and was refused",
            };
            let incident = Incident {
                kind: *kind,
                generation: chain.generation,
                sender: sender.clone(),
                detail: format!(
                    "generation {} {what}, and no wish of the customer is known",
                    chain.generation
                ),
            };
            security::pause(platform, tx, system, chain, row, incident).await
        }
        Finding::Nothing | Finding::Wait(_) => ending::tell(platform, tx, row, Reason::Refused).await,
    }
}

/// Whether the consent stands at Airwallex; `None` when it does not tell. The id is made of application and account,
/// the only form that has been seen (A, 01 §a.7).
async fn stands_upstream(platform: &Platform, account: &str) -> Option<bool> {
    let id = STANDARD.encode(format!("{}:{account}", platform.settings.app_id));
    match partner::get(&platform.upstream, &id).await {
        Ok(connection) if connection.account_id != account => None,
        Ok(connection) if connection.status == Upstream::Connected => Some(true),
        Ok(connection) if connection.status == Upstream::Disconnected => Some(false),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, "whether a consent stands could not be read");
            None
        }
    }
}

//! How a connection ends, and the ends that come from outside: the customer's wish at Airwallex, a restored backup.

use chrono::Duration;
use serde_json::json;

use super::entity::connection;
use super::model::{ConnectionStatus, Reason};
use super::{attempt, refresh, rules, store, vault};
use crate::db::Tx;
use crate::kernel::{Failure, Instant, System, Who};
use crate::notifications;
use crate::platform::Platform;

/// Ends a connection's working life and tells the seller what to do.
pub async fn end(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    row: &connection::Model,
    status: ConnectionStatus,
    reason: Reason,
) -> std::result::Result<(), Failure> {
    store::set_status(platform, tx, who, row, status, reason).await?;
    tell(platform, tx, row, reason).await
}

/// Writes to the seller why, and what to do.
pub async fn tell(
    platform: &Platform,
    tx: &Tx,
    row: &connection::Model,
    reason: Reason,
) -> std::result::Result<(), Failure> {
    // One mail for each step that the connection leaves, however often this runs.
    let cause = format!("{}/{}/{}", row.id, row.updated_at.timestamp_micros(), reason.as_str());
    write_to_seller(platform, tx, row, reason, &cause).await
}

/// The mail itself; one for each cause.
pub(super) async fn write_to_seller(
    platform: &Platform,
    tx: &Tx,
    row: &connection::Model,
    reason: Reason,
    cause: &str,
) -> std::result::Result<(), Failure> {
    let link = platform.public_url(&format!("/seller/{}", row.seller_id));
    let words = json!({ "link": link, "what": reason.what_happened() });
    notifications::service::tell_seller(platform, tx, &row.seller_id, "connection_needs_you", cause, words)
        .await
}

/// Whether the connection works, or was given up only for not knowing.
pub(super) fn is_in_use(row: &connection::Model) -> bool {
    row.status == ConnectionStatus::Connected.as_str() || row.reason == Reason::OutcomeUnknown.as_str()
}

/// Airwallex tells times in whole seconds and by its own clock. Nobody takes a permission back and walks through
/// the consent pages again in less than this.
const DOUBT: Duration = Duration::seconds(5);

/// Forgets the tokens of connections that were given up so long ago that no late pair comes any more.
pub async fn forget_given_up(platform: &Platform) -> std::result::Result<(), Failure> {
    let before = platform.clock.now() - rules::GIVEN_UP;
    for id in &vault::given_up(platform.db.read(), before).await? {
        platform
            .db
            .write(|tx| async move {
                refresh::lock_chain(&tx, id).await?;
                let Some(chain) = store::chain(&*tx, id).await? else { return Ok::<_, Failure>(()) };
                let row = store::by_id(&*tx, &chain.connection_id).await?;
                let is_long_over = |row: &connection::Model| {
                    row.reason == Reason::OutcomeUnknown.as_str() && row.updated_at < before
                };
                if row.as_ref().is_some_and(is_long_over) {
                    vault::forget(platform, &tx, id, "given up").await?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// The customer took the permission back at Airwallex: both tokens are dead. News from before she
/// connected (again) came late and says nothing about the connection of today.
pub async fn disconnected(
    platform: &Platform,
    system: &System,
    account: &str,
    occurred_at: Option<Instant>,
) -> std::result::Result<(), Failure> {
    let chain = store::chain_of_account(platform.db.read(), &platform.settings.app_id, account).await?;
    let Some(chain) = chain else { return Ok(()) };
    let chain = &chain;
    platform
        .db
        .write(|tx| async move {
            refresh::lock_chain(&tx, &chain.id).await?;
            let Some(row) = store::by_id(&*tx, &chain.connection_id).await? else { return Ok(()) };
            let is_old = occurred_at.zip(row.connected_at).is_some_and(|(at, since)| at + DOUBT < since);
            if is_old || row.status == ConnectionStatus::Disconnected.as_str() {
                return Ok(());
            }
            vault::forget(platform, &tx, &chain.id, "disconnected").await?;
            end(platform, &tx, system, &row, ConnectionStatus::Disconnected, Reason::ByCustomer).await
        })
        .await
}

/// Holds every connection that holds tokens.
///
/// Any commit may be lost, a later refresh of any stored pair among them: whoever called
/// Airwallex with it may have renewed it, whatever its age. No pair that is here is provably the newest.
pub async fn restored(platform: &Platform, system: &System) -> std::result::Result<usize, Failure> {
    // A code may have been sent, and a pair that waits for its account adopted and refreshed.
    platform.db.write(|tx| async move { attempt::settle_all_lost(&tx).await }).await?;
    let mut held = 0;
    for id in &vault::holding(platform.db.read()).await? {
        held += platform
            .db
            .write(|tx| async move {
                refresh::lock_chain(&tx, id).await?;
                let Some(chain) = store::chain(&*tx, id).await? else { return Ok::<_, Failure>(0) };
                let Some(row) = store::by_id(&*tx, &chain.connection_id).await? else { return Ok(0) };
                vault::forget(platform, &tx, id, "restored").await?;
                // What was given up before keeps its reason.
                if row.status != ConnectionStatus::Connected.as_str() {
                    return Ok(0);
                }
                let (status, reason) = (ConnectionStatus::NeedsReauthorization, Reason::Restored);
                end(platform, &tx, system, &row, status, reason).await?;
                Ok(1)
            })
            .await?;
    }
    Ok(held)
}

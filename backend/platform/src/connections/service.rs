//! Reading. Connecting is `connecting.rs`, lending tokens `borrowing.rs`, and ends are `ending.rs`.

pub use super::adopting::learn_account;
pub use super::borrowing::{Loan, borrow};
pub use super::connecting::{Return, begin, complete, see, set_out, settle_lost_attempt};
pub use super::ending::{disconnected, restored};
pub use super::inspecting::{Health, Inspection, SendFacts, health, inspect, list};
use super::model::{Connection, ConnectionEvent, ConnectionStatus, Reason};
pub use super::security::{count_unseen as count_unseen_events, mark_seen, recent as security_events};
pub use super::vault::Pair;
use super::{ConnectionRefusal, ending, store, vault};
use crate::audit;
use crate::kernel::id::{ConnectionId, SellerId};
use crate::kernel::{Actor, Error, Failure, Instant, Resealed, Staff, System};
use crate::platform::Platform;

type Result<T> = std::result::Result<T, Error<ConnectionRefusal>>;

pub const RENEW: &str = "connections.renew";
pub const SETTLE_ATTEMPT: &str = "connections.settle_attempt";
pub const LEARN_ACCOUNT: &str = "connections.learn_account";
pub const REFRESH_IDLE: &str = "connections.refresh_idle";

/// The seller's connection, if there ever was one.
pub async fn of_seller(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Option<Connection>> {
    if !actor.may_see(seller) {
        return Err(ConnectionRefusal::SellerNotFound.into());
    }
    let row = store::of_seller(platform.db.read(), seller).await?;
    Ok(row.as_ref().map(|row| store::read(platform, row)).transpose()?)
}

/// One connection that the actor may see.
pub async fn get(
    platform: &Platform,
    actor: &Actor,
    id: &ConnectionId,
) -> std::result::Result<Option<Connection>, Failure> {
    let row = store::by_id(platform.db.read(), id).await?;
    let row = row.filter(|row| actor.may_see(&row.seller_id));
    row.as_ref().map(|row| store::read(platform, row)).transpose()
}

/// Several sellers' connections, for loaders.
pub async fn of_sellers(
    platform: &Platform,
    actor: &Actor,
    sellers: &[SellerId],
) -> std::result::Result<Vec<Connection>, Failure> {
    let own: Vec<SellerId> = sellers.iter().filter(|seller| actor.may_see(seller)).cloned().collect();
    let rows = store::of_sellers(platform.db.read(), &own).await?;
    rows.iter().map(|row| store::read(platform, row)).collect()
}

/// The steps of several connections' lives, oldest first, for loaders.
pub async fn timelines(
    platform: &Platform,
    ids: &[ConnectionId],
) -> std::result::Result<Vec<(ConnectionId, ConnectionEvent)>, Failure> {
    let rows = store::histories(platform.db.read(), ids).await?;
    let read = |row: super::entity::connection_event::Model| {
        let (status, reason) = (ConnectionStatus::parse(&row.status)?, Reason::parse(&row.reason)?);
        Some((row.connection_id, ConnectionEvent { status, reason, at: row.at }))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The upstream account behind a seller's connection, whatever its status.
pub async fn account(
    platform: &Platform,
    _system: &System,
    seller: &SellerId,
) -> std::result::Result<Option<String>, Failure> {
    let Some(row) = store::of_seller(platform.db.read(), seller).await? else { return Ok(None) };
    Ok(store::chain_of(platform.db.read(), &row.id).await?.map(|chain| chain.account))
}

/// Which seller an upstream account belongs to, through its chain.
pub async fn seller_of_account(
    platform: &Platform,
    _system: &System,
    account: &str,
) -> std::result::Result<Option<SellerId>, Failure> {
    let chain = store::chain_of_account(platform.db.read(), &platform.settings.app_id, account).await?;
    let Some(chain) = chain else { return Ok(None) };
    Ok(store::by_id(platform.db.read(), &chain.connection_id).await?.map(|row| row.seller_id))
}

/// Moves every token and verifier to the first sealing key; answers what was moved and what could not be.
pub async fn reseal(platform: &Platform, _system: &System) -> std::result::Result<Resealed, Failure> {
    vault::reseal(platform).await
}

/// When the refresh token of each of several connections ends, for loaders. Nothing for those that hold none.
pub async fn refresh_tokens_end(
    platform: &Platform,
    ids: &[ConnectionId],
) -> std::result::Result<Vec<(ConnectionId, Instant)>, Failure> {
    let pairs = vault::pairs_of(platform.db.read(), ids).await?;
    Ok(pairs.into_iter().map(|(id, pair)| (id, pair.refresh_expires_at)).collect())
}

/// Writes to the seller once more that the connection waits for her. Answers whether it does.
pub async fn remind(
    platform: &Platform,
    staff: &Staff,
    id: &ConnectionId,
) -> std::result::Result<bool, Failure> {
    platform
        .db
        .write(|tx| async move {
            let Some(row) = store::by_id(&*tx, id).await? else { return Ok(false) };
            if row.status == ConnectionStatus::Connected.as_str() {
                return Ok(false);
            }
            let reason = Reason::parse(&row.reason).unwrap_or(Reason::NotYet);
            let cause = format!("{id}/reminder/{}", platform.clock.now().timestamp() / REMINDER_PAUSE);
            ending::write_to_seller(platform, &tx, &row, reason, &cause).await?;
            audit::record(platform, &tx, staff, "connection.reminded", id.as_str(), Some(&row.seller_id), "")
                .await?;
            Ok(true)
        })
        .await
}

/// Within so many seconds a second press of the button writes no second mail.
const REMINDER_PAUSE: i64 = 60;

/// How many connections stand in each status.
pub async fn count_by_status(platform: &Platform) -> std::result::Result<Vec<(String, u64)>, Failure> {
    store::count_by_status(platform.db.read()).await
}

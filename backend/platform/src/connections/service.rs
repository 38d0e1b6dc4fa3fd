//! Reading. Connecting is `connecting.rs`, lending tokens `borrowing.rs`, and ends are `ending.rs`.

pub use super::adopting::learn_account;
pub use super::borrowing::{Loan, borrow};
pub use super::connecting::{Return, begin, complete, see, set_out, settle_lost_attempt};
pub use super::ending::{disconnected, restored};
use super::model::{Connection, ConnectionEvent, ConnectionStatus, Reason};
pub use super::security::{
    count_by_kind as count_security_events, count_unseen, mark_seen, recent as security_events,
};
use super::{ConnectionRefusal, refresh, store, vault};
use crate::kernel::id::{ConnectionId, SellerId};
use crate::kernel::{Actor, Error, Failure, Staff, System};
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

/// Every connection, most recently changed first.
pub async fn all(platform: &Platform, staff: &Staff) -> std::result::Result<Vec<Connection>, Failure> {
    let rows = store::all(platform.db.read(), staff).await?;
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

/// Seals every token and verifier anew under the first key, one row per transaction, so that it may run
/// beside everything else and be stopped and begun again. Answers how many it changed.
pub async fn reseal(platform: &Platform, _system: &System) -> std::result::Result<u64, Failure> {
    let mut count = 0;
    for row in &vault::live(platform.db.read()).await? {
        count += platform.db.write(|tx| async move { vault::reseal(platform, &tx, row).await }).await?;
    }
    for row in &vault::attempts_with_secrets(platform.db.read()).await? {
        count +=
            platform.db.write(|tx| async move { vault::reseal_attempt(platform, &tx, row).await }).await?;
    }
    Ok(count)
}

/// How many connections stand in each status, for the metrics.
pub async fn count_by_status(platform: &Platform) -> std::result::Result<Vec<(String, u64)>, Failure> {
    store::count_by_status(platform.db.read()).await
}

/// How many refreshes in a row ended unknown, for the metrics.
pub async fn token_endpoint_silence(platform: &Platform) -> std::result::Result<u64, Failure> {
    refresh::silence(platform).await
}

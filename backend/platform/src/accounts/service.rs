//! Reading accounts, and asking for a new look at them.

use chrono::Duration;

use super::model::{Account, Balance};
use super::{AccountRefusal, store};
use crate::connections::{self, ConnectionStatus, Permission};
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue, enqueue_once};
use crate::kernel::id::{AccountId, SellerId};
use crate::kernel::{Actor, Currency, Error, Failure, Instant, Money, System};
use crate::platform::Platform;

pub use super::sync::{sync, sync_status};

type Result<T> = std::result::Result<T, Error<AccountRefusal>>;

pub const SYNC: &str = "accounts.sync";

/// The seller's account, if one is connected and has been read.
pub async fn of_seller(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Option<Account>> {
    if !actor.may_see(seller) {
        return Err(AccountRefusal::SellerNotFound.into());
    }
    Ok(store::of_sellers(platform.db.read(), std::slice::from_ref(seller)).await?.pop())
}

/// The account that new things may be begun with: its seller's connection stands.
pub async fn connected(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Account> {
    begin_with(platform, actor, seller, None).await
}

/// The same, for what the seller has to permit.
pub async fn permitted(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    needs: Permission,
) -> Result<Account> {
    begin_with(platform, actor, seller, Some(needs)).await
}

async fn begin_with(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    needs: Option<Permission>,
) -> Result<Account> {
    if !actor.may_act_for(seller) {
        return Err(AccountRefusal::SellerNotFound.into());
    }
    let connection = match connections::service::of_seller(platform, actor, seller).await {
        Ok(connection) => connection.filter(|one| one.status == ConnectionStatus::Connected),
        Err(Error::Refused(_)) => None,
        Err(Error::Upstream(error)) => return Err(Error::Upstream(error)),
        Err(Error::Failed(failure)) => return Err(Error::Failed(failure)),
    };
    let connection = connection.ok_or(AccountRefusal::NotConnected)?;
    if needs.is_some_and(|needs| needs.is_missing(&connection.missing_scopes)) {
        return Err(AccountRefusal::PermissionMissing.into());
    }
    Ok(of_seller(platform, actor, seller).await?.ok_or(AccountRefusal::NotConnected)?)
}

/// Several sellers' accounts, for loaders.
pub async fn of_sellers(
    platform: &Platform,
    actor: &Actor,
    sellers: &[SellerId],
) -> std::result::Result<Vec<Account>, Failure> {
    let own: Vec<SellerId> = sellers.iter().filter(|seller| actor.may_see(seller)).cloned().collect();
    store::of_sellers(platform.db.read(), &own).await
}

/// One account that the actor may see.
pub async fn get(
    platform: &Platform,
    actor: &Actor,
    id: &AccountId,
) -> std::result::Result<Option<Account>, Failure> {
    store::get(platform.db.read(), actor.sellers().as_deref(), id).await
}

/// What the wallets of accounts held when we last looked.
pub async fn balances(
    platform: &Platform,
    accounts: &[AccountId],
) -> std::result::Result<Vec<(AccountId, Balance)>, Failure> {
    store::balances(platform.db.read(), accounts).await
}

/// What a wallet had ready when we last looked, the money of its owner's country first.
pub async fn available(
    platform: &Platform,
    account: &AccountId,
    country: &str,
) -> std::result::Result<Vec<Money>, Failure> {
    let balances = balances(platform, std::slice::from_ref(account)).await?;
    let mut ready: Vec<Money> = balances.into_iter().map(|(_, balance)| balance.available).collect();
    let home = Currency::of_country(country);
    ready.sort_by_key(|money| Some(money.currency()) != home);
    Ok(ready)
}

/// The account by Airwallex's id, for the system.
pub async fn by_upstream(
    platform: &Platform,
    system: &System,
    id: &str,
) -> std::result::Result<Option<Account>, Failure> {
    store::by_upstream(platform.db.read(), system, id).await
}

/// Since when we know an account.
pub async fn known_since(tx: &Tx, id: &AccountId) -> std::result::Result<Option<Instant>, Failure> {
    store::known_since(tx, id).await
}

/// As if an account had been made known then.
#[cfg(test)]
pub async fn known_from(tx: &Tx, id: &AccountId, at: Instant) -> std::result::Result<(), Failure> {
    store::known_from(tx, id, at).await
}

/// The next accounts after this one, for what goes over all of them.
pub async fn after(
    platform: &Platform,
    system: &System,
    id: Option<&AccountId>,
    count: u64,
) -> std::result::Result<Vec<Account>, Failure> {
    store::after(platform.db.read(), system, id, count).await
}

/// The account by our id, for the system.
pub async fn by_id(
    platform: &Platform,
    system: &System,
    id: &AccountId,
) -> std::result::Result<Option<Account>, Failure> {
    store::by_id(platform.db.read(), system, id).await
}

/// Looks at Airwallex now, because somebody asked.
pub async fn look_again(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Account> {
    if !actor.may_act_for(seller) {
        return Err(AccountRefusal::SellerNotFound.into());
    }
    sync(platform, &System::new("look again"), seller).await?;
    of_seller(platform, actor, seller).await?.ok_or_else(|| AccountRefusal::NotConnected.into())
}

/// Wants a new look because money has moved, in the transaction that knows of it. A moment later, so that
/// Airwallex's own books are done.
pub async fn sync_after(platform: &Platform, tx: &Tx, seller: &SellerId) -> std::result::Result<(), Failure> {
    enqueue(platform, tx, NewJob::about(SYNC, seller).repeatable().after(Duration::seconds(1))).await
}

/// Wants one more look, where two looks have crossed.
pub(super) async fn sync_soon(
    platform: &Platform,
    tx: &Tx,
    seller: &SellerId,
) -> std::result::Result<(), Failure> {
    let job = NewJob { dedupe_key: Some(format!("{SYNC}/again/{seller}")), ..NewJob::about(SYNC, seller) };
    enqueue(platform, tx, job.after(Duration::seconds(5))).await
}

/// Looks at Airwallex in the background.
pub async fn sync_later(
    platform: &Platform,
    _system: &System,
    seller: &SellerId,
) -> std::result::Result<(), Failure> {
    enqueue_once(platform, NewJob::about(SYNC, seller).repeatable()).await
}

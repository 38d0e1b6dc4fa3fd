//! Reading an account, its wallet and its balances with the seller's token, and writing what changed.

use airwallex::Access;
use airwallex::api::accounts::{self as upstream, WalletInfo};
use airwallex::api::balances;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, EntityTrait, QueryFilter,
};

use super::entity::{account, balance};
use super::model::{AccountStatus, STATUS_CHANGED};
use super::service::sync_soon;
use super::{AccountRefusal, store};
use crate::connections::{self, ConnectionRefusal, Permission};
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue};
use crate::kernel::id::{AccountId, SellerId};
use crate::kernel::{Currency, Error, Failure, Instant, Money, System};
use crate::platform::Platform;
use crate::{audit, live};

/// Everything that one look at Airwallex tells.
struct Seen {
    account: upstream::Account,
    /// Unknown where only the platform's own key could ask.
    wallet: Option<WalletInfo>,
    balances: Balances,
    linked: bool,
    /// Before the first question: nothing seen is older.
    asked_at: Instant,
}

/// What is known of the wallet now.
enum Balances {
    Told(Vec<balances::Balance>),
    /// Nobody asked: what is known stands.
    NotAsked,
    /// The seller does not permit to see them: what is known grows old, and is forgotten.
    Withheld,
}

/// Looks at Airwallex and writes down what it says.
pub async fn sync(
    platform: &Platform,
    system: &System,
    seller: &SellerId,
) -> Result<(), Error<AccountRefusal>> {
    let client = &platform.upstream;
    let mut loan = connections::service::borrow(platform, system, seller).await.map_err(not_connected)?;
    let asked_at = platform.clock.now();
    let own = |access: Access| async move {
        Ok((upstream::own(client, &access).await?, upstream::wallet_info(client, &access).await?))
    };
    let (account, wallet) = match loan.call(Permission::Account, own).await {
        Ok(told) => told,
        Err(Error::Refused(ConnectionRefusal::PermissionMissing)) => {
            return sync_status(platform, system, seller).await;
        }
        Err(error) => return Err(not_connected(error)),
    };
    if account.id != loan.account {
        return Err(Failure::new("a seller's token belongs to another account than its chain").into());
    }
    let current = |access: Access| async move { balances::current(client, &access).await };
    let balances = match loan.call(Permission::Balances, current).await {
        Ok(told) => Balances::Told(told),
        Err(Error::Refused(ConnectionRefusal::PermissionMissing)) => Balances::Withheld,
        Err(error) => return Err(not_connected(error)),
    };
    let linked = read_linked(platform, &loan.account).await?.is_some();
    let seen = Seen { account, wallet: Some(wallet), balances, linked, asked_at };
    let seen = &seen;
    platform.db.write(|tx| async move { write(platform, &tx, system, seller, seen).await }).await?;
    Ok(())
}

/// Learns the status with the platform's own key, where the seller's token is not to be had: an account can
/// be suspended while its connection has ended.
pub async fn sync_status(
    platform: &Platform,
    system: &System,
    seller: &SellerId,
) -> Result<(), Error<AccountRefusal>> {
    let known = store::of_sellers(platform.db.read(), std::slice::from_ref(seller)).await?;
    let Some(known) = known.into_iter().next().filter(|account| account.linked) else { return Ok(()) };
    let asked_at = platform.clock.now();
    let known = &known;
    let Some(account) = read_linked(platform, &known.upstream_id).await? else {
        platform.db.write(|tx| async move { store::unlink(&tx, &known.id, asked_at).await }).await?;
        return Ok(());
    };
    let seen = &Seen { account, wallet: None, balances: Balances::NotAsked, linked: true, asked_at };
    platform.db.write(|tx| async move { write(platform, &tx, system, seller, seen).await }).await?;
    Ok(())
}

/// The account as the platform's own key reads it; none when that key may not act for it.
async fn read_linked(platform: &Platform, id: &str) -> Result<Option<upstream::Account>, airwallex::Error> {
    match upstream::get(&platform.upstream, id).await {
        Ok(account) => Ok(Some(account)),
        Err(error)
            if error.is_not_found() || error.refusal().is_some_and(|one| one.is_account_not_authorized()) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn not_connected(error: Error<ConnectionRefusal>) -> Error<AccountRefusal> {
    match error {
        Error::Refused(ConnectionRefusal::RefreshUnderWay) => {
            Error::Upstream(airwallex::Error::NotSent("the token is being renewed".to_owned()))
        }
        Error::Refused(_) => AccountRefusal::NotConnected.into(),
        Error::Upstream(error) => Error::Upstream(error),
        Error::Failed(failure) => Error::Failed(failure),
    }
}

async fn write(
    platform: &Platform,
    tx: &Tx,
    system: &System,
    seller: &SellerId,
    seen: &Seen,
) -> Result<(), Failure> {
    let now = platform.clock.now();
    // Two looks at once: the second reads what the first has written.
    account::Entity::update_many()
        .col_expr(account::Column::UpdatedAt, Expr::col(account::Column::UpdatedAt))
        .filter(account::Column::UpstreamId.eq(&seen.account.id))
        .exec(&**tx)
        .await?;
    let known = store::by_upstream(&**tx, system, &seen.account.id).await?;
    let status = AccountStatus::parse(seen.account.status.as_str()).unwrap_or(AccountStatus::Unknown);
    let id = known.as_ref().map_or_else(
        || AccountId::generate(&*platform.clock, &*platform.random),
        |account| account.id.clone(),
    );
    let next_action =
        seen.account.next_action.as_ref().and_then(|next| next.kind.clone()).filter(|kind| kind != "NONE");
    let wallet = seen.wallet.as_ref();
    let change = account::ActiveModel {
        status: Set(status.as_str().to_owned()),
        status_text: Set(seen.account.status.as_str().to_owned()),
        name: Set(seen.account.display_name()),
        wallet_name: wallet.map_or(NotSet, |wallet| Set(wallet.account_name.clone())),
        wallet_number: wallet.map_or(NotSet, |wallet| Set(wallet.account_number.clone())),
        next_action: Set(next_action),
        linked: Set(seen.linked),
        synced_at: Set(Some(seen.asked_at)),
        updated_at: Set(now),
        ..Default::default()
    };
    if known.is_some() {
        let older = Condition::any()
            .add(account::Column::SyncedAt.is_null())
            .add(account::Column::SyncedAt.lte(seen.asked_at));
        let updated = account::Entity::update_many()
            .set(change)
            .filter(account::Column::Id.eq(id.clone()))
            .filter(older)
            .exec(&**tx)
            .await?;
        // Somebody who asked later has written already, or somebody whose clock is ahead wrote what is older:
        // another look tells.
        if updated.rows_affected == 0 {
            return sync_soon(platform, tx, seller).await;
        }
    } else {
        let row = account::ActiveModel {
            id: Set(id.clone()),
            seller_id: Set(seller.clone()),
            upstream_id: Set(seen.account.id.clone()),
            created_at: Set(now),
            ..change
        };
        let first = OnConflict::column(account::Column::UpstreamId).do_nothing().to_owned();
        let added = account::Entity::insert(row).on_conflict(first).exec_without_returning(&**tx).await?;
        if added == 0 {
            return Ok(());
        }
    }
    match &seen.balances {
        Balances::Told(told) => write_balances(platform, tx, &id, told).await?,
        Balances::NotAsked => {}
        Balances::Withheld => {
            let known = balance::Column::AccountId.eq(id.clone());
            balance::Entity::delete_many().filter(known).exec(&**tx).await?;
        }
    }
    if known.as_ref().is_none_or(|account| seen.account.status != *account.status_text) {
        audit::record(
            platform,
            tx,
            system,
            "account.status_changed",
            id.as_str(),
            Some(seller),
            status.as_str(),
        )
        .await?;
        let payload = serde_json::json!({
            "seller": seller.as_str(),
            "account": id.as_str(),
            "status": status.as_str(),
            "occurrence": platform.random.request_id(),
            "was": known.as_ref().map(|account| account.status.as_str()),
        });
        enqueue(platform, tx, NewJob { payload, ..NewJob::about(STATUS_CHANGED, &id) }.repeatable()).await?;
    }
    live::publish(platform, tx, "account", id.as_str(), Some(seller)).await
}

async fn write_balances(
    platform: &Platform,
    tx: &Tx,
    id: &AccountId,
    balances: &[balances::Balance],
) -> Result<(), Failure> {
    let now = platform.clock.now();
    for one in balances {
        // A currency or amount that we cannot hold exactly is left out rather than rounded.
        let Ok(currency) = Currency::parse(&one.currency) else { continue };
        let minor = |amount: &airwallex::Amount| Money::from_decimal(amount.0, currency).map(Money::minor);
        let (Ok(available), Ok(pending), Ok(reserved)) =
            (minor(&one.available_amount), minor(&one.pending_amount), minor(&one.reserved_amount))
        else {
            tracing::warn!(account.id = %id, %currency, "a balance has more decimals than its currency");
            continue;
        };
        let row = balance::ActiveModel {
            account_id: Set(id.clone()),
            currency: Set(currency.code().to_owned()),
            available_minor: Set(available),
            pending_minor: Set(pending),
            reserved_minor: Set(reserved),
            as_of: Set(now),
        };
        let newest = OnConflict::columns([balance::Column::AccountId, balance::Column::Currency])
            .update_columns([
                balance::Column::AvailableMinor,
                balance::Column::PendingMinor,
                balance::Column::ReservedMinor,
                balance::Column::AsOf,
            ])
            .to_owned();
        balance::Entity::insert(row).on_conflict(newest).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

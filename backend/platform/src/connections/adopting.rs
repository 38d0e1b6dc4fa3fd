//! A consent's pair becomes a connection: in the account's one chain, whoever consented.

use std::time::Duration as StdDuration;

use chrono::Duration;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

use airwallex::Access;
use airwallex::api::oauth::TokenPair;

use super::entity::{attempt as attempt_row, chain, connection};
use super::model::{CONNECTED, ConnectionStatus, Outcome, Reason};
use super::refresh::Hold;
use super::service::LEARN_ACCOUNT;
use super::{ConnectionRefusal, attempt, refresh, store, vault};
use crate::audit;
use crate::db::Tx;
use crate::jobs::{self, NewJob, enqueue};
use crate::kernel::id::{AttemptId, ChainId, ConnectionId, SellerId};
use crate::kernel::{Error, Failure, System, Who};
use crate::platform::Platform;

type Result<T> = std::result::Result<T, Error<ConnectionRefusal>>;

/// The account that consented: told with the tokens, else asked for with them.
pub(super) async fn account_of(platform: &Platform, pair: &TokenPair) -> Option<String> {
    if let Some(account) = &pair.account_id {
        return Some(account.clone());
    }
    let access = Access::Seller(pair.access.clone());
    match airwallex::api::accounts::own(&platform.upstream, &access).await {
        Ok(account) => Some(account.id),
        Err(error) => {
            tracing::warn!(%error, "the account behind a consent could not be read");
            None
        }
    }
}

/// Keeps a pair whose account nobody has told us yet; a job goes on asking while its access token lives.
pub(super) async fn keep(
    platform: &Platform,
    row: &attempt_row::Model,
    fresh: &vault::Fresh<'_>,
) -> Result<()> {
    let life = Duration::from_std(fresh.pair.access_life).map_err(Failure::new)?;
    let keep_once = || {
        platform.db.write(|tx| async move {
            vault::keep_pair(platform, &tx, &row.id, fresh).await?;
            // The old chain's tokens are dead at Airwallex since the exchange: nobody presents them while this one waits.
            if let Some(chain) = own_chain(&tx, &row.seller_id).await? {
                refresh::lock_chain(&tx, &chain.id).await?;
                refresh::hold(&tx, &chain.id, holder(&row.id), life).await?;
            }
            enqueue(platform, &tx, NewJob::about(LEARN_ACCOUNT, &row.id)).await
        })
    };
    keep_trying(|| async move { keep_once().await.map_err(Error::from) }).await
}

/// Asks once more which account a kept pair belongs to.
pub async fn learn_account(platform: &Platform, system: &System, id: &AttemptId) -> Result<jobs::Outcome> {
    let Some(row) = store::attempt(platform.db.read(), id).await? else { return Ok(jobs::Outcome::Done) };
    let Some((pair, asked_at)) = vault::kept_pair(platform, &row).await? else {
        return Ok(jobs::Outcome::Done);
    };
    if let Some(account) = account_of(platform, &pair).await {
        adopt(platform, system, &row, &vault::Fresh { pair: &pair, asked_at }, &account).await?;
        return Ok(jobs::Outcome::Done);
    }
    let lives_until = asked_at + Duration::from_std(pair.access_life).map_err(Failure::new)?;
    if platform.clock.now() < lives_until {
        return Ok(jobs::Outcome::Later(
            Duration::seconds(5),
            "Airwallex does not tell the account yet".to_owned(),
        ));
    }
    let row = &row;
    platform
        .db
        .write(|tx| async move { conclude(platform, &tx, system, row, Outcome::AccountUnknown).await })
        .await?;
    Ok(jobs::Outcome::Done)
}

/// How often a consent's pair is written again after a failure, every half second.
const KEEP_TRYING: usize = 60;

/// Puts the new pair into the account's chain, whoever consented; the seller is connected unless the
/// account belongs to another one.
pub(super) async fn adopt(
    platform: &Platform,
    who: &impl Who,
    row: &attempt_row::Model,
    fresh: &vault::Fresh<'_>,
    account: &str,
) -> Result<()> {
    keep_trying(|| async move {
        let written: Result<()> = platform
            .db
            .write(|tx| async move {
                adopt_once(platform, &tx, who, row, fresh, account).await.map_err(Error::from)
            })
            .await;
        written
    })
    .await
}

/// The pair exists nowhere else: a database that is away for moments must not lose it.
async fn keep_trying<Fut: Future<Output = Result<()>>>(write: impl Fn() -> Fut) -> Result<()> {
    let mut tries = KEEP_TRYING;
    loop {
        match write().await {
            // Another replica made the chain or the connection first: now it is there to be found.
            Err(Error::Failed(failure)) if failure.is_unique_violation() && tries > 0 => tries -= 1,
            Err(Error::Failed(failure)) if tries > 0 => {
                tries -= 1;
                failure.report();
                tokio::time::sleep(StdDuration::from_millis(500)).await;
            }
            result => return result,
        }
    }
}

async fn adopt_once(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    row: &attempt_row::Model,
    fresh: &vault::Fresh<'_>,
    account: &str,
) -> std::result::Result<(), Failure> {
    let application = &platform.settings.app_id;
    if let Some(chain) = store::chain_of_account(&**tx, application, account).await? {
        refresh::lock_chain(tx, &chain.id).await?;
    }
    let known = store::chain_of_account(&**tx, application, account).await?;
    // Written before: the commit's outcome was unknown, or another worker was faster. It may have been
    // refreshed since, and must not come back.
    if vault::has_been_stored(tx, fresh.pair).await? {
        return Ok(());
    }
    let own = store::of_seller(&**tx, &row.seller_id).await?;
    let own_chain = own_chain(tx, &row.seller_id).await?;
    let scopes = fresh
        .pair
        .scopes
        .clone()
        .unwrap_or_else(|| row.scopes.split_whitespace().map(str::to_owned).collect());
    let outcome = match (&known, &own_chain) {
        (Some(chain), _) if own.as_ref().is_none_or(|own| own.id != chain.connection_id) => {
            // The account is another seller's. Upstream has replaced that seller's tokens by these.
            let next = vault::next_generation(&**tx, &chain.id).await?;
            vault::commit(platform, tx, &chain.id, next, None, fresh, vault::CONSENT).await?;
            give_to_owner(platform, tx, who, chain, fresh, &scopes).await?;
            Outcome::AccountTaken
        }
        (None, Some(_)) => Outcome::OtherAccount,
        _ => {
            let connection = connect(platform, tx, who, own.as_ref(), &row.seller_id, &scopes).await?;
            let chain = match known {
                Some(chain) => chain.id,
                None => new_chain(platform, tx, account, &connection).await?,
            };
            let next = vault::next_generation(&**tx, &chain).await?;
            vault::commit(platform, tx, &chain, next, None, fresh, vault::CONSENT).await?;
            let fact = json!({ "seller": row.seller_id.as_str(), "account": account });
            let job = NewJob { payload: fact, ..NewJob::about(CONNECTED, &row.id) };
            enqueue(platform, tx, job).await?;
            Outcome::Connected
        }
    };
    conclude(platform, tx, who, row, outcome).await
}

/// Whoever consented, the owner's connection goes on with what was granted now, even if it ended only because this
/// consent had replaced its tokens.
async fn give_to_owner(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    chain: &chain::Model,
    fresh: &vault::Fresh<'_>,
    scopes: &[String],
) -> std::result::Result<(), Failure> {
    let owner = store::by_id(&**tx, &chain.connection_id).await?;
    let since = fresh.asked_at - platform.settings.rotation.skew;
    let was_refused = |row: &connection::Model| {
        let reasons = [Reason::Refused, Reason::Replaced, Reason::UserDowngraded, Reason::OutcomeUnknown];
        row.updated_at >= since && reasons.iter().any(|reason| row.reason == reason.as_str())
    };
    match owner {
        Some(owner) if owner.status == ConnectionStatus::Connected.as_str() => {
            store::grant(tx, &owner.id, scopes).await
        }
        Some(owner) if was_refused(&owner) => {
            store::grant(tx, &owner.id, scopes).await?;
            let (status, reason) = (ConnectionStatus::Connected, Reason::Refreshed);
            store::set_status(platform, tx, who, &owner, status, reason).await
        }
        // Nobody wished for tokens of a connection that is over.
        _ => vault::forget(platform, tx, &chain.id, "account taken").await,
    }
}

/// How a consent is named as the holder of its chain's lease, whichever replica goes on with it.
pub(super) fn holder(id: &AttemptId) -> String {
    format!("consent/{id}")
}

async fn own_chain(tx: &Tx, seller: &SellerId) -> std::result::Result<Option<chain::Model>, Failure> {
    match store::of_seller(&**tx, seller).await? {
        Some(connection) => store::chain_of(&**tx, &connection.id).await,
        None => Ok(None),
    }
}

/// Writes down how the attempt ended, even if it was called lost meanwhile, and lets go of the seller's chain.
async fn conclude(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    row: &attempt_row::Model,
    outcome: Outcome,
) -> std::result::Result<(), Failure> {
    attempt::conclude(tx, &row.id, outcome).await?;
    if let Some(chain) = own_chain(tx, &row.seller_id).await? {
        refresh::release(tx, &Hold { chain: chain.id, owner: holder(&row.id) }).await?;
    }
    let (id, seller) = (row.id.as_str(), Some(&row.seller_id));
    audit::record(platform, tx, who, "connection.attempt_settled", id, seller, outcome.as_str()).await
}

async fn connect(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    own: Option<&connection::Model>,
    seller: &SellerId,
    scopes: &[String],
) -> std::result::Result<ConnectionId, Failure> {
    let now = platform.clock.now();
    let id = own.map_or_else(
        || ConnectionId::generate(&*platform.clock, &*platform.random),
        |connection| connection.id.clone(),
    );
    let row = connection::ActiveModel {
        id: Set(id.clone()),
        seller_id: Set(seller.clone()),
        status: Set(ConnectionStatus::Connected.as_str().to_owned()),
        reason: Set(Reason::Consent.as_str().to_owned()),
        scopes: Set(scopes.join(" ")),
        denied_scopes: Set(String::new()),
        connected_at: Set(Some(now)),
        created_at: Set(own.map_or(now, |connection| connection.created_at)),
        updated_at: Set(now),
    };
    if own.is_some() {
        connection::Entity::update(row).exec(&**tx).await?;
    } else {
        connection::Entity::insert(row).exec_without_returning(&**tx).await?;
    }
    store::note(platform, tx, who, &id, seller, ConnectionStatus::Connected, Reason::Consent, now).await?;
    Ok(id)
}

async fn new_chain(
    platform: &Platform,
    tx: &Tx,
    account: &str,
    connection: &ConnectionId,
) -> std::result::Result<ChainId, Failure> {
    let id = ChainId::generate(&*platform.clock, &*platform.random);
    let row = chain::ActiveModel {
        id: Set(id.clone()),
        application: Set(platform.settings.app_id.clone()),
        account: Set(account.to_owned()),
        connection_id: Set(connection.clone()),
        generation: Set(0),
        lease_owner: Set(None),
        lease_until: Set(None),
    };
    chain::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(id)
}

//! Connecting, reading, and lending the seller's token to whoever may use it.

use chrono::Duration;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

use airwallex::Access;
use airwallex::api::oauth::{TokenPair, always};
use airwallex::token_transport::TokenError;

pub use super::ending::{disconnected, restored};
use super::entity::{chain, connection};
use super::model::{Attempt, Begun, CONNECTED, Connection, ConnectionStatus, Outcome, Reason};
use super::{ConnectionRefusal, attempt, refresh, store, vault};
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue};
use crate::kernel::id::{AttemptId, ChainId, ConnectionId, SellerId};
use crate::kernel::{Actor, Error, Failure, Instant, Staff, System, checkpoint};
use crate::platform::Platform;
use crate::web::Cookies;
use crate::{audit, sellers};

type Result<T> = std::result::Result<T, Error<ConnectionRefusal>>;

pub const RECOVER: &str = "connections.recover";
pub const SETTLE: &str = "connections.settle";
pub const SETTLE_ATTEMPT: &str = "connections.settle_attempt";
pub const REFRESH_IDLE: &str = "connections.refresh_idle";

/// Begins to connect: where to send the browser. Programs get our start link, which a signed-in
/// member opens; browsers get the consent page and a cookie.
pub async fn begin(platform: &Platform, actor: &Actor, seller: &SellerId, sign_up: bool) -> Result<Begun> {
    if actor.as_staff().is_some() {
        return Err(ConnectionRefusal::NotAllowed.into());
    }
    let person = actor.person_id().ok_or(ConnectionRefusal::SignInFirst)?;
    if sellers::service::get(platform, actor, seller).await.is_err() {
        return Err(ConnectionRefusal::SellerNotFound.into());
    }
    let known = store::of_seller(platform.db.read(), seller).await?;
    if known.is_some_and(|row| row.status == ConnectionStatus::Connected.as_str()) {
        return Err(ConnectionRefusal::AlreadyConnected.into());
    }
    let bound = !actor.is_program();
    Ok(platform
        .db
        .write(|tx| async move {
            let begun = attempt::create(platform, &tx, seller, person, sign_up, bound).await?;
            audit::record(platform, &tx, actor, "connection.begun", begun.attempt.as_str(), Some(seller), "")
                .await?;
            Ok::<_, Failure>(begun)
        })
        .await?)
}

/// The start link of an attempt that a program began.
pub async fn set_out(platform: &Platform, actor: &Actor, id: &AttemptId) -> Result<Begun> {
    let person = actor.person_id().ok_or(ConnectionRefusal::SignInFirst)?;
    let row = store::attempt(platform.db.read(), id).await?.ok_or(ConnectionRefusal::AttemptNotFound)?;
    if row.person_id != *person || !actor.may_act_for(&row.seller_id) {
        return Err(ConnectionRefusal::AttemptNotFound.into());
    }
    if row.expires_at <= platform.clock.now() {
        return Err(ConnectionRefusal::AttemptExpired.into());
    }
    let row = &row;
    let begun = platform.db.write(|tx| async move { attempt::bind_later(platform, &tx, row).await }).await?;
    Ok(begun.ok_or(ConnectionRefusal::AttemptOfAnotherBrowser)?)
}

/// What the browser brings back from the consent page.
pub struct Return<'a> {
    pub state: &'a str,
    pub code: Option<airwallex::Token>,
    pub error: Option<&'a str>,
}

/// Takes the browser back: exchanges the code once and stores the outcome, which the same browser may
/// see again.
pub async fn complete(
    platform: &Platform,
    actor: &Actor,
    cookies: &Cookies,
    back: Return<'_>,
) -> Result<Attempt> {
    let hash = crate::kernel::digest::sha256_hex(back.state);
    let row = store::attempt_by_state(platform.db.read(), &hash)
        .await?
        .ok_or(ConnectionRefusal::AttemptNotFound)?;
    if !attempt::is_own_browser(&row, actor.person_id(), cookies) {
        return Err(ConnectionRefusal::AttemptOfAnotherBrowser.into());
    }
    if row.status != "BOUND" {
        return Ok(store::read_attempt(&row));
    }
    let now = platform.clock.now();
    let settled = match (back.code, back.error) {
        _ if row.expires_at <= now => Some(Outcome::Expired),
        (_, Some("access_denied")) => Some(Outcome::Declined),
        (None, _) | (_, Some(_)) => Some(Outcome::Misconfigured),
        _ if !actor.may_act_for(&row.seller_id) => Some(Outcome::NotAMember),
        (Some(code), None) => return exchange(platform, actor, &row, &code).await,
    };
    if let Some(outcome) = settled {
        settle(platform, actor, &row, outcome).await?;
    }
    see(platform, actor, &row.id).await
}

/// The outcome of an attempt, for the person who made it.
pub async fn see(platform: &Platform, actor: &Actor, id: &AttemptId) -> Result<Attempt> {
    let row = store::attempt(platform.db.read(), id).await?;
    let own = row.filter(|row| actor.person_id() == Some(&row.person_id));
    Ok(store::read_attempt(&own.ok_or(ConnectionRefusal::AttemptNotFound)?))
}

async fn settle(
    platform: &Platform,
    actor: &Actor,
    row: &super::entity::attempt::Model,
    outcome: Outcome,
) -> std::result::Result<(), Failure> {
    platform
        .db
        .write(|tx| async move {
            if attempt::settle(&tx, &row.id, outcome).await? {
                let seller = Some(&row.seller_id);
                audit::record(
                    platform,
                    &tx,
                    actor,
                    "connection.attempt_settled",
                    row.id.as_str(),
                    seller,
                    outcome.as_str(),
                )
                .await?;
            }
            Ok(())
        })
        .await
}

/// Sends the code, once. Between the two transactions nothing is held but the mark "used" and, on a
/// reconnect, the chain's lease; a process that dies here leaves a failed attempt behind.
async fn exchange(
    platform: &Platform,
    actor: &Actor,
    row: &super::entity::attempt::Model,
    code: &airwallex::Token,
) -> Result<Attempt> {
    let mine = platform
        .db
        .write(|tx| async move {
            if !attempt::use_up(platform, &tx, &row.id).await? {
                return Ok::<_, Failure>(false);
            }
            hold_own_chain(platform, &tx, &row.seller_id).await?;
            let job = NewJob::about(SETTLE_ATTEMPT, &row.id).after(Duration::seconds(60));
            enqueue(platform, &tx, job).await?;
            Ok(true)
        })
        .await?;
    if !mine {
        return see(platform, actor, &row.id).await;
    }
    checkpoint("connections.code_recorded").await;
    let verifier = attempt::verifier(platform, row)?;
    let asked_at = platform.clock.now();
    let pair = match platform.oauth.exchange(code, &verifier, always()).await {
        Ok(pair) => pair,
        Err(error) => {
            tracing::warn!(attempt.id = %row.id, %error, "a code exchange failed");
            let outcome = match error {
                TokenError::InvalidGrant => Outcome::ExchangeRefused,
                TokenError::Misconfigured(_) => Outcome::Misconfigured,
                TokenError::NotSent(_) | TokenError::Limited | TokenError::Unknown(_) => {
                    Outcome::ExchangeLost
                }
            };
            settle(platform, actor, row, outcome).await?;
            return see(platform, actor, &row.id).await;
        }
    };
    checkpoint("connections.code_exchanged").await;
    match account_of(platform, &pair).await {
        Some(account) => {
            let fresh = vault::Fresh { pair: &pair, asked_at };
            adopt(platform, actor, row, &fresh, &account).await?;
        }
        None => settle(platform, actor, row, Outcome::AccountUnknown).await?,
    }
    see(platform, actor, &row.id).await
}

/// The account that consented: told with the tokens, else asked for with them.
async fn account_of(platform: &Platform, pair: &TokenPair) -> Option<String> {
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

/// A reconnect keeps everybody else from refreshing the old chain while the exchange runs.
async fn hold_own_chain(platform: &Platform, tx: &Tx, seller: &SellerId) -> std::result::Result<(), Failure> {
    let Some(connection) = store::of_seller(&**tx, seller).await? else { return Ok(()) };
    if let Some(chain) = store::chain_of(&**tx, &connection.id).await? {
        refresh::take_lease(platform, tx, &chain.id).await?;
    }
    Ok(())
}

/// How often a consent's pair is written again after a failure, every half second.
const KEEP_TRYING: usize = 60;

/// Puts the new pair into the account's chain, whoever consented; the seller is connected unless the
/// account belongs to another one.
async fn adopt(
    platform: &Platform,
    actor: &Actor,
    row: &super::entity::attempt::Model,
    fresh: &vault::Fresh<'_>,
    account: &str,
) -> Result<()> {
    // The pair exists nowhere else: a database that is away for moments must not lose it.
    let mut tries = KEEP_TRYING;
    loop {
        let result: Result<()> = platform
            .db
            .write(|tx| async move {
                adopt_once(platform, &tx, actor, row, fresh, account).await.map_err(Error::from)
            })
            .await;
        match result {
            // Another replica made the chain or the connection first: now it is there to be found.
            Err(Error::Failed(failure)) if failure.is_unique_violation() => {}
            Err(Error::Failed(failure)) if tries > 0 => {
                tries -= 1;
                failure.report();
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            }
            result => return result,
        }
    }
}

async fn adopt_once(
    platform: &Platform,
    tx: &Tx,
    actor: &Actor,
    row: &super::entity::attempt::Model,
    fresh: &vault::Fresh<'_>,
    account: &str,
) -> std::result::Result<(), Failure> {
    let application = &platform.settings.app_id;
    let known = store::chain_of_account(&**tx, application, account).await?;
    let own = store::of_seller(&**tx, &row.seller_id).await?;
    let own_chain = match &own {
        Some(connection) => store::chain_of(&**tx, &connection.id).await?,
        None => None,
    };
    let scopes = fresh
        .pair
        .scopes
        .clone()
        .unwrap_or_else(|| row.scopes.split_whitespace().map(str::to_owned).collect());
    let outcome = match (&known, &own_chain) {
        (Some(chain), _) if own.as_ref().is_none_or(|own| own.id != chain.connection_id) => {
            // The account is another seller's. Upstream has replaced that seller's tokens by these.
            vault::commit(platform, tx, &chain.id, chain.generation + 1, None, fresh, "consent").await?;
            Outcome::AccountTaken
        }
        (None, Some(_)) => Outcome::OtherAccount,
        _ => {
            let connection = connect(platform, tx, actor, own.as_ref(), &row.seller_id, &scopes).await?;
            let (chain, generation) = match known {
                Some(chain) => (chain.id, chain.generation + 1),
                None => (new_chain(platform, tx, account, &connection).await?, 1),
            };
            vault::commit(platform, tx, &chain, generation, None, fresh, "consent").await?;
            let fact = json!({ "seller": row.seller_id.as_str(), "account": account });
            let job = NewJob { payload: fact, ..NewJob::about(CONNECTED, &row.id) };
            enqueue(platform, tx, job).await?;
            Outcome::Connected
        }
    };
    attempt::settle(tx, &row.id, outcome).await?;
    let seller = Some(&row.seller_id);
    audit::record(
        platform,
        tx,
        actor,
        "connection.attempt_settled",
        row.id.as_str(),
        seller,
        outcome.as_str(),
    )
    .await
}

async fn connect(
    platform: &Platform,
    tx: &Tx,
    actor: &Actor,
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
        connected_at: Set(Some(now)),
        created_at: Set(own.map_or(now, |connection| connection.created_at)),
        updated_at: Set(now),
    };
    if own.is_some() {
        connection::Entity::update(row).exec(&**tx).await?;
    } else {
        connection::Entity::insert(row).exec_without_returning(&**tx).await?;
    }
    store::note(platform, tx, actor, &id, seller, ConnectionStatus::Connected, Reason::Consent, now).await?;
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

/// An exchange that never came back is a failed attempt.
pub async fn settle_lost_attempt(
    platform: &Platform,
    system: &System,
    id: &AttemptId,
) -> std::result::Result<(), Failure> {
    let Some(row) = store::attempt(platform.db.read(), id).await? else { return Ok(()) };
    let row = &row;
    platform
        .db
        .write(|tx| async move {
            if attempt::settle(&tx, &row.id, Outcome::ExchangeLost).await? {
                let seller = Some(&row.seller_id);
                audit::record(
                    platform,
                    &tx,
                    system,
                    "connection.attempt_settled",
                    row.id.as_str(),
                    seller,
                    "EXCHANGE_LOST",
                )
                .await?;
            }
            Ok(())
        })
        .await
}

/// The seller's connection, if there ever was one.
pub async fn of_seller(platform: &Platform, actor: &Actor, seller: &SellerId) -> Result<Option<Connection>> {
    if !actor.may_see(seller) {
        return Err(ConnectionRefusal::SellerNotFound.into());
    }
    let row = store::of_seller(platform.db.read(), seller).await?;
    Ok(row.as_ref().map(store::read).transpose()?)
}

/// Several sellers' connections, for loaders.
pub async fn of_sellers(
    platform: &Platform,
    actor: &Actor,
    sellers: &[SellerId],
) -> std::result::Result<Vec<Connection>, Failure> {
    let own: Vec<SellerId> = sellers.iter().filter(|seller| actor.may_see(seller)).cloned().collect();
    store::of_sellers(platform.db.read(), &own).await?.iter().map(store::read).collect()
}

/// Every connection, most recently changed first.
pub async fn all(platform: &Platform, staff: &Staff) -> std::result::Result<Vec<Connection>, Failure> {
    store::all(platform.db.read(), staff).await?.iter().map(store::read).collect()
}

/// The steps of a connection's life: status, reason and time.
pub async fn timeline(
    platform: &Platform,
    connection: &Connection,
) -> std::result::Result<Vec<(ConnectionStatus, Reason, Instant)>, Failure> {
    let rows = store::history(platform.db.read(), &connection.id).await?;
    let read = |row: super::entity::connection_event::Model| {
        Some((ConnectionStatus::parse(&row.status)?, Reason::parse(&row.reason)?, row.at))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The account behind a seller's connection and a token that is good for at least a while. Refreshes
/// when less than 90 seconds are left.
pub async fn access(platform: &Platform, _system: &System, seller: &SellerId) -> Result<(String, Access)> {
    let row = store::of_seller(platform.db.read(), seller).await?.ok_or(ConnectionRefusal::NotConnected)?;
    let chain = store::chain_of(platform.db.read(), &row.id).await?.ok_or(ConnectionRefusal::NotConnected)?;
    let token = refresh::token(platform, &row, &chain).await?;
    Ok((chain.account, Access::Seller(token)))
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

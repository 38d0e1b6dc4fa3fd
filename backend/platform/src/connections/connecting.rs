//! From "Sign up Airwallex" to sealed tokens: setting out, coming back, and the code that is sent once.

use chrono::Duration;

use airwallex::api::oauth::always;
use airwallex::token_transport::{TokenError, TokenErrorKind};

use super::adopting::{self, account_of};
use super::entity::attempt as attempt_row;
use super::model::{Attempt, Begun, ConnectionStatus, Outcome};
use super::refresh::{self, Hold};
use super::service::SETTLE_ATTEMPT;
use super::{ConnectionRefusal, attempt, rules, store, vault};
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue};
use crate::kernel::id::{AttemptId, SellerId};
use crate::kernel::{Actor, Error, Failure, System, Who, checkpoint};
use crate::platform::Platform;
use crate::web::Cookies;
use crate::{audit, sellers};

type Result<T> = std::result::Result<T, Error<ConnectionRefusal>>;

/// How long after a code was recorded its attempt is called lost: longer than waiting, exchanging and
/// asking for the account can take.
const LOST_AFTER: Duration = Duration::seconds(90);

/// Begins to connect: where to send the browser. Programs get our start link, which a signed-in
/// member opens; browsers get the consent page and a cookie.
pub async fn begin(platform: &Platform, actor: &Actor, seller: &SellerId, sign_up: bool) -> Result<Begun> {
    if actor.as_staff().is_some() {
        return Err(ConnectionRefusal::NotAllowed.into());
    }
    let person = actor.person_id().ok_or(ConnectionRefusal::SignInFirst)?;
    match sellers::service::get(platform, actor, seller).await {
        Ok(_) => {}
        Err(Error::Failed(failure)) => return Err(failure.into()),
        Err(_) => return Err(ConnectionRefusal::SellerNotFound.into()),
    }
    let known = store::of_seller(platform.db.read(), seller).await?;
    let known = known.as_ref().map(|row| store::read(platform, row)).transpose()?;
    // One way for all: the first consent, a new one after an end, and one for what is not permitted yet.
    if known.is_some_and(|one| one.status == ConnectionStatus::Connected && one.missing_scopes.is_empty()) {
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
    Ok(begun.ok_or(ConnectionRefusal::AttemptUsed)?)
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
    who: &impl Who,
    row: &attempt_row::Model,
    outcome: Outcome,
) -> std::result::Result<(), Failure> {
    platform
        .db
        .write(|tx| async move {
            if attempt::settle(&tx, &row.id, outcome).await? {
                let seller = Some(&row.seller_id);
                let (id, outcome) = (row.id.as_str(), outcome.as_str());
                audit::record(platform, &tx, who, "connection.attempt_settled", id, seller, outcome).await?;
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
    row: &attempt_row::Model,
    code: &airwallex::Token,
) -> Result<Attempt> {
    let taken = platform
        .db
        .write(|tx| async move {
            if !attempt::use_up(platform, &tx, &row.id).await? {
                return Ok::<_, Failure>(None);
            }
            let job = NewJob::about(SETTLE_ATTEMPT, &row.id).after(LOST_AFTER);
            enqueue(platform, &tx, job).await?;
            Ok(Some(hold_own_chain(&tx, row).await?))
        })
        .await?;
    let Some(hold) = taken else { return see(platform, actor, &row.id).await };
    checkpoint("connections.code_recorded").await;
    if let Some(hold) = &hold {
        let_open_sends_pass(platform, hold).await?;
    }
    let verifier = attempt::verifier(platform, row).await?;
    let asked_at = platform.clock.now();
    match platform.oauth.exchange(code, &verifier, always()).await {
        Ok(pair) => {
            checkpoint("connections.code_exchanged").await;
            let fresh = vault::Fresh { pair: &pair, asked_at };
            match account_of(platform, &pair).await {
                Some(account) => adopting::adopt(platform, actor, row, &fresh, &account).await?,
                None => adopting::keep(platform, row, &fresh).await?,
            }
        }
        Err(error) => {
            tracing::warn!(attempt.id = %row.id, %error, "a code exchange failed");
            let outcome = outcome_of(&error);
            settle(platform, actor, row, outcome).await?;
            if let Some(hold) = &hold {
                let_go(platform, hold, outcome).await?;
            }
        }
    }
    see(platform, actor, &row.id).await
}

/// Lets others refresh the old chain again; after a lost answer not before the code can no longer be exchanged.
async fn let_go(platform: &Platform, held: &Hold, outcome: Outcome) -> std::result::Result<(), Failure> {
    let constants = &platform.settings.rotation;
    let left = constants.remainder + constants.skew;
    platform
        .db
        .write(|tx| async move {
            if outcome == Outcome::ExchangeLost {
                return refresh::hold(&tx, &held.chain, held.owner.clone(), left).await.map(drop);
            }
            refresh::release(&tx, held).await
        })
        .await
}

fn outcome_of(error: &TokenError) -> Outcome {
    match &error.kind {
        TokenErrorKind::InvalidGrant => Outcome::ExchangeRefused,
        TokenErrorKind::Misconfigured(_) => Outcome::Misconfigured,
        TokenErrorKind::NotSent(_) | TokenErrorKind::Limited => Outcome::NotReached,
        TokenErrorKind::Unknown(_) => Outcome::ExchangeLost,
    }
}

/// A reconnect keeps everybody else from refreshing the old chain while the exchange runs.
async fn hold_own_chain(tx: &Tx, row: &attempt_row::Model) -> std::result::Result<Option<Hold>, Failure> {
    let Some(connection) = store::of_seller(&**tx, &row.seller_id).await? else { return Ok(None) };
    let Some(chain) = store::chain_of(&**tx, &connection.id).await? else { return Ok(None) };
    refresh::lock_chain(tx, &chain.id).await?;
    refresh::hold(tx, &chain.id, adopting::holder(&row.id), rules::CONSENT_LEASE).await.map(Some)
}

/// An old refresh that is still under way would meet the new consent at Airwallex: it gets its quiet
/// time first. Bounded, for the code lives five minutes only.
async fn let_open_sends_pass(platform: &Platform, hold: &Hold) -> Result<()> {
    let quiet = platform.settings.rotation.quiet + platform.settings.rotation.skew;
    let deadline = tokio::time::Instant::now() + quiet.to_std().unwrap_or_default();
    while tokio::time::Instant::now() < deadline {
        let Some(chain) = store::chain(platform.db.read(), &hold.chain).await? else { break };
        let newest = refresh::newest_open_send(platform.db.read(), &chain).await?;
        if newest.is_none_or(|at| platform.clock.now() - at >= quiet) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    Ok(())
}

/// An exchange that never came back is a failed attempt. One whose pair is kept is not lost.
pub async fn settle_lost_attempt(
    platform: &Platform,
    system: &System,
    id: &AttemptId,
) -> std::result::Result<(), Failure> {
    let Some(row) = &store::attempt(platform.db.read(), id).await? else { return Ok(()) };
    platform
        .db
        .write(|tx| async move {
            if attempt::settle_lost(&tx, &row.id).await? {
                let (id, outcome) = (row.id.as_str(), Outcome::ExchangeLost.as_str());
                let seller = Some(&row.seller_id);
                audit::record(platform, &tx, system, "connection.attempt_settled", id, seller, outcome)
                    .await?;
            }
            Ok(())
        })
        .await
}

//! One OAuth attempt: the hash of its state, its sealed PKCE verifier, the browser it is bound to.
//!
//! Lives an hour, is used once. A browser is bound by its person and by a cookie of the attempt's own.

use chrono::Duration;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, UpdateMany};

use airwallex::api::oauth::AuthorizeRequest;

use super::entity::attempt::{ActiveModel, Column, Entity, Model};
use super::model::{Begun, Outcome};
use crate::db::Tx;
use crate::kernel::digest::{equal, sha256_hex};
use crate::kernel::id::{AttemptId, PersonId, SellerId};
use crate::kernel::{Failure, Sealed, Secret};
use crate::platform::Platform;
use crate::web::Cookies;

pub const LIFE: Duration = Duration::minutes(60);

/// The cookie's name; one per attempt, so that a second tab does not unbind the first.
pub fn cookie_name(id: &AttemptId) -> String {
    format!("souk_{}", id.as_str())
}

/// What the secrets of an attempt are bound to.
pub(super) fn place(id: &AttemptId) -> String {
    format!("oauth_attempt/{id}")
}

/// What is bound when a browser sets out.
struct Binding {
    state_hash: String,
    cookie_hash: String,
    verifier_sealed: String,
    url: String,
    cookie: Secret<String>,
}

async fn bind(
    platform: &Platform,
    id: &AttemptId,
    scopes: &[String],
    sign_up: bool,
) -> Result<Binding, Failure> {
    let (state, verifier, cookie) =
        (platform.random.token(), platform.random.token(), platform.random.token());
    let sealed = platform.keys.seal(&place(id), "verifier", &verifier, &*platform.random).await?;
    let url = platform.oauth.authorize_url(&AuthorizeRequest {
        scopes,
        state: &airwallex::Token::new(state.expose().clone()),
        verifier: &airwallex::Token::new(verifier.expose().clone()),
        sign_up,
    });
    Ok(Binding {
        state_hash: sha256_hex(state.expose()),
        cookie_hash: sha256_hex(cookie.expose()),
        verifier_sealed: sealed.into_stored(),
        url: url.into(),
        cookie,
    })
}

/// A new attempt; `bound` at once for a signed-in browser, later for a program's person.
pub async fn create(
    platform: &Platform,
    tx: &Tx,
    seller: &SellerId,
    person: &PersonId,
    sign_up: bool,
    bound: bool,
) -> Result<Begun, Failure> {
    let now = platform.clock.now();
    let id = AttemptId::generate(&*platform.clock, &*platform.random);
    let scopes = &platform.settings.scopes;
    let mut row = ActiveModel {
        id: Set(id.clone()),
        seller_id: Set(seller.clone()),
        person_id: Set(person.clone()),
        sign_up: Set(sign_up),
        scopes: Set(scopes.join(" ")),
        state_hash: Set(None),
        cookie_hash: Set(None),
        verifier_sealed: Set(None),
        pair_sealed: Set(None),
        status: Set("CREATED".to_owned()),
        outcome: Set(None),
        created_at: Set(now),
        expires_at: Set(now + LIFE),
        used_at: Set(None),
    };
    let mut begun = Begun {
        url: platform.public_url(&format!("/connect/airwallex/start/{id}")),
        attempt: id.clone(),
        cookie: None,
    };
    if bound {
        let binding = bind(platform, &id, scopes, sign_up).await?;
        row.state_hash = Set(Some(binding.state_hash));
        row.cookie_hash = Set(Some(binding.cookie_hash));
        row.verifier_sealed = Set(Some(binding.verifier_sealed));
        row.status = Set("BOUND".to_owned());
        begun.url = binding.url;
        begun.cookie = Some((cookie_name(&id), binding.cookie));
    }
    Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(begun)
}

/// Binds an attempt that a program began to the browser that opens its start link. Only once.
pub async fn bind_later(platform: &Platform, tx: &Tx, row: &Model) -> Result<Option<Begun>, Failure> {
    let scopes: Vec<String> = row.scopes.split_whitespace().map(str::to_owned).collect();
    let binding = bind(platform, &row.id, &scopes, row.sign_up).await?;
    let changed = Entity::update_many()
        .set(ActiveModel {
            state_hash: Set(Some(binding.state_hash)),
            cookie_hash: Set(Some(binding.cookie_hash)),
            verifier_sealed: Set(Some(binding.verifier_sealed)),
            status: Set("BOUND".to_owned()),
            ..Default::default()
        })
        .filter(Column::Id.eq(row.id.clone()))
        .filter(Column::Status.eq("CREATED"))
        .exec(&**tx)
        .await?;
    if changed.rows_affected == 0 {
        return Ok(None);
    }
    let cookie = Some((cookie_name(&row.id), binding.cookie));
    Ok(Some(Begun { attempt: row.id.clone(), url: binding.url, cookie }))
}

/// Whether this person in this browser set out on the attempt.
pub fn is_own_browser(row: &Model, person: Option<&PersonId>, cookies: &Cookies) -> bool {
    let cookie = cookies.get(&cookie_name(&row.id)).map(sha256_hex);
    person == Some(&row.person_id)
        && matches!((&row.cookie_hash, cookie), (Some(expected), Some(given)) if equal(expected, &given))
}

/// Uses the attempt up: of all that come, one may send the code.
pub async fn use_up(platform: &Platform, tx: &Tx, id: &AttemptId) -> Result<bool, Failure> {
    let changed = Entity::update_many()
        .set(ActiveModel {
            status: Set("USED".to_owned()),
            used_at: Set(Some(platform.clock.now())),
            ..Default::default()
        })
        .filter(Column::Id.eq(id.clone()))
        .filter(Column::Status.eq("BOUND"))
        .exec(&**tx)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Writes down how it went; the secrets are forgotten. A settled attempt stays as it is.
pub async fn settle(tx: &Tx, id: &AttemptId, outcome: Outcome) -> Result<bool, Failure> {
    let changed = end(id, outcome).filter(Column::Status.ne("SETTLED")).exec(&**tx).await?;
    Ok(changed.rows_affected == 1)
}

/// The same for one whose exchange never came back; a pair that is kept is not lost.
pub async fn settle_lost(tx: &Tx, id: &AttemptId) -> Result<bool, Failure> {
    let lost = end(id, Outcome::ExchangeLost)
        .filter(Column::Status.ne("SETTLED"))
        .filter(Column::PairSealed.is_null());
    Ok(lost.exec(&**tx).await?.rows_affected == 1)
}

/// The same, with better knowledge than whoever settled it before.
pub async fn conclude(tx: &Tx, id: &AttemptId, outcome: Outcome) -> Result<(), Failure> {
    end(id, outcome).exec(&**tx).await?;
    Ok(())
}

/// The same for every attempt whose code may have been sent: none is sent twice, and no pair that waits for its account
/// comes back.
pub async fn settle_all_lost(tx: &Tx) -> Result<(), Failure> {
    ended(Outcome::ExchangeLost).filter(Column::Status.is_in(["BOUND", "USED"])).exec(&**tx).await?;
    Ok(())
}

fn end(id: &AttemptId, outcome: Outcome) -> UpdateMany<Entity> {
    ended(outcome).filter(Column::Id.eq(id.clone()))
}

fn ended(outcome: Outcome) -> UpdateMany<Entity> {
    Entity::update_many().set(ActiveModel {
        status: Set("SETTLED".to_owned()),
        outcome: Set(Some(outcome.as_str().to_owned())),
        verifier_sealed: Set(None),
        pair_sealed: Set(None),
        ..Default::default()
    })
}

/// The PKCE verifier of an attempt that is being used.
pub async fn verifier(platform: &Platform, row: &Model) -> Result<airwallex::Token, Failure> {
    let sealed =
        row.verifier_sealed.clone().ok_or_else(|| Failure::new("an attempt has lost its verifier"))?;
    let plain = platform.keys.open(&place(&row.id), "verifier", &Sealed::from_stored(sealed)).await?;
    Ok(airwallex::Token::new(plain.expose().clone()))
}

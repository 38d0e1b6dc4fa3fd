//! From a cookie to an actor. Sessions live 14 days from sign-in.

use chrono::Duration;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait};

use super::entity::web_session;
use super::store;
use crate::kernel::digest::sha256_hex;
use crate::kernel::id::PersonId;
use crate::kernel::{Actor, Failure, Secret};
use crate::platform::Platform;
use crate::web::browser::Session;

pub const LIFE: Duration = Duration::days(14);

/// Starts a session and answers the cookie's value, which is stored as a hash only.
pub async fn start(platform: &Platform, person: &PersonId) -> Result<Secret<String>, Failure> {
    let token = platform.random.token();
    let now = platform.clock.now();
    let hash = &sha256_hex(token.expose());
    platform
        .db
        .write(|tx| async move {
            let row = web_session::ActiveModel {
                token_hash: Set(hash.clone()),
                person_id: Set(person.clone()),
                created_at: Set(now),
                expires_at: Set(now + LIFE),
            };
            web_session::Entity::insert(row).exec_without_returning(&*tx).await?;
            store::end_sessions(&*tx, Condition::all().add(web_session::Column::ExpiresAt.lte(now))).await
        })
        .await?;
    Ok(token)
}

/// Ends one session.
pub async fn end(platform: &Platform, token: &Secret<String>) -> Result<(), Failure> {
    let hash = &sha256_hex(token.expose());
    platform
        .db
        .write(|tx| async move {
            store::end_sessions(&*tx, Condition::all().add(web_session::Column::TokenHash.eq(hash.as_str())))
                .await
        })
        .await
}

/// Who is behind a session cookie.
pub async fn resolve(platform: &Platform, cookie: &str) -> Result<Option<(Actor, Session)>, Failure> {
    let db = platform.db.read();
    let Some(id) = store::session(db, &sha256_hex(cookie), platform.clock.now()).await? else {
        return Ok(None);
    };
    let Some(row) = store::by_id(db, &id).await? else { return Ok(None) };
    let person = store::read(&row);
    let actor = match person.staff_role {
        Some(role) => Actor::staff(id.clone(), role),
        None => Actor::person(id.clone(), store::sellers_of(db, &id).await?),
    };
    let session = Session { person: id, name: person.name, token: Secret::new(cookie.to_owned()) };
    Ok(Some((actor, session)))
}

//! The partner application's own token, and the connections that customers gave it (01 §a.7).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::call::Call;
use crate::wire::{ApiError, Reply, Sizes, cursor_page, ok};
use crate::world::auth::Connection;
use crate::world::start::{APP_ID, APP_SECRET};

const LIFE: i64 = 30;

pub fn login(call: &mut Call<'_>) -> Reply {
    let header =
        |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let genuine = bool::from(header("x-app-secret").as_bytes().ct_eq(APP_SECRET.as_bytes()));
    if header("x-app-id") != APP_ID || !genuine {
        return Err(ApiError::new(401, "credentials_invalid", "Access denied, authentication failed"));
    }
    let expires_at = call.now + Duration::minutes(LIFE);
    let token = call.world.token("pt_");
    call.world.partner_logins.insert(token.clone(), expires_at);
    let until = expires_at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    ok(json!({ "token": token, "expires_at": until }))
}

/// Cursors are spelt in camelCase here (D).
pub fn connections(call: &mut Call<'_>) -> Reply {
    let visible_until = call.visible_until();
    let mut found: Vec<_> =
        call.world.connections.values().filter(|found| found.created_at <= visible_until).collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.sequence));
    let items = found.into_iter().map(body).collect();
    let mut page = cursor_page(items, call.query, Sizes::new(20, 1, 100))?;
    let (after, before) = (page["page_after"].take(), page["page_before"].take());
    ok(json!({ "items": page["items"], "pageAfter": after, "pageBefore": before }))
}

pub fn connection(call: &mut Call<'_>) -> Reply {
    let decoded = STANDARD.decode(call.id()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let account =
        decoded.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, account)| account.to_owned());
    let account = account.ok_or_else(|| ApiError::invalid("id", "not the id of a connection"))?;
    match call.world.connections.get(&account).filter(|found| found.id == call.id()) {
        Some(found) => ok(body(found)),
        None => Err(ApiError::not_found("the connection")),
    }
}

pub fn body(connection: &Connection) -> Value {
    json!({
        "id": connection.id,
        "account_id": connection.account,
        "status": if connection.connected { "CONNECTED" } else { "DISCONNECTED" },
        "authorized_scopes": connection.scopes,
    })
}

/// One connection per application and account (A: the only form seen in a delivered event).
pub fn id_for(account: &str) -> String {
    STANDARD.encode(format!("{APP_ID}:{account}"))
}

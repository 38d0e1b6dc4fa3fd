//! Keys of the API, as the web app makes them: scoped ones, several accounts, the organisation.

use axum::extract::State;
use serde_json::{Value, json};

use super::Input;
use crate::call::scopes;
use crate::store::Sandbox;
use crate::wire::{ApiError, Kind, Reply, check_kinds, flag_at, list_at, ok};
use crate::world::auth::Key;
use crate::world::start::PLATFORM;

pub async fn list(State(sandbox): State<Sandbox>) -> Reply {
    let keys: Vec<Key> = sandbox.lock().world.keys.values().cloned().collect();
    ok(json!({ "items": keys }))
}

/// Adds a key or puts another in its place; without permissions it is an admin key.
pub async fn add(State(sandbox): State<Sandbox>, input: Input) -> Reply {
    let body =
        input.only(&["client_id", "api_key", "accounts", "permissions", "organisation", "is_expired"])?;
    let kinds = [("accounts", Kind::List), ("organisation", Kind::Flag), ("is_expired", Kind::Flag)];
    check_kinds(&body, &kinds)?;
    // None, or null, makes an admin key.
    if body.get("permissions").is_some_and(|permissions| !permissions.is_null()) {
        check_kinds(&body, &[("permissions", Kind::List)])?;
    }
    let mut state = sandbox.lock();
    let texts = |name: &str| -> Vec<String> {
        list_at(&body, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let accounts = if body.get("accounts").is_some() { texts("accounts") } else { vec![PLATFORM.to_owned()] };
    if let Some(unknown) = accounts.iter().position(|account| !state.world.accounts.contains(account)) {
        return Err(ApiError::invalid(&format!("accounts[{unknown}]"), "there is no such account"));
    }
    let permissions = body.get("permissions").is_some_and(Value::is_array).then(|| texts("permissions"));
    let unknown = permissions.iter().flatten().position(|scope| !scopes::is_key_permission(scope));
    if let Some(unknown) = unknown {
        return Err(ApiError::invalid(&format!("permissions[{unknown}]"), "there is no such permission"));
    }
    let key = Key {
        client_id: ApiError::need(&body, "client_id")?,
        api_key: ApiError::need(&body, "api_key")?,
        accounts,
        organisation: flag_at(&body, "organisation").unwrap_or(false),
        permissions,
        is_expired: flag_at(&body, "is_expired").unwrap_or(false),
    };
    let answer = json!(key);
    state.world.keys.insert(key.client_id.clone(), key);
    ok(answer)
}

//! `POST /api/v1/authentication/login` (01 §b.1, D): 201 and a token of 30 minutes.

use chrono::Duration;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::call::Call;
use crate::wire::{ApiError, Reply, created, stamp};
use crate::world::auth::{Key, Login};

const LIFE: i64 = 30;

pub fn login(call: &mut Call<'_>) -> Reply {
    let header =
        |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = call.world.keys.get(header("x-client-id"));
    let genuine = key.filter(|key| bool::from(key.api_key.as_bytes().ct_eq(header("x-api-key").as_bytes())));
    let Some(key) = genuine.cloned() else {
        return Err(ApiError::new(401, "credentials_invalid", "Access denied, authentication failed"));
    };
    if key.is_expired {
        return Err(ApiError::new(401, "credentials_expired", "the API key has expired"));
    }
    let account = chosen(&key, header("x-login-as"))?;
    let expires_at = call.now + Duration::minutes(LIFE);
    let token = call.world.token("eyJhbGciOiJIUzI1NiJ9.");
    call.world.logins.insert(token.clone(), Login { account, permissions: key.permissions, expires_at });
    created(json!({ "token": token, "expires_at": stamp(expires_at) }))
}

/// Which account the token is for (D): several need to be chosen from; without a choice a key that also
/// opens the organisation gets the organisation's own token.
fn chosen(key: &Key, login_as: &str) -> Result<Option<String>, ApiError> {
    if !login_as.is_empty() {
        if key.accounts.iter().any(|account| account == login_as) {
            return Ok(Some(login_as.to_owned()));
        }
        return Err(ApiError::new(403, "account_not_authorized", "the key does not open this account")
            .at("x-login-as"));
    }
    match key.accounts.as_slice() {
        _ if key.organisation => Ok(None),
        [only] => Ok(Some(only.clone())),
        [] => Ok(None),
        _ => Err(ApiError::required("x-login-as")),
    }
}

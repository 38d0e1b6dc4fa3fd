//! `POST /api/v1/authentication/login` (D): 201 and a token of 30 minutes.

use axum::extract::State;
use axum::http::HeaderMap;
use chrono::Duration;
use serde_json::json;

use crate::store::Sandbox;
use crate::wire::{ApiError, Reply, check_version, created, stamp};
use crate::world::{API_KEY, CLIENT_ID};

pub async fn login(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Reply {
    check_version(&headers)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-client-id") != Some(CLIENT_ID) || header("x-api-key") != Some(API_KEY) {
        return Err(ApiError::new(401, "credentials_invalid", "Access denied, authentication failed"));
    }
    let mut state = sandbox.lock();
    let expires_at = state.now() + Duration::minutes(30);
    let token = state.world.token("eyJhbGciOiJIUzI1NiJ9.");
    state.world.login_tokens.insert(token.clone(), expires_at);
    created(json!({ "token": token, "expires_at": stamp(expires_at) }))
}

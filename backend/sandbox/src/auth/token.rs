//! The token endpoint (01 §a.3–a.5): code exchange, refresh with rotation, one minute of grace,
//! revocation on later reuse.

use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::Duration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::store::{Sandbox, State as Locked};
use crate::world::{APP_ID, APP_SECRET, AccessToken, Connection, Superseded};

const ACCESS_SECONDS: i64 = 300;
const REFRESH_SECONDS: i64 = 5_184_000;
const GRACE_SECONDS: i64 = 60;

/// An error as RFC 6749 words it (A, register 1).
struct OAuthError(u16, &'static str, &'static str);

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(json!({ "error": self.1, "error_description": self.2 }))).into_response()
    }
}

const BAD_CODE: OAuthError = OAuthError(400, "invalid_grant", "OAuth 2.0 Parameter: code");
const BAD_REFRESH: OAuthError = OAuthError(400, "invalid_grant", "OAuth 2.0 Parameter: refresh_token");

pub async fn token(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    let result = read(&headers, &body).and_then(|fields| {
        let mut state = sandbox.lock();
        match fields.get("grant_type").map(String::as_str) {
            Some("authorization_code") => exchange(&mut state, &fields),
            Some("refresh_token") => refresh(&mut state, &fields),
            None => Err(OAuthError(400, "invalid_request", "OAuth 2.0 Parameter: grant_type")),
            Some(_) => Err(OAuthError(400, "unsupported_grant_type", "OAuth 2.0 Parameter: grant_type")),
        }
    });
    match result {
        Ok(pair) => ([(header::CACHE_CONTROL, "no-store")], Json(pair)).into_response(),
        Err(error) => error.into_response(),
    }
}

/// Form and JSON are both read (D conflict); credentials in the body or as Basic.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<HashMap<String, String>, OAuthError> {
    let malformed = || OAuthError(400, "invalid_request", "OAuth 2.0 Parameter: body");
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    let fields: HashMap<String, String> = if is_json {
        serde_json::from_slice(body).map_err(|_| malformed())?
    } else {
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(malformed());
            }
        }
        fields
    };
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let in_body = fields.get("client_id").zip(fields.get("client_secret"));
    let genuine =
        |id: &str, secret: &str| id == APP_ID && bool::from(secret.as_bytes().ct_eq(APP_SECRET.as_bytes()));
    let body_ok = in_body.map(|(id, secret)| genuine(id, secret));
    let basic_ok =
        basic.as_deref().map(|pair| pair.split_once(':').is_some_and(|(id, secret)| genuine(id, secret)));
    match (body_ok, basic_ok) {
        (Some(false), _) | (_, Some(false)) | (None, None) => {
            Err(OAuthError(401, "invalid_client", "Client authentication failed"))
        }
        _ => Ok(fields),
    }
}

fn exchange(state: &mut Locked, fields: &HashMap<String, String>) -> Result<Value, OAuthError> {
    let now = state.now();
    let code = fields.get("code").ok_or(OAuthError(400, "invalid_request", "OAuth 2.0 Parameter: code"))?;
    let Some(granted) = state.world.codes.get_mut(code) else { return Err(BAD_CODE) };
    if granted.used || granted.expires_at <= now {
        return Err(BAD_CODE);
    }
    granted.used = true;
    let granted = granted.clone();
    if fields.get("redirect_uri") != Some(&granted.redirect_uri) || !verifies(&granted.challenge, fields) {
        return Err(BAD_CODE);
    }
    // A second consent by the same account replaces the token set (A, register 6).
    state.world.access_tokens.retain(|_, token| token.account != granted.account);
    let connection = Connection {
        account: granted.account.clone(),
        email: granted.email,
        scopes: granted.scopes,
        status: "CONNECTED".to_owned(),
        current: String::new(),
        current_expires_at: now,
        superseded: BTreeMap::new(),
        refreshes: 0,
    };
    state.world.connections.insert(granted.account.clone(), connection);
    Ok(issue(state, &granted.account))
}

fn verifies(challenge: &Option<String>, fields: &HashMap<String, String>) -> bool {
    match (challenge, fields.get("code_verifier")) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == *challenge
        }
        _ => false,
    }
}

fn refresh(state: &mut Locked, fields: &HashMap<String, String>) -> Result<Value, OAuthError> {
    let now = state.now();
    let token = fields.get("refresh_token").ok_or(OAuthError(
        400,
        "invalid_request",
        "OAuth 2.0 Parameter: refresh_token",
    ))?;
    let holder = state
        .world
        .connections
        .values()
        .find(|connection| connection.current == *token || connection.superseded.contains_key(token));
    let Some(connection) = holder.cloned() else { return Err(BAD_REFRESH) };
    if connection.status != "CONNECTED" || !consenter_may(state, &connection) {
        return Err(BAD_REFRESH);
    }
    if connection.current == *token {
        if connection.current_expires_at <= now {
            return Err(BAD_REFRESH);
        }
        return Ok(issue(state, &connection.account));
    }
    let used = &connection.superseded[token];
    if now - used.at > Duration::seconds(GRACE_SECONDS) {
        revoke(state, &connection.account, "refresh token reused outside the grace");
        return Err(BAD_REFRESH);
    }
    if state.world.settings.rotation == "same_successor" {
        return Ok(used.successor.clone());
    }
    Ok(issue(state, &connection.account))
}

/// The grant is tied to the consenting user's role (D).
fn consenter_may(state: &Locked, connection: &Connection) -> bool {
    state
        .world
        .people
        .get(&connection.email)
        .and_then(|person| person.roles.get(&connection.account))
        .is_some_and(|role| super::consent::may_consent(role))
}

/// A new pair becomes the current one; the old refresh token has one minute left.
fn issue(state: &mut Locked, account: &str) -> Value {
    let now = state.now();
    let (access, fresh) = (state.world.token("at_"), state.world.token("rt_"));
    let names_account = state.world.settings.token_names_account;
    let Some(connection) = state.world.connections.get_mut(account) else { return Value::Null };
    let mut pair = json!({
        "access_token": access,
        "token_type": "bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": fresh,
        "refresh_token_expires_in": REFRESH_SECONDS,
        "scope": connection.scopes.join(" "),
    });
    if names_account {
        pair["account_id"] = json!(account);
    }
    let old = std::mem::replace(&mut connection.current, fresh);
    if !old.is_empty() {
        connection.superseded.insert(old, Superseded { at: now, successor: pair.clone() });
        connection.refreshes += 1;
    }
    connection.current_expires_at = now + Duration::seconds(REFRESH_SECONDS);
    let token = AccessToken {
        account: account.to_owned(),
        scopes: connection.scopes.clone(),
        expires_at: now + Duration::seconds(ACCESS_SECONDS),
    };
    state.world.access_tokens.insert(access, token);
    pair
}

/// Both tokens die at once; the platform learns it from `invalid_grant` (A, 01 §e.9).
pub fn revoke(state: &mut Locked, account: &str, why: &str) {
    let now = state.now();
    state.world.access_tokens.retain(|_, token| token.account != account);
    if let Some(connection) = state.world.connections.get_mut(account) {
        connection.status = "DISCONNECTED".to_owned();
    }
    state.world.revocations.push(json!({ "account_id": account, "why": why, "at": crate::wire::stamp(now) }));
}

//! The token endpoint (01 §a.3–a.5): code exchange, refresh with rotation, one minute of grace, revocation
//! on later reuse.

use std::collections::HashMap;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::partner;
use crate::call::{Call, basic};
use crate::clock::Instant;
use crate::wire::{ApiError, Reply, json_in, ok, stamp};
use crate::world::World;
use crate::world::auth::{AccessToken, Connection, RefreshToken};
use crate::world::start::{APP_ID, APP_SECRET};
use crate::world::steering::Rotation;

const ACCESS_SECONDS: i64 = 300;
const GRACE_SECONDS: i64 = 60;

/// What a token request may say.
const FIELDS: [&str; 8] = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "client_id",
    "client_secret",
    "scope",
];

type Fields = HashMap<String, String>;

fn bad(status: u16, error: &str, parameter: &str) -> ApiError {
    ApiError::oauth(status, error, &format!("OAuth 2.0 Parameter: {parameter}"))
}

fn bad_code() -> ApiError {
    bad(400, "invalid_grant", "code")
}

fn bad_refresh() -> ApiError {
    bad(400, "invalid_grant", "refresh_token")
}

pub fn token(call: &mut Call<'_>) -> Reply {
    let fields = read(call.headers, call.raw)?;
    authenticate(call.headers, &fields)?;
    if call.settings().strict
        && let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str()))
    {
        return Err(bad(400, "invalid_request", unknown));
    }
    match fields.get("grant_type").map(String::as_str) {
        Some("authorization_code") => exchange(call.world, call.now, &fields),
        Some("refresh_token") => refresh(call.world, call.now, &fields),
        None => Err(bad(400, "invalid_request", "grant_type")),
        Some(_) => Err(bad(400, "unsupported_grant_type", "grant_type")),
    }
}

/// The older endpoint for refreshes alone (D, SWG).
pub fn refresh_only(call: &mut Call<'_>) -> Reply {
    let fields = read(call.headers, call.raw)?;
    if fields.get("grant_type").is_some_and(|grant| grant != "refresh_token") {
        return Err(bad(400, "unsupported_grant_type", "grant_type"));
    }
    token(call)
}

/// The grant type that a request names, if it is one that exists.
pub fn grant_type(headers: &HeaderMap, raw: &[u8]) -> Option<&'static str> {
    let named = read(headers, raw).ok()?.remove("grant_type")?;
    ["authorization_code", "refresh_token"].into_iter().find(|known| *known == named)
}

/// The refresh token that a request presents, if it is a refresh.
pub fn presented(headers: &HeaderMap, raw: &[u8]) -> Option<String> {
    read(headers, raw).ok()?.remove("refresh_token")
}

/// Form and JSON are both read (D conflict).
fn read(headers: &HeaderMap, raw: &[u8]) -> Result<Fields, ApiError> {
    let malformed = || bad(400, "invalid_request", "body");
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        let Some(Value::Object(body)) = json_in(raw) else { return Err(malformed()) };
        let texts = body.into_iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            _ => Err(bad(400, "invalid_request", &name)),
        });
        return texts.collect();
    }
    if !kind.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(bad(400, "invalid_request", "content-type"));
    }
    let mut fields = Fields::new();
    for (name, value) in url::form_urlencoded::parse(raw) {
        if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(bad(400, "invalid_request", &name));
        }
    }
    Ok(fields)
}

/// Id and secret in the body or as Basic; both must agree when both are there (A).
fn authenticate(headers: &HeaderMap, fields: &Fields) -> Result<(), ApiError> {
    let genuine =
        |id: &str, secret: &str| id == APP_ID && bool::from(secret.as_bytes().ct_eq(APP_SECRET.as_bytes()));
    let in_body =
        fields.get("client_id").zip(fields.get("client_secret")).map(|(id, secret)| genuine(id, secret));
    let as_basic = headers
        .contains_key("authorization")
        .then(|| basic(headers).is_some_and(|(id, secret)| genuine(&id, &secret)));
    match (in_body, as_basic) {
        (Some(false), _) | (_, Some(false)) | (None, None) => {
            Err(ApiError::oauth(401, "invalid_client", "Client authentication failed"))
        }
        _ => Ok(()),
    }
}

fn exchange(world: &mut World, now: Instant, fields: &Fields) -> Reply {
    let field = |name: &str| {
        let text = fields.get(name).filter(|text| !text.is_empty());
        text.ok_or_else(|| bad(400, "invalid_request", name))
    };
    let (code, redirect_uri) = (field("code")?, field("redirect_uri")?);
    let Some(granted) = world.codes.get(code).filter(|code| !code.used && code.expires_at > now).cloned()
    else {
        return Err(bad_code());
    };
    // Used up by whatever is sent with it: a code is for one attempt.
    if let Some(code) = world.codes.get_mut(code) {
        code.used = true;
    }
    if *redirect_uri != granted.redirect_uri || !verifies(granted.challenge.as_deref(), fields) {
        return Err(bad_code());
    }
    if !consenter_may(world, &granted.email, &granted.account) {
        return Err(bad_code());
    }
    // A second consent by the same account replaces the token set (A, register 6).
    let grant = world.connections.get(&granted.account).map_or(1, |known| known.grant + 1);
    let refreshes = world.connections.get(&granted.account).map_or(0, |known| known.refreshes);
    let connection = Connection {
        id: partner::id_for(&granted.account),
        account: granted.account.clone(),
        email: granted.email,
        scopes: granted.scopes,
        connected: true,
        grant,
        current: String::new(),
        refreshes,
        created_at: now,
        sequence: world.sequence(),
    };
    world.connections.insert(granted.account.clone(), connection);
    ok(issue(world, &granted.account, now))
}

fn verifies(challenge: Option<&str>, fields: &Fields) -> bool {
    match (challenge, fields.get("code_verifier")) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == challenge
        }
        _ => false,
    }
}

fn refresh(world: &mut World, now: Instant, fields: &Fields) -> Reply {
    let token = fields.get("refresh_token").filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| bad(400, "invalid_request", "refresh_token"))?;
    let Some(presented) = world.refresh_tokens.get(token).cloned() else { return Err(bad_refresh()) };
    let Some(connection) = world.connections.get(&presented.account).cloned() else {
        return Err(bad_refresh());
    };
    // Less may be asked for, never more than was granted (RFC 6749 §6).
    let asked = fields.get("scope").map(String::as_str).unwrap_or_default();
    if asked.split_whitespace().any(|scope| !connection.scopes.iter().any(|granted| granted == scope)) {
        return Err(bad(400, "invalid_scope", "scope"));
    }
    let is_alive = connection.connected && connection.grant == presented.grant;
    if !is_alive || !consenter_may(world, &connection.email, &connection.account) {
        return Err(bad_refresh());
    }
    let Some((at, successor)) = presented.superseded else {
        if presented.expires_at <= now {
            return Err(bad_refresh());
        }
        return ok(issue(world, &presented.account, now));
    };
    if now - at > Duration::seconds(GRACE_SECONDS) {
        revoke(world, &presented.account, "refresh token reused outside the grace", now);
        return Err(bad_refresh());
    }
    match world.meta.settings.rotation {
        Rotation::FreshPair => ok(issue(world, &presented.account, now)),
        Rotation::SameSuccessor => ok(successor),
    }
}

/// The grant is tied to the consenting user's role, which is looked at again (D).
fn consenter_may(world: &World, email: &str, account: &str) -> bool {
    let role = world.people.get(email).and_then(|person| person.roles.get(account));
    role.is_some_and(|role| super::consent::may_consent(role))
}

/// A new pair becomes the current one; the old refresh token has one minute left.
fn issue(world: &mut World, account: &str, now: Instant) -> Value {
    let (access, fresh) = (world.token("at_"), world.token("rt_"));
    let life = i64::from(world.meta.settings.refresh_token_days) * 86_400;
    let names_account = world.meta.settings.token_names_account;
    let Some(connection) = world.connections.get_mut(account) else { return Value::Null };
    let mut pair = json!({
        "access_token": access,
        "token_type": "bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": fresh,
        "refresh_token_expires_in": life,
        "scope": connection.scopes.join(" "),
    });
    if names_account {
        pair["account_id"] = json!(account);
    }
    let (grant, scopes) = (connection.grant, connection.scopes.clone());
    let old = std::mem::replace(&mut connection.current, fresh.clone());
    if !old.is_empty() {
        connection.refreshes += 1;
    }
    if let Some(old) = world.refresh_tokens.get_mut(&old) {
        old.superseded = Some((now, pair.clone()));
    }
    let expires_at = now + Duration::seconds(life);
    world
        .refresh_tokens
        .insert(fresh, RefreshToken { account: account.to_owned(), grant, expires_at, superseded: None });
    let expires_at = now + Duration::seconds(ACCESS_SECONDS);
    world
        .access_tokens
        .insert(access, AccessToken { account: account.to_owned(), grant, scopes, expires_at });
    pair
}

/// Both tokens die at once; the platform learns it from `invalid_grant` (A, 01 §e.9).
pub fn revoke(world: &mut World, account: &str, why: &str, now: Instant) {
    if let Some(connection) = world.connections.get_mut(account) {
        connection.connected = false;
    }
    world.meta.revocations.push(json!({ "account_id": account, "why": why, "at": stamp(now) }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Stage;
    use crate::world::auth::Code;
    use crate::world::start::ACME;

    fn consent(stage: &mut Stage) -> Value {
        let code = Code {
            account: ACME.to_owned(),
            email: "owner@acme.sandbox".to_owned(),
            scopes: vec!["balance:read".to_owned()],
            redirect_uri: "http://127.0.0.1/back".to_owned(),
            challenge: None,
            expires_at: stage.now + Duration::minutes(5),
            used: false,
        };
        let name = stage.world.token("code_");
        stage.world.codes.insert(name.clone(), code);
        let fields =
            [("code".to_owned(), name), ("redirect_uri".to_owned(), "http://127.0.0.1/back".to_owned())];
        pair(exchange(&mut stage.world, stage.now, &fields.into())).expect("a pair")
    }

    fn pair(reply: Reply) -> Result<Value, ApiError> {
        match reply?.body {
            crate::wire::Body::Json(pair) => Ok(pair),
            crate::wire::Body::Content(..) => panic!("a pair is JSON"),
        }
    }

    fn refreshed(stage: &mut Stage, token: &str) -> Result<Value, ApiError> {
        let fields = [("refresh_token".to_owned(), token.to_owned())];
        pair(refresh(&mut stage.world, stage.now, &fields.into()))
    }

    /// What a token is to the rules of 01 §a.4, kept beside the code that is tested.
    struct Known {
        token: String,
        expires_at: Instant,
        /// When it was replaced, and by which pair.
        superseded: Option<(Instant, Value)>,
    }

    /// The rules of 01 §a.4 in the plainest words, beside the code that is tested.
    struct Rules {
        known: Vec<Known>,
        connected: bool,
        /// What a replay inside the grace gives.
        rotation: Rotation,
    }

    impl Rules {
        fn remember(&mut self, pair: &Value, now: Instant) {
            self.known.iter_mut().filter(|one| one.superseded.is_none()).for_each(|one| {
                one.superseded = Some((now, pair.clone()));
            });
            let token = pair["refresh_token"].as_str().expect("a token").to_owned();
            self.known.push(Known { token, expires_at: now + Duration::days(60), superseded: None });
        }

        /// Whether presenting a token now gives a pair, and which one if it is an old one.
        fn present(&mut self, index: usize, now: Instant) -> (bool, Option<Value>) {
            let one = &self.known[index];
            match &one.superseded {
                _ if !self.connected => (false, None),
                None => (now < one.expires_at, None),
                Some((at, pair)) if now - *at <= Duration::seconds(60) => {
                    let same = (self.rotation == Rotation::SameSuccessor).then(|| pair.clone());
                    (true, same)
                }
                Some(_) => {
                    self.connected = false;
                    (false, None)
                }
            }
        }
    }

    proptest! {
        /// Whatever is presented whenever, early, twice or late, under both behaviours: only the current token
        /// before its end, and a replaced one within its minute, give a pair; a replaced one later revokes
        /// everything, once.
        #[test]
        fn rotation_keeps_its_rules(
            same in any::<bool>(),
            steps in prop::collection::vec((0usize..6, 0i64..200, any::<bool>()), 1..60),
        ) {
            let mut stage = Stage::new();
            let rotation = if same { Rotation::SameSuccessor } else { Rotation::FreshPair };
            stage.world.meta.settings.rotation = rotation;
            let mut rules = Rules { known: vec![], connected: true, rotation };
            let first = consent(&mut stage);
            rules.remember(&first, stage.now);
            for (back, seconds, jumps) in steps {
                let days = if jumps && seconds > 190 { 61 } else { 0 };
                stage.advance(Duration::seconds(seconds) + Duration::days(days));
                let index = rules.known.len().saturating_sub(1 + back);
                let token = rules.known[index].token.clone();
                let (is_allowed, expected) = rules.present(index, stage.now);
                let shown = refreshed(&mut stage, &token);
                prop_assert_eq!(shown.is_ok(), is_allowed);
                match (shown, expected) {
                    (Ok(pair), Some(expected)) => prop_assert_eq!(pair, expected),
                    (Ok(pair), None) => {
                        let is_new = rules.known.iter().all(|one| pair["refresh_token"] != *one.token);
                        prop_assert!(is_new);
                        rules.remember(&pair, stage.now);
                    }
                    (Err(_), _) => {}
                }
                let connection = stage.world.connections.get(ACME).expect("a connection");
                prop_assert_eq!(connection.connected, rules.connected);
                prop_assert_eq!(&connection.current, &rules.known.last().expect("a token").token);
                prop_assert_eq!(stage.world.meta.revocations.len(), usize::from(!rules.connected));
            }
        }
    }

    #[test]
    fn a_new_consent_kills_the_tokens_of_the_one_before() {
        let mut stage = Stage::new();
        let old = consent(&mut stage)["refresh_token"].as_str().expect("a token").to_owned();
        let new = consent(&mut stage)["refresh_token"].as_str().expect("a token").to_owned();
        assert!(refreshed(&mut stage, &old).is_err());
        assert!(stage.world.meta.revocations.is_empty(), "a dead grant's token is no reuse");
        assert!(refreshed(&mut stage, &new).is_ok());
    }

    #[test]
    fn a_replay_may_be_answered_with_the_same_successor() {
        let mut stage = Stage::new();
        stage.world.meta.settings.rotation = Rotation::SameSuccessor;
        let first = consent(&mut stage)["refresh_token"].as_str().expect("a token").to_owned();
        let second = refreshed(&mut stage, &first).expect("a pair");
        stage.advance(Duration::seconds(60));
        assert_eq!(refreshed(&mut stage, &first).expect("the same"), second);
        stage.advance(Duration::seconds(1));
        assert!(refreshed(&mut stage, &first).is_err());
    }
}

//! Every call's first question: whose token, acting for whom, allowed to do this (01 §b, §d.3; 02 §6)?

use axum::http::HeaderMap;
use base64::Engine;
use subtle::ConstantTimeEq;

use super::scopes;
use crate::clock::Instant;
use crate::wire::ApiError;
use crate::world::World;
use crate::world::start::{APP_ID, APP_SECRET, PLATFORM};

/// Who calls.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The account whose data and money the call is about.
    pub account: String,
    /// The platform's own key, as itself (not for a connected account).
    pub is_platform: bool,
    /// Set when the platform acts for a connected account.
    pub on_behalf: bool,
}

/// What a call asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needs {
    /// Nothing: it brings its own credentials.
    Nothing,
    /// This permission, on an account in whatever status.
    Scope(&'static str),
    /// This permission, to create something financial: the account must be ACTIVE.
    Active(&'static str),
    /// This permission, with the words that the questions' endpoints use for a refusal (D).
    Rfi(&'static str),
    /// The platform itself, with this permission; nobody on its behalf, and no OAuth token.
    Platform(&'static str),
    /// The partner application's own token.
    Partner,
    /// The partner application's id and secret, as HTTP Basic.
    Application,
}

/// Admits a call or says why not.
pub fn admit(world: &World, now: Instant, headers: &HeaderMap, needs: Needs) -> Result<Caller, ApiError> {
    match needs {
        Needs::Nothing => return Ok(Caller::default()),
        Needs::Application => return application(headers),
        _ => {}
    }
    let token = bearer(headers)?;
    if needs == Needs::Partner {
        return match world.partner_logins.get(token) {
            Some(expires_at) if *expires_at > now => Ok(Caller::default()),
            Some(_) => Err(expired()),
            None => Err(invalid()),
        };
    }
    let behalf = headers.get("x-on-behalf-of").map(|value| value.to_str().unwrap_or_default());
    if let Some(login) = world.logins.get(token) {
        if login.expires_at <= now {
            return Err(expired());
        }
        // An organisation's token does not open account-level calls (C).
        let Some(account) = &login.account else { return Err(denied(world)) };
        return keyholder(world, account, login.permissions.as_deref(), behalf, needs);
    }
    if let Some(access) = world.access_tokens.get(token) {
        let grant = world.connections.get(&access.account).filter(|connection| connection.connected);
        // Both tokens die with their connection (D).
        if grant.is_none_or(|connection| connection.grant != access.grant) {
            return Err(invalid());
        }
        if access.expires_at <= now {
            return Err(expired());
        }
        if behalf.is_some() {
            return Err(ApiError::new(403, "forbidden", "x-on-behalf-of does not go with an OAuth token"));
        }
        return seller(world, &access.account, &access.scopes, needs);
    }
    Err(invalid())
}

fn invalid() -> ApiError {
    ApiError::new(401, "credentials_invalid", "Access denied, authentication failed")
}

fn expired() -> ApiError {
    ApiError::new(401, "credentials_expired", "the token has expired")
}

fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| ApiError::new(403, "forbidden", "no bearer token in the Authorization header"))
}

/// Id and secret of an `Authorization: Basic` header.
pub fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn application(headers: &HeaderMap) -> Result<Caller, ApiError> {
    match basic(headers) {
        Some((id, secret)) if id == APP_ID && bool::from(secret.as_bytes().ct_eq(APP_SECRET.as_bytes())) => {
            Ok(Caller::default())
        }
        _ => Err(invalid()),
    }
}

fn keyholder(
    world: &World,
    own: &str,
    permissions: Option<&[String]>,
    behalf: Option<&str>,
    needs: Needs,
) -> Result<Caller, ApiError> {
    let (Needs::Scope(scope) | Needs::Active(scope) | Needs::Rfi(scope) | Needs::Platform(scope)) = needs
    else {
        return Err(invalid());
    };
    if permissions.is_some_and(|granted| !scopes::covers(granted, scope)) {
        return Err(denied(world));
    }
    let is_platform = own == PLATFORM;
    match behalf {
        None => {}
        Some(id) if id == own => {}
        Some(id) if !id.starts_with("acct_") => {
            return Err(ApiError::invalid("x-on-behalf-of", "not an account id"));
        }
        // A connected account is no platform.
        Some(_) if matches!(needs, Needs::Platform(_)) => return Err(not_authorized(needs)),
        Some(id) => return for_account(world, id, is_platform, needs),
    }
    if matches!(needs, Needs::Platform(_)) && !is_platform {
        return Err(not_authorized(needs));
    }
    Ok(Caller { account: own.to_owned(), is_platform, on_behalf: false })
}

fn for_account(world: &World, id: &str, is_platform: bool, needs: Needs) -> Result<Caller, ApiError> {
    let linked = world.accounts.get(id).filter(|account| account.linked && is_platform);
    let account = linked.ok_or_else(|| not_authorized(needs))?;
    if matches!(needs, Needs::Active(_)) && account.status != "ACTIVE" {
        return Err(not_authorized(needs));
    }
    Ok(Caller { account: id.to_owned(), is_platform: false, on_behalf: true })
}

/// The same for an account that is unknown, not linked or not able to, so that ids cannot be probed (A).
fn not_authorized(needs: Needs) -> ApiError {
    if let Needs::Rfi(_) = needs {
        return ApiError::new(403, "account_not_authorised_for_operation", "the account cannot be acted for");
    }
    let tag = match needs {
        Needs::Active(_) => "[POST_TX_CREATION]",
        Needs::Platform(_) => "[PLATFORM_OPERATION]",
        _ => "[ACT_FOR_ACCOUNT]",
    };
    ApiError::new(403, "account_not_authorized", format!("the account is not authorized for this {tag}"))
        .at("account")
}

fn denied(world: &World) -> ApiError {
    if world.meta.settings.unauthorized_for_forbidden {
        return ApiError::new(401, "unauthorized", "Insufficient permissions");
    }
    ApiError::new(403, "access_denied", "the token lacks the permission for this")
}

fn seller(world: &World, account: &str, granted: &[String], needs: Needs) -> Result<Caller, ApiError> {
    let (Needs::Scope(scope) | Needs::Active(scope) | Needs::Rfi(scope)) = needs else {
        return Err(denied(world));
    };
    if !scopes::covers(granted, scope) {
        return Err(denied(world));
    }
    let is_active = world.accounts.get(account).is_some_and(|account| account.status == "ACTIVE");
    if matches!(needs, Needs::Active(_)) && !is_active {
        return Err(not_authorized(needs));
    }
    Ok(Caller { account: account.to_owned(), is_platform: false, on_behalf: false })
}

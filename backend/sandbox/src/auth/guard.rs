//! Every call's first question: whose token, acting for whom, allowed to do this (01 §d.3, 02 §6)?

use axum::http::HeaderMap;

use super::scopes;
use crate::store::State;
use crate::wire::{ApiError, check_version};
use crate::world::PLATFORM;

/// Who calls.
#[derive(Debug)]
pub struct Caller {
    /// The account whose data and money the call is about.
    pub account: String,
    /// The platform's own key, as itself (not for a connected account).
    pub is_platform: bool,
    /// Set when the platform acts for a connected account.
    pub on_behalf: bool,
}

/// What a call does, as far as permissions care.
#[derive(Clone, Copy, PartialEq)]
pub enum Needs {
    /// Reading, with this OAuth scope.
    Read(&'static str),
    /// Creating something financial, with this OAuth scope; the account must be ACTIVE.
    Write(&'static str),
    /// Only the platform itself.
    Platform,
}

/// Admits a call or says why not.
pub fn admit(state: &State, headers: &HeaderMap, needs: Needs) -> Result<Caller, ApiError> {
    check_version(headers)?;
    let token = bearer(headers)?;
    let behalf = headers.get("x-on-behalf-of").map(|value| value.to_str().unwrap_or_default());
    if let Some(expires_at) = state.world.login_tokens.get(token) {
        if *expires_at <= state.now() {
            return Err(ApiError::new(401, "credentials_expired", "the token has expired"));
        }
        return platform(state, behalf, needs);
    }
    if let Some(access) = state.world.access_tokens.get(token) {
        if access.expires_at <= state.now() {
            return Err(ApiError::new(401, "credentials_expired", "the token has expired"));
        }
        if behalf.is_some() {
            return Err(ApiError::new(403, "forbidden", "x-on-behalf-of does not go with an OAuth token"));
        }
        return seller(state, &access.account, &access.scopes, needs);
    }
    Err(ApiError::new(401, "credentials_invalid", "Access denied, authentication failed"))
}

fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| ApiError::new(403, "forbidden", "no Authorization header"))
}

fn platform(state: &State, behalf: Option<&str>, needs: Needs) -> Result<Caller, ApiError> {
    let not_authorized = || {
        ApiError::new(403, "account_not_authorized", "the account cannot be acted for [ACT_FOR_ACCOUNT]")
            .at("account")
    };
    match behalf {
        None | Some(PLATFORM) => {
            Ok(Caller { account: PLATFORM.to_owned(), is_platform: true, on_behalf: false })
        }
        Some(id) if !id.starts_with("acct_") => Err(ApiError::invalid("x-on-behalf-of", "not an account id")),
        Some(_) if needs == Needs::Platform => Err(not_authorized()),
        Some(id) => {
            let account =
                state.world.accounts.get(id).filter(|account| account.linked).ok_or_else(not_authorized)?;
            if matches!(needs, Needs::Write(_)) && account.status != "ACTIVE" {
                return Err(not_authorized());
            }
            Ok(Caller { account: id.to_owned(), is_platform: false, on_behalf: true })
        }
    }
}

fn seller(state: &State, account: &str, granted: &[String], needs: Needs) -> Result<Caller, ApiError> {
    let denied = || {
        if state.world.settings.unauthorized_for_forbidden {
            return ApiError::new(401, "unauthorized", "Insufficient permissions");
        }
        ApiError::new(403, "access_denied", "the token lacks the scope for this")
    };
    let (Needs::Read(scope) | Needs::Write(scope)) = needs else { return Err(denied()) };
    if !scopes::covers(granted, scope) {
        return Err(denied());
    }
    Ok(Caller { account: account.to_owned(), is_platform: false, on_behalf: false })
}

//! Authority (01 §a, §b): the API's login, OAuth partner connections, the partner application.

pub mod authorize;
mod components;
pub mod consent;
mod link;
mod login;
mod partner;
pub mod token;

pub use link::link;

use crate::call::{Endpoint, Needs};

/// Bodies of the token endpoint are small.
const TOKEN_BODY: usize = 64 * 1024;

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/api/v1/authentication/login", Needs::Nothing, &[], login::login),
    Endpoint::post(
        "/api/v1/authentication/authorize",
        Needs::Scope("connected_account:write"),
        &["code_challenge", "scope", "identity"],
        components::authorize,
    ),
    Endpoint::raw("/oauth/token", Needs::Nothing, TOKEN_BODY, token::token),
    Endpoint::raw("/oauth/token/refresh", Needs::Nothing, TOKEN_BODY, token::refresh_only),
    Endpoint::post("/partner-api/v1/authentication/login", Needs::Nothing, &[], partner::login),
    Endpoint::get("/partner-api/v1/connections", Needs::Partner, partner::connections),
    Endpoint::get("/partner-api/v1/connections/{id}", Needs::Partner, partner::connection),
];

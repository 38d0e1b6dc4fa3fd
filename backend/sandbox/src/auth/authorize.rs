//! `GET /oauth/authorize` (01 §a.2): what cannot be trusted is shown, the rest is redirected.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

use super::scopes;
use crate::pages;
use crate::store::Sandbox;
use crate::world::{APP_ID, Consent};

pub async fn authorize(
    State(sandbox): State<Sandbox>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let get = |name: &str| query.get(name).map(String::as_str);
    if get("client_id") != Some(APP_ID) {
        return pages::refusal(
            &sandbox,
            "This application is not known",
            "The client_id is not registered here.",
        );
    }
    let Some(redirect) = get("redirect_uri").filter(|uri| is_registered(uri)) else {
        return pages::refusal(
            &sandbox,
            "This return address is not registered",
            "Registered are addresses on 127.0.0.1 and localhost over http.",
        );
    };
    let back = |error: &str| pages::found(&answer(redirect, &[("error", error)], get("state")));
    if get("response_type") != Some("code") {
        return back("unsupported_response_type");
    }
    let asked: Vec<String> = get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if asked.is_empty() || asked.iter().any(|scope| scopes::canonical(scope).is_none()) {
        return back("invalid_scope");
    }
    let challenge = get("code_challenge").map(str::to_owned);
    if challenge.is_some() && get("code_challenge_method").unwrap_or("S256") != "S256" {
        return back("invalid_request");
    }
    let sign_up = get("sign_up") == Some("true");
    let mut state = sandbox.lock();
    let id = state.world.token("");
    let consent = Consent {
        id: id.clone(),
        client_id: APP_ID.to_owned(),
        redirect_uri: redirect.to_owned(),
        scopes: asked,
        state: get("state").map(str::to_owned),
        challenge,
        sign_up,
        step: if sign_up { "sign_up" } else { "login" }.to_owned(),
        email: None,
        account: None,
        done: false,
    };
    state.world.consents.insert(id.clone(), consent);
    Redirect::to(&format!("/hosted/consent/{id}")).into_response()
}

fn is_registered(uri: &str) -> bool {
    Url::parse(uri)
        .is_ok_and(|url| url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "localhost")))
}

/// The redirect URI with the answer and, if one was given, the state.
pub fn answer(redirect: &str, fields: &[(&str, &str)], state: Option<&str>) -> String {
    let Ok(mut url) = Url::parse(redirect) else { return redirect.to_owned() };
    url.query_pairs_mut().extend_pairs(fields).extend_pairs(state.map(|state| ("state", state)));
    url.to_string()
}

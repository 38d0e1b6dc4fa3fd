//! All routes in one place: the API from the areas' tables, the hosted pages, the console, the controls.

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, any, get, on};
use serde_json::json;

use crate::browse::browse;
use crate::call::Endpoint;
use crate::dispatch::dispatch;
use crate::store::Sandbox;
use crate::wire::ApiError;
use crate::{
    accounts, auth, batches, beneficiaries, control, funds, fx, global_accounts, journal, pages, reports,
    transfers, wallet, webhooks,
};

/// Every endpoint that is imitated; the README lists the same.
pub const AREAS: &[(&str, &[Endpoint])] = &[
    ("Authority", auth::ENDPOINTS),
    ("Accounts", accounts::ENDPOINTS),
    ("Beneficiaries", beneficiaries::ENDPOINTS),
    ("Transfers", transfers::ENDPOINTS),
    ("Batch transfers", batches::ENDPOINTS),
    ("Platform funds", funds::ENDPOINTS),
    ("Platform reports", reports::ENDPOINTS),
    ("Foreign exchange", fx::ENDPOINTS),
    ("Wallet", wallet::ENDPOINTS),
    ("Global accounts and deposits", global_accounts::ENDPOINTS),
    ("Webhooks", webhooks::ENDPOINTS),
];

pub fn router(sandbox: Sandbox) -> Router {
    let mut wire = Router::new();
    for endpoint in AREAS.iter().flat_map(|(_, endpoints)| endpoints.iter()) {
        let method = if endpoint.method == "GET" { MethodFilter::GET } else { MethodFilter::POST };
        let play =
            async move |State(sandbox): State<Sandbox>, ids: Result<RawPathParams, _>, request: Request| {
                match ids {
                    Ok(ids) => dispatch(sandbox, endpoint, ids, request).await,
                    Err(unreadable) => unreadable_path(unreadable),
                }
            };
        wire = wire.route(endpoint.path, on(method, play));
    }
    let assets = Router::new()
        .route("/hosted/ground.svg", get(pages::ground))
        .route("/hosted/icon.svg", get(pages::icon))
        .route("/hosted/sandbox.css", get(pages::stylesheet));
    let hosted = Router::new()
        .route("/oauth/authorize", get(auth::authorize::authorize))
        .route("/connect/{way}", get(accounts::open_invitation))
        .route("/hosted/consent/{id}", get(auth::consent::page).post(auth::consent::submit))
        .route("/hosted/kyc/{id}", get(accounts::hosted_pages::open))
        .route(
            "/hosted/kyc/{id}/{session}",
            get(accounts::hosted_pages::page).post(accounts::hosted_pages::finish),
        )
        .route(
            "/hosted/liveness/{rfi}/{question}",
            get(accounts::liveness::page).post(accounts::liveness::submit),
        )
        .route("/hosted/files/{token}", get(accounts::download))
        .route("/hosted/reports/{token}", get(reports::download))
        .layer(from_fn_with_state(sandbox.clone(), browse));
    // Paths that clients were seen to make up, and what the real API says to them.
    let made_up = Router::new()
        .route("/api/v1/beneficiaries/schema", any(no_such_path))
        .route("/api/v1/beneficiaries/generate_api_schema", any(wrong_method));
    Router::new()
        .merge(assets)
        .merge(hosted)
        .merge(control::console(sandbox.clone()))
        .nest("/_control", control::routes(sandbox.clone()))
        .merge(wire)
        .merge(made_up)
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .with_state(sandbox)
}

/// Whether a person came to a place that is none of the API's.
fn is_lost_browser(request: &Request) -> bool {
    let is_wire = ["/api/", "/partner-api/", "/oauth/token", "/_control/"]
        .iter()
        .any(|start| request.uri().path().starts_with(start));
    let reads = request.headers().get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default();
    !is_wire && reads.contains("text/html")
}

async fn missing(State(sandbox): State<Sandbox>, method: Method, request: Request) -> Response {
    let path = request.uri().path();
    let is_lost = is_lost_browser(&request);
    let mut state = sandbox.lock();
    let trace = state.world.trace();
    // Whatever stands below these lets people in.
    let is_page = ["/hosted/", "/connect/"].iter().any(|start| path.starts_with(start));
    let told = if is_page { "a page that there is not" } else { path };
    journal::executed(
        &mut state,
        json!({ "method": method.as_str(), "path": told }),
        if is_lost { 404 } else { 501 },
        &trace,
    );
    if is_lost {
        drop(state);
        let words = "The console is at the root of this address.";
        return pages::refused(&sandbox, StatusCode::NOT_FOUND, "There is no such page", words);
    }
    let words = format!("the sandbox does not imitate {method} {path}; its README lists what it covers");
    ApiError::new(501, "not_implemented", words).answer(&trace).into_response()
}

async fn no_such_path() -> Response {
    ApiError::not_found("the path").answer("none").into_response()
}

fn unreadable_path(why: RawPathParamsRejection) -> Response {
    ApiError::new(400, "invalid_argument", format!("the path: {why}")).answer("none").into_response()
}

async fn wrong_method(State(sandbox): State<Sandbox>, request: Request) -> Response {
    if is_lost_browser(&request) {
        let words = "Go back to where you came from; the console is at the root of this address.";
        return pages::refused(
            &sandbox,
            StatusCode::METHOD_NOT_ALLOWED,
            "This page cannot be opened like this",
            words,
        );
    }
    let words = "this path is served with another method";
    ApiError::new(405, "method_not_allowed", words).answer("none").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `METHOD path` for every endpoint, by area, as the README lists them.
    fn listed() -> Vec<String> {
        AREAS
            .iter()
            .flat_map(|(_, endpoints)| endpoints.iter())
            .map(|endpoint| format!("{} {}", endpoint.method, endpoint.path))
            .collect()
    }

    #[test]
    fn the_readme_lists_what_is_imitated_and_nothing_else() {
        let readme = include_str!("../README.md");
        let told: Vec<&str> =
            readme.lines().filter(|line| line.starts_with("GET /") || line.starts_with("POST /")).collect();
        assert_eq!(told, listed(), "the README's list, in the order of the areas");
    }

    #[test]
    fn every_endpoint_has_a_path_of_its_own() {
        let all = listed();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}

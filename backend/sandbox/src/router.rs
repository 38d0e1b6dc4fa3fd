//! All routes in one place, and the layer that every one of them passes.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};

use crate::store::Sandbox;
use crate::wire::ApiError;
use crate::{accounts, auth, beneficiaries, control, pages, transfers, webhooks};

pub fn router(sandbox: Sandbox) -> Router {
    let wire = Router::new()
        .route("/api/v1/authentication/login", post(auth::login::login))
        .route("/oauth/token", post(auth::token::token))
        .route("/oauth/token/refresh", post(auth::token::token))
        .route("/api/v1/account", get(accounts::routes::own))
        .route("/api/v1/account/wallet_info", get(accounts::routes::wallet_info))
        .route("/api/v1/accounts", get(accounts::routes::list))
        .route("/api/v1/accounts/{id}", get(accounts::routes::get))
        .route("/api/v1/accounts/{id}/update", post(accounts::routes::update))
        .route("/api/v1/accounts/{id}/submit", post(accounts::routes::submit))
        .route("/api/v1/accounts/{id}/terms_and_conditions/agree", post(accounts::routes::agree))
        .route("/api/v1/hosted_flows/create", post(accounts::hosted::create))
        .route("/api/v1/hosted_flows/{id}", get(accounts::hosted::get))
        .route("/api/v1/hosted_flows/{id}/authorize", post(accounts::hosted::authorize))
        .route("/api/v1/simulation/accounts/{id}/update_status", post(accounts::routes::simulate))
        .route("/api/v1/balances/current", get(transfers::funding::balances))
        .route("/api/v1/beneficiary_form_schemas/generate", post(beneficiaries::schema::form))
        .route("/api/v1/beneficiary_api_schemas/generate", post(beneficiaries::schema::api))
        .route("/api/v1/beneficiaries", get(beneficiaries::routes::list))
        .route("/api/v1/beneficiaries/create", post(beneficiaries::routes::create))
        .route("/api/v1/beneficiaries/validate", post(beneficiaries::routes::validate))
        .route("/api/v1/beneficiaries/{id}", get(beneficiaries::routes::get))
        .route("/api/v1/transfers", get(transfers::routes::list))
        .route("/api/v1/transfers/create", post(transfers::routes::create))
        .route("/api/v1/transfers/{id}", get(transfers::routes::get))
        .route("/api/v1/transfers/{id}/cancel", post(transfers::routes::cancel))
        .route("/api/v1/simulation/transfers/{id}/transition", post(transfers::routes::transition))
        .route("/partner-api/v1/webhooks/create", post(webhooks::subscriptions::create))
        .route("/partner-api/v1/webhooks", get(webhooks::subscriptions::list))
        .fallback(missing)
        .layer(from_fn_with_state(sandbox.clone(), control::faults::layer))
        .layer(from_fn_with_state(sandbox.clone(), control::journal::layer));
    let hosted = Router::new()
        .route("/", get(control::console::page))
        .route("/console/clock", post(control::console::clock))
        .route("/console/webhooks/{id}/resend", post(control::console::resend))
        .route("/console/faults", post(control::console::fault))
        .route("/console/faults/clear", post(control::console::clear))
        .route("/hosted/ground.svg", get(pages::ground))
        .route("/hosted/icon.svg", get(pages::icon))
        .route("/oauth/authorize", get(auth::authorize::authorize))
        .route("/hosted/consent/{id}", get(auth::consent::page).post(auth::consent::submit))
        .route("/hosted/kyc/{id}", get(accounts::hosted::open))
        .route("/hosted/kyc/{id}/{session}", get(accounts::hosted::page).post(accounts::hosted::finish))
        .route("/hosted/sandbox.css", get(pages::stylesheet));
    Router::new()
        .merge(hosted)
        .nest("/_control", control::routes())
        .merge(wire)
        .layer(from_fn_with_state(sandbox.clone(), keep))
        .with_state(sandbox)
}

async fn missing(request: Request) -> ApiError {
    ApiError::new(
        501,
        "not_implemented",
        format!(
            "the sandbox does not imitate {} {} yet; its README lists what it covers",
            request.method(),
            request.uri().path(),
        ),
    )
}

/// Whatever may have changed the state is kept before its answer leaves.
async fn keep(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Err(error) = sandbox.keep() {
        tracing::error!(%error, "the sandbox's state cannot be kept");
    }
    sandbox.wake();
    response
}

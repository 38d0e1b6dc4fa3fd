//! The tester's side, under `/_control/`: what the real API does not have.

mod console;
mod decisions;
mod faults;
mod input;
mod keys;
mod people;
mod reading;
mod settings;
mod steer;
mod webhooks;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{delete, get, post};

use crate::store::{Sandbox, watched};

pub use input::Input;

pub fn routes(sandbox: Sandbox) -> Router<Sandbox> {
    Router::new()
        .route("/clock", get(steer::clock).post(steer::move_clock))
        .route("/reset", post(steer::reset))
        .route("/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/settings", get(settings::show).post(settings::change))
        .route("/rotation", post(settings::rotation))
        .route("/limits", post(settings::limits))
        .route("/journal", get(reading::journal))
        .route("/totals", get(reading::totals))
        .route("/wallets", post(steer::top_up))
        .route("/keys", get(keys::list).post(keys::add))
        .route("/webhooks", get(webhooks::deliveries).post(webhooks::subscribe))
        .route("/webhooks/subscriptions", get(webhooks::list))
        .route("/webhooks/subscriptions/{id}", delete(webhooks::unsubscribe))
        .route("/webhooks/{id}/resend", post(webhooks::resend))
        .route("/accounts/{id}/review", post(decisions::review))
        .route("/accounts/{id}/link", post(decisions::link))
        .route("/accounts/{id}/capabilities/{capability}", post(decisions::capability))
        .route("/transfers/{id}/transition", post(decisions::transition))
        .route("/transfers/{id}/approval", post(decisions::approval))
        .route("/batch_transfers/{id}/approval", post(decisions::batch_approval))
        .route("/connected_account_transfers/{id}/transition", post(decisions::movement))
        .route("/charges/{id}/transition", post(decisions::movement))
        .route("/connections/{account}/disconnect", post(people::disconnect))
        .route("/connections/{account}/downgrade_user", post(people::downgrade))
        .route("/rfis/{id}/liveness", post(people::liveness))
        .route("/hosted_flows/{id}/complete", post(people::complete_flow))
        .route("/hosted_flows/{id}/abandon", post(people::abandon_flow))
        .layer(from_fn_with_state(sandbox, settled))
}

/// The console, whose forms are orders as well.
pub fn console(sandbox: Sandbox) -> Router<Sandbox> {
    console::routes().layer(from_fn_with_state(sandbox, settled))
}

/// Keeps what an order changed before its answer leaves, so that no request is credited with it, and lets the engine
/// look.
async fn settled(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    let (response, _) = watched(next.run(request)).await;
    sandbox.wake();
    response
}

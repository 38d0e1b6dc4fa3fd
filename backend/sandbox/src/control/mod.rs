//! The tester's side, under `/_control/`: what the real API does not have.

pub mod console;
pub mod faults;
pub mod journal;
mod people;
pub mod settings;
mod steer;

use axum::Router;
use axum::routing::{get, post};

use crate::store::Sandbox;

pub fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/clock", get(steer::clock).post(steer::move_clock))
        .route("/reset", post(steer::reset))
        .route("/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/settings", get(settings::show).post(settings::change))
        .route("/rotation", post(settings::rotation))
        .route("/journal", get(journal::list))
        .route("/totals", get(journal::totals))
        .route("/wallets", post(steer::top_up))
        .route("/webhooks", get(steer::deliveries).post(steer::subscribe))
        .route("/webhooks/{id}/resend", post(steer::resend))
        .route("/accounts/{id}/review", post(steer::review))
        .route("/transfers/{id}/transition", post(steer::transition))
        .route("/connections/{account}/disconnect", post(people::disconnect))
        .route("/connections/{account}/downgrade_user", post(people::downgrade))
        .route("/hosted_flows/{id}/complete", post(people::complete_flow))
        .route("/hosted_flows/{id}/abandon", post(people::abandon_flow))
}

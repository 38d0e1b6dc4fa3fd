//! `POST /webhooks/airwallex`: 200 kept, 400 not an event, 401 not believed, 413 too large.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::service::{self, Delivery, Received};
use crate::platform::Platform;

const LIMIT: usize = 1024 * 1024;

pub fn routes() -> Router<Platform> {
    Router::new().route("/webhooks/airwallex", post(receive)).layer(DefaultBodyLimit::max(LIMIT))
}

async fn receive(State(platform): State<Platform>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let delivery =
        Delivery { timestamp: header("x-timestamp"), signature: header("x-signature"), body: &body };
    match service::receive(&platform, &delivery).await {
        Ok(Received::Stored) => StatusCode::OK.into_response(),
        Ok(Received::NotAnEvent) => StatusCode::BAD_REQUEST.into_response(),
        Ok(Received::NotBelieved(why)) => {
            tracing::warn!(?why, "an event was not believed");
            StatusCode::UNAUTHORIZED.into_response()
        }
        Err(failure) => {
            failure.report();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

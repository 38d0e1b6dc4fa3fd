//! Liveness and readiness.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::platform::Platform;

pub fn routes() -> Router<Platform> {
    Router::new().route("/health/live", get(|| async { "live\n" })).route("/health/ready", get(ready))
}

/// Ready when the database answers and has every migration that this version needs. Airwallex being
/// away does not drain replicas: they still take events, sign people in and show what is known.
async fn ready(State(platform): State<Platform>) -> Response {
    match problem(&platform).await {
        None => "ready\n".into_response(),
        Some(words) => (StatusCode::SERVICE_UNAVAILABLE, format!("{words}\n")).into_response(),
    }
}

async fn problem(platform: &Platform) -> Option<&'static str> {
    match platform.db.newest_migration().await {
        Err(failure) => {
            failure.report();
            Some("the database does not answer")
        }
        // A newer database is fine: migrations only add until a release later.
        Ok(Some(applied)) if applied >= platform.settings.newest_migration => None,
        Ok(_) => Some("the database lacks migrations; run `souk migrate`"),
    }
}

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

/// Prometheus text, for the metrics listener only.
pub fn metrics(platform: Platform) -> Router {
    Router::new().route("/metrics", get(numbers)).with_state(platform)
}

async fn numbers(State(platform): State<Platform>) -> Response {
    match crate::jobs::count_by_state(&platform).await {
        Ok(counts) => {
            let mut text = String::from("# HELP souk_jobs Jobs by state.\n# TYPE souk_jobs gauge\n");
            for (state, count) in counts {
                text.push_str(&format!("souk_jobs{{state=\"{}\"}} {count}\n", state.to_lowercase()));
            }
            text.into_response()
        }
        Err(failure) => {
            failure.report();
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

//! Liveness, readiness, and the numbers on the metrics listener.

use std::fmt::Write;
use std::time::Duration;

use airwallex::Access;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::kernel::Failure;
use crate::platform::Platform;
use crate::{connections, jobs, payouts};

/// Between two looks at whether Airwallex takes the platform's key.
const LOOK: Duration = Duration::from_secs(30);

pub fn routes() -> Router<Platform> {
    Router::new().route("/health/live", get(|| async { "live\n" })).route("/health/ready", get(ready))
}

/// Ready when the database answers, has every migration that this version needs, and Airwallex has not
/// refused the platform's key. Airwallex being away does not drain replicas: they still take events,
/// sign people in and show what is known.
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
        Ok(Some(applied)) if applied >= platform.settings.newest_migration => {
            let refused = platform.upstream.is_login_refused();
            refused.then_some(
                "Airwallex refuses the platform's key; check SOUK_AIRWALLEX_CLIENT_ID and _API_KEY",
            )
        }
        Ok(_) => Some("the database lacks migrations; run `souk migrate`"),
    }
}

/// Keeps the platform signed in, and so learns soon when Airwallex refuses its key or takes it again.
pub async fn watch_credentials(platform: Platform) {
    let look = async {
        loop {
            if let Err(error) = platform.upstream.ready(&Access::Platform).await {
                tracing::warn!(%error, "the platform could not sign in at Airwallex");
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        () = platform.stop.cancelled() => {}
        () = look => {}
    }
}

/// Prometheus text, for the metrics listener only.
pub fn metrics(platform: Platform) -> Router {
    Router::new().route("/metrics", get(numbers)).with_state(platform)
}

async fn numbers(State(platform): State<Platform>) -> Response {
    let mut text = String::new();
    let counted = count(&platform, &mut text).await;
    if let Err(failure) = &counted {
        failure.report();
    }
    gauge(
        &mut text,
        "souk_database_up",
        "Whether the database answers.",
        &[("", u64::from(counted.is_ok()))],
    );
    let refused = u64::from(platform.upstream.is_login_refused());
    gauge(
        &mut text,
        "souk_airwallex_key_refused",
        "Whether Airwallex refuses the platform's key.",
        &[("", refused)],
    );
    ([("content-type", "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn count(platform: &Platform, text: &mut String) -> Result<(), Failure> {
    let jobs = jobs::count_by_state(platform).await?;
    labelled(text, "souk_jobs", "Jobs by state.", "state", &jobs);
    let payouts = payouts::service::count_by_status(platform).await?;
    labelled(text, "souk_payouts", "Payouts by status.", "status", &payouts);
    let holds = payouts::service::holds(platform).await?;
    let help = "Whether no payout leaves until what a restore left open is known.";
    gauge(text, "souk_payouts_held", help, &[("", u64::from(holds.all_since.is_some()))]);
    let help = "Accounts whose payouts wait for somebody to look at a transfer that a restore has lost.";
    gauge(text, "souk_payouts_held_accounts", help, &[("", holds.accounts)]);
    tokens(text, &connections::metrics::read(platform).await?);
    Ok(())
}

fn tokens(text: &mut String, read: &connections::metrics::Reading) {
    labelled(text, "souk_connections", "Connections by status.", "status", &read.by_status);
    let help = "Token refreshes of this process by outcome.";
    counter(text, "souk_token_refreshes_total", help, "outcome", &read.refreshes);
    let help = "Callers of this process that waited for somebody else's refresh.";
    counter(text, "souk_token_lease_waits_total", help, "", &[(String::new(), read.lease_waits)]);
    let help = "Sends of refresh tokens in the last ten minutes whose outcome nobody knows yet.";
    gauge(text, "souk_token_sends_open", help, &[("", read.open_sends)]);
    let help = "Token refreshes in a row whose outcome nobody knows; at 3 untouched connections wait.";
    gauge(text, "souk_token_endpoint_unresolved", help, &[("", read.silence)]);
    let help = "Age of the token pair that nobody has refreshed for the longest.";
    gauge(text, "souk_token_oldest_pair_seconds", help, &[("", read.oldest_pair_seconds)]);
    let help = "What looked like the reuse of a refresh token, by kind.";
    labelled(text, "souk_token_security_events", help, "kind", &read.security_events);
}

fn counter(text: &mut String, name: &str, help: &str, label: &str, counts: &[(String, u64)]) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
    for (value, count) in counts {
        let labels = if label.is_empty() {
            String::new()
        } else {
            format!("{{{label}=\"{}\"}}", value.to_lowercase())
        };
        let _ = writeln!(text, "{name}{labels} {count}");
    }
}

fn labelled(text: &mut String, name: &str, help: &str, label: &str, counts: &[(String, u64)]) {
    let lines: Vec<(String, u64)> = counts
        .iter()
        .map(|(value, count)| (format!("{{{label}=\"{}\"}}", value.to_lowercase()), *count))
        .collect();
    let lines: Vec<(&str, u64)> = lines.iter().map(|(label, count)| (label.as_str(), *count)).collect();
    gauge(text, name, help, &lines);
}

fn gauge(text: &mut String, name: &str, help: &str, lines: &[(&str, u64)]) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (label, value) in lines {
        let _ = writeln!(text, "{name}{label} {value}");
    }
}

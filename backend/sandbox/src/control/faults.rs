//! Faults to order: refuse, limit, delay, drop before or after acting, late, hold; and for webhooks.

use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::serve::Cut;
use crate::store::Sandbox;
use crate::wire::{ApiError, Input, Reply, ok};
use crate::world::World;

/// An order, used up `times` times, or until it is deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub method: Option<String>,
    /// A path; a trailing `*` matches the rest.
    #[serde(default)]
    pub path: Option<String>,
    /// An event's name or `*`, for webhook faults.
    #[serde(default)]
    pub event: Option<String>,
    pub action: String,
    #[serde(default)]
    pub times: Option<u32>,
    #[serde(default)]
    pub status: Option<u16>,
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub source: Option<String>,
    #[serde(default)]
    pub ms: Option<i64>,
    #[serde(default)]
    pub seconds: Option<i64>,
}

const ACTIONS: [&str; 8] =
    ["refuse", "limit", "delay", "drop_before", "drop_after", "late", "hold", "list_lag"];
const WEBHOOK_ACTIONS: [&str; 7] =
    ["duplicate", "reorder", "delay", "fail", "bad_signature", "stale_timestamp", "lose"];

pub async fn list(State(sandbox): State<Sandbox>) -> Reply {
    ok(json!(sandbox.lock().world.faults))
}

pub async fn add(State(sandbox): State<Sandbox>, Input(body): Input) -> Reply {
    if body.get("action") == Some(&json!("release")) {
        sandbox.lock().world.faults.retain(|fault| fault.action != "hold");
        sandbox.released.notify_waiters();
        return ok(json!({}));
    }
    let mut fault: Fault = serde_json::from_value(body)
        .map_err(|error| ApiError::new(400, "invalid_argument", error.to_string()))?;
    let known: &[&str] = if fault.event.is_some() { &WEBHOOK_ACTIONS } else { &ACTIONS };
    if !known.contains(&fault.action.as_str()) {
        return Err(ApiError::invalid("action", format!("one of {}", known.join(", "))));
    }
    if fault.event.is_none() && fault.path.is_none() && fault.action != "list_lag" {
        return Err(ApiError::required("path"));
    }
    let mut state = sandbox.lock();
    if fault.action == "list_lag" {
        state.world.settings.list_lag_seconds = fault.seconds.unwrap_or(60);
        return ok(json!(fault));
    }
    fault.id = state.world.token("fault_");
    state.world.faults.push(fault.clone());
    ok(json!(fault))
}

/// Deletes all, or the one named by `id`.
pub async fn clear(State(sandbox): State<Sandbox>, Query(query): Query<Value>) -> Reply {
    let mut state = sandbox.lock();
    let id = query.get("id").and_then(Value::as_str);
    state.world.faults.retain(|fault| id.is_some_and(|id| fault.id != id));
    if id.is_none() {
        state.world.settings.list_lag_seconds = 0;
    }
    drop(state);
    sandbox.released.notify_waiters();
    ok(json!({}))
}

/// Takes one of each fault that matches, up to `limit`; those that are used up are gone.
fn use_up(world: &mut World, limit: usize, matches: impl Fn(&Fault) -> bool) -> Vec<Fault> {
    let mut taken = vec![];
    for fault in &mut world.faults {
        if taken.len() < limit && matches(fault) {
            fault.times = fault.times.map(|times| times.saturating_sub(1));
            taken.push(fault.clone());
        }
    }
    world.faults.retain(|fault| fault.times != Some(0));
    taken
}

/// Every webhook fault that is ordered for an event, each taken once.
pub fn take_webhooks(world: &mut World, name: &str) -> Vec<Fault> {
    use_up(world, usize::MAX, |fault| {
        fault.event.as_deref().is_some_and(|event| event == "*" || event == name)
    })
}

fn take_route(world: &mut World, method: &str, path: &str) -> Option<Fault> {
    let taken = use_up(world, 1, |fault| {
        fault.event.is_none()
            && fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && fault.path.as_deref().is_some_and(|wanted| match wanted.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => path == wanted,
            })
    });
    taken.into_iter().next()
}

/// Bends the requests for which a fault is ordered.
pub async fn layer(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    let fault = take_route(&mut sandbox.lock().world, request.method().as_str(), request.uri().path());
    let Some(fault) = fault else { return next.run(request).await };
    match fault.action.as_str() {
        "refuse" => {
            let code = fault.code.as_deref().unwrap_or("service_unavailable");
            let mut error = ApiError::new(fault.status.unwrap_or(500), code, "ordered by a fault");
            error.source = fault.source;
            error.into_response()
        }
        "limit" => {
            ApiError::new(429, "too_many_requests", "Rate Limit Exceeded.").with(json!({})).into_response()
        }
        "delay" => {
            tokio::time::sleep(millis(&fault)).await;
            next.run(request).await
        }
        "drop_before" => cut(),
        "drop_after" => {
            next.run(request).await;
            cut()
        }
        "late" => {
            late(sandbox, request, next, millis(&fault));
            cut()
        }
        _ => {
            let released = sandbox.released.notified();
            released.await;
            next.run(request).await
        }
    }
}

fn millis(fault: &Fault) -> Duration {
    Duration::from_millis(fault.ms.unwrap_or(1000).unsigned_abs())
}

/// Executed later, after the connection is gone.
#[expect(clippy::disallowed_methods, reason = "the request has lost its connection and owns itself")]
fn late(sandbox: Sandbox, request: Request, next: Next, after: Duration) {
    tokio::spawn(async move {
        tokio::time::sleep(after).await;
        next.run(request).await;
        if let Err(error) = sandbox.keep() {
            tracing::error!(%error, "the sandbox's state cannot be kept");
        }
    });
}

fn cut() -> Response {
    let mut response = ().into_response();
    response.extensions_mut().insert(Cut);
    response
}

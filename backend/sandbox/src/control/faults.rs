//! Ordering faults, and taking orders back.

use axum::extract::{Query, State};
use serde_json::{Value, json};

use super::Input;
use crate::store::Sandbox;
use crate::webhooks;
use crate::wire::{ApiError, Reply, ok};
use crate::world::faults::{EVENT_ACTIONS, Fault, LIST_LAG, ROUTE_ACTIONS};

pub async fn list(State(sandbox): State<Sandbox>) -> Reply {
    ok(json!(sandbox.lock().world.meta.faults))
}

pub async fn add(State(sandbox): State<Sandbox>, Input(body): Input) -> Reply {
    if body.get("action") == Some(&json!("release")) {
        sandbox.lock().world.meta.faults.retain(|fault| fault.action != "hold");
        release(&sandbox);
        return ok(json!({}));
    }
    let mut fault: Fault = serde_json::from_value(body)
        .map_err(|error| ApiError::new(400, "invalid_argument", error.to_string()))?;
    let known: &[&str] = if fault.event.is_some() { &EVENT_ACTIONS } else { &ROUTE_ACTIONS };
    if !known.contains(&fault.action.as_str()) {
        return Err(ApiError::invalid("action", format!("one of {}", known.join(", "))));
    }
    if fault.event.is_none() && fault.path.is_none() && fault.action != LIST_LAG {
        return Err(ApiError::required("path"));
    }
    if fault.event.is_some() && (fault.path.is_some() || fault.method.is_some()) {
        return Err(ApiError::invalid("event", "an event has neither path nor method"));
    }
    if fault.path.as_ref().is_some_and(|path| !path.starts_with('/')) {
        return Err(ApiError::invalid("path", "begins with /"));
    }
    if fault.event.as_ref().is_some_and(|event| event != "*" && !webhooks::is_event(event)) {
        return Err(ApiError::invalid("event", "there is no such event"));
    }
    if fault.method.as_deref().is_some_and(|method| !matches!(method, "GET" | "POST")) {
        return Err(ApiError::invalid("method", "GET or POST"));
    }
    if fault.status.is_some_and(|status| !(400..600).contains(&status)) {
        return Err(ApiError::invalid("status", "400 to 599"));
    }
    if fault.times == Some(0) {
        return Err(ApiError::invalid("times", "at least 1, or none for always"));
    }
    let mut state = sandbox.lock();
    fault.id = state.world.token("fault_");
    state.world.meta.faults.push(fault.clone());
    ok(json!(fault))
}

/// Deletes all, or the one named by `id`; what is held goes on.
pub async fn clear(State(sandbox): State<Sandbox>, Query(query): Query<Value>) -> Reply {
    let id = query.get("id").and_then(Value::as_str);
    {
        let mut state = sandbox.lock();
        if id.is_some_and(|id| !state.world.meta.faults.iter().any(|fault| fault.id == id)) {
            return Err(ApiError::not_found("the fault"));
        }
        state.world.meta.faults.retain(|fault| id.is_some_and(|id| fault.id != id));
    }
    release(&sandbox);
    ok(json!({}))
}

fn release(sandbox: &Sandbox) {
    sandbox.released.send_modify(|count| *count += 1);
}

//! The console's forms.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::{Input, decisions, faults, people, settings, steer, webhooks};
use super::{Fields, back};
use crate::accounts;
use crate::store::Sandbox;
use crate::wire::{ApiError, Reply, ok};

/// What was filled in; a blank field says nothing.
fn filled<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
}

fn number(fields: &Fields, name: &str) -> Result<Option<u32>, ApiError> {
    let wrong = |_| ApiError::invalid(name, "takes a whole number, or nothing");
    filled(fields, name).map(|text| text.parse().map_err(wrong)).transpose()
}

/// Moves the clock: by seconds, to an instant, to stand or to run, or back to the real time.
pub async fn clock(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let order = if let Some(seconds) = filled(&fields, "advance_seconds") {
        json!({ "advance_seconds": seconds })
    } else if let Some(at) = filled(&fields, "set") {
        json!({ "set": at })
    } else if fields.contains_key("real") {
        json!({ "real": true })
    } else if let Some(freeze) = filled(&fields, "freeze") {
        json!({ "freeze": freeze == "true" })
    } else {
        return back(&sandbox, "clock", &fields, Err(ApiError::required("set")));
    };
    let reply = steer::move_clock(State(sandbox.clone()), Input(order)).await;
    back(&sandbox, "clock", &fields, reply)
}

/// Orders a fault for a path or an event; without a number of times until it is deleted.
pub async fn fault(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let order = || -> Result<Value, ApiError> {
        let mut order = json!({ "action": filled(&fields, "action") });
        for name in ["method", "path", "event", "code"] {
            if let Some(text) = filled(&fields, name) {
                order[name] = json!(text);
            }
        }
        for name in ["status", "times", "ms"] {
            if let Some(number) = number(&fields, name)? {
                order[name] = json!(number);
            }
        }
        // Lists lag by seconds, and until it is deleted.
        if order["action"] == "list_lag"
            && let Some(order) = order.as_object_mut()
        {
            order.remove("times");
            if let Some(ms) = order.remove("ms").and_then(|ms| ms.as_u64()) {
                order.insert("seconds".to_owned(), json!(ms.div_ceil(1000)));
            }
        }
        Ok(order)
    };
    let reply = match order() {
        Ok(order) => faults::add(State(sandbox.clone()), Input(order)).await,
        Err(refusal) => Err(refusal),
    };
    back(&sandbox, "faults", &fields, reply)
}

/// Lets go what is held by faults that are used up.
pub async fn release(State(sandbox): State<Sandbox>) -> Response {
    let reply = faults::add(State(sandbox.clone()), Input(json!({ "action": "release" }))).await;
    back(&sandbox, "faults", &Fields::new(), reply)
}

/// Deletes one fault, or all.
pub async fn clear(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let which = filled(&fields, "id").map_or_else(|| json!({}), |id| json!({ "id": id }));
    let reply = faults::clear(State(sandbox.clone()), Query(which)).await;
    back(&sandbox, "faults", &fields, reply)
}

/// The reviewer's decision, money from outside, or the customer's disconnecting.
pub async fn account(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let state = State(sandbox.clone());
    let reply = match filled(&fields, "order") {
        Some("review") => {
            let order = json!({ "status": filled(&fields, "status") });
            decisions::review(state, Path(id), Input(order)).await
        }
        Some("top_up") => {
            let order = json!({
                "account_id": id,
                "currency": filled(&fields, "currency").map(str::to_uppercase),
                "amount": filled(&fields, "amount"),
            });
            steer::top_up(state, Input(order)).await
        }
        Some("disconnect") => people::disconnect(state, Path(id), Input(json!({}))).await,
        _ => Err(ApiError::invalid("order", "review, top_up or disconnect")),
    };
    back(&sandbox, "accounts", &fields, reply)
}

/// A transfer's next step, or its approvers' decision.
pub async fn transfer(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let state = State(sandbox.clone());
    if let Some(decision) = filled(&fields, "decision") {
        let order = Input(json!({ "decision": decision }));
        return back(&sandbox, "transfers", &fields, decisions::approval(state, Path(id), order).await);
    }
    let mut order = json!({ "next_status": filled(&fields, "next_status") });
    if let Some(kind) = filled(&fields, "failure_type") {
        order["failure_type"] = json!(kind);
    }
    let reply = decisions::transition(state, Path(id), Input(order)).await;
    back(&sandbox, "transfers", &fields, reply)
}

/// Closes questions, answered or not.
pub async fn rfi(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    let closed = {
        let mut state = sandbox.lock();
        let now = state.now();
        let is_open = state.world.rfis.get(&id).is_some_and(|rfi| rfi.status != "CLOSED");
        if is_open {
            accounts::close_rfi(&mut state.world, &id, now);
        }
        is_open
    };
    let reply: Reply = if closed { ok(json!({})) } else { Err(ApiError::not_found("an open RFI")) };
    back(&sandbox, "questions", &Fields::new(), reply)
}

/// Points the two subscriptions that everybody knows at a URL.
pub async fn subscribe(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let order = json!({ "url": filled(&fields, "url") });
    let reply = webhooks::subscribe(State(sandbox.clone()), Input(order)).await;
    back(&sandbox, "events", &fields, reply)
}

/// Sends an event again.
pub async fn resend(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    let reply = webhooks::resend(State(sandbox.clone()), Path(id)).await;
    back(&sandbox, "events", &Fields::new(), reply)
}

/// Turns one switch.
pub async fn setting(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let (name, value) =
        (filled(&fields, "name").unwrap_or_default(), filled(&fields, "value").unwrap_or_default());
    let value = match value {
        "true" | "false" => json!(value == "true"),
        text => text.parse::<u32>().map_or_else(|_| json!(text), |number| json!(number)),
    };
    let reply = settings::change(State(sandbox.clone()), Input(json!({ name: value }))).await;
    back(&sandbox, "settings", &fields, reply)
}

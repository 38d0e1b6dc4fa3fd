//! Clock, reset, wallets, webhooks, and the other side's decisions.

use std::str::FromStr;

use axum::extract::{Path, State};
use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::engine;
use crate::store::Sandbox;
use crate::wire::{ApiError, Input, Reply, ok, text_at};
use crate::world::World;
use crate::{accounts, transfers};

pub async fn clock(State(sandbox): State<Sandbox>) -> Reply {
    ok(json!({ "now": sandbox.lock().now().to_rfc3339() }))
}

/// `advance_seconds`, `freeze` or `set`; what becomes due runs before the answer.
pub async fn move_clock(State(sandbox): State<Sandbox>, Input(body): Input) -> Reply {
    let mut state = sandbox.lock();
    let broken = |error: std::io::Error| ApiError::new(500, "internal_error", error.to_string());
    if let Some(freeze) = body.get("freeze").and_then(Value::as_bool) {
        state.clock.freeze(freeze).map_err(broken)?;
    }
    if let Some(at) = text_at(&body, "set") {
        let at =
            DateTime::parse_from_rfc3339(&at).map_err(|_| ApiError::invalid("set", "an RFC 3339 instant"))?;
        state.clock.set(at.with_timezone(&Utc)).map_err(broken)?;
    }
    if let Some(seconds) = text_at(&body, "advance_seconds") {
        let seconds =
            Decimal::from_str(&seconds).map_err(|_| ApiError::invalid("advance_seconds", "a number"))?;
        let micros = i64::try_from(seconds * Decimal::from(1_000_000))
            .map_err(|_| ApiError::invalid("advance_seconds", "too far"))?;
        state.clock.advance(Duration::microseconds(micros)).map_err(broken)?;
    }
    engine::run_due(&mut state);
    ok(json!({ "now": state.now().to_rfc3339() }))
}

pub async fn reset(State(sandbox): State<Sandbox>) -> Reply {
    let mut state = sandbox.lock();
    let now = state.now();
    let options = &sandbox.options;
    state.world = World::new(now, options.seed, options.auto, options.webhook_url.as_deref());
    ok(json!({}))
}

pub async fn top_up(State(sandbox): State<Sandbox>, Input(body): Input) -> Reply {
    let field = |name: &str| text_at(&body, name).ok_or_else(|| ApiError::required(name));
    let (account, currency) = (field("account_id")?, field("currency")?);
    let amount =
        Decimal::from_str(&field("amount")?).map_err(|_| ApiError::invalid("amount", "a decimal"))?;
    let mut state = sandbox.lock();
    let now = state.now();
    if !state.world.accounts.contains_key(&account) {
        return Err(ApiError::not_found("the account"));
    }
    state.world.book(now, &account, &currency, amount, "DEPOSIT", "control");
    transfers::lifecycle::retry_overdue(&mut state.world, &account, now);
    engine::run_due(&mut state);
    ok(json!({}))
}

/// Points the platform's and the application's own subscriptions at a URL.
pub async fn subscribe(State(sandbox): State<Sandbox>, Input(body): Input) -> Reply {
    let url = text_at(&body, "url").ok_or_else(|| ApiError::required("url"))?;
    sandbox.lock().world.subscribe_platform(&url);
    ok(json!({ "url": url }))
}

pub async fn deliveries(State(sandbox): State<Sandbox>) -> Reply {
    ok(json!({ "items": sandbox.lock().world.deliveries }))
}

pub async fn resend(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    let now = state.now();
    let found = state
        .world
        .deliveries
        .iter_mut()
        .find(|delivery| delivery.id == id || delivery.event["id"] == json!(id));
    let delivery = found.ok_or_else(|| ApiError::not_found("the delivery"))?;
    delivery.status = "QUEUED".to_owned();
    delivery.attempts = 0;
    delivery.due_at = now;
    ok(json!({}))
}

/// The reviewer decides: `{"status":"ACTIVE","force":false}`.
pub async fn review(State(sandbox): State<Sandbox>, Path(id): Path<String>, Input(body): Input) -> Reply {
    let mut state = sandbox.lock();
    let now = state.now();
    let status = text_at(&body, "status").unwrap_or_else(|| "ACTIVE".to_owned());
    let force = body.get("force").and_then(Value::as_bool).unwrap_or(true);
    if !state.world.accounts.contains_key(&id) {
        return Err(ApiError::not_found("the account"));
    }
    if !["ACTIVE", "ACTION_REQUIRED", "SUSPENDED", "DORMANT", "CLOSED"].contains(&status.as_str()) {
        return Err(ApiError::invalid("status", "ACTIVE, ACTION_REQUIRED, SUSPENDED, DORMANT or CLOSED"));
    }
    accounts::lifecycle::set_status(&mut state.world, &id, &status, force, now);
    ok(json!({}))
}

/// A transfer's next step, without the public call's credentials.
pub async fn transition(State(sandbox): State<Sandbox>, Path(id): Path<String>, Input(body): Input) -> Reply {
    let mut state = sandbox.lock();
    let now = state.now();
    let next = text_at(&body, "next_status").ok_or_else(|| ApiError::required("next_status"))?;
    transfers::lifecycle::transition(
        &mut state.world,
        &id,
        &next,
        text_at(&body, "failure_type").as_deref(),
        now,
    )?;
    ok(json!({}))
}

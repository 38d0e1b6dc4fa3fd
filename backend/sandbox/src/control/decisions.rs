//! What the other side decides: reviews, approvals, the steps of payouts.

use axum::extract::{Path, State};
use serde_json::json;

use super::Input;
use crate::store::Sandbox;
use crate::wire::{ApiError, Kind, Reply, check_kinds, flag_at, ok, text_at};
use crate::{accounts, auth, batches, engine, funds, transfers};

/// The reviewer decides: `{"status":"ACTIVE"}`, whatever is missing unless `"force"` is false.
pub async fn review(State(sandbox): State<Sandbox>, Path(id): Path<String>, input: Input) -> Reply {
    let body = input.only(&["status", "force"])?;
    let mut state = sandbox.lock();
    let now = state.now();
    check_kinds(&body, &[("force", Kind::Flag)])?;
    let status = ApiError::need(&body, "status")?;
    let force = flag_at(&body, "force").unwrap_or(true);
    let account = state.world.accounts.get(&id).ok_or_else(|| ApiError::not_found("the account"))?;
    if account.status == "CLOSED" {
        return Err(ApiError::invalid("status", "the account is closed, for good"));
    }
    if !["ACTIVE", "ACTION_REQUIRED", "SUSPENDED", "DORMANT", "CLOSED"].contains(&status.as_str()) {
        return Err(ApiError::invalid("status", "ACTIVE, ACTION_REQUIRED, SUSPENDED, DORMANT or CLOSED"));
    }
    accounts::lifecycle::decide(&mut state.world, &id, &status, force, now);
    ok(json!({ "status": state.world.accounts.get(&id).map(|account| account.status.clone()) }))
}

/// Links an account to the platform, as an accepted invitation would.
pub async fn link(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    let now = state.now();
    if !state.world.accounts.contains(&id) {
        return Err(ApiError::not_found("the account"));
    }
    auth::link(&mut state.world, &id, now);
    ok(json!({}))
}

/// `{"status":"ENABLED"}`, or PENDING or DISABLED.
pub async fn capability(
    State(sandbox): State<Sandbox>,
    Path((id, capability)): Path<(String, String)>,
    input: Input,
) -> Reply {
    let body = input.only(&["status"])?;
    let status = ApiError::need(&body, "status")?;
    if !matches!(status.as_str(), "ENABLED" | "PENDING" | "DISABLED") {
        return Err(ApiError::invalid("status", "ENABLED, PENDING or DISABLED"));
    }
    let mut state = sandbox.lock();
    let now = state.now();
    if !state.world.accounts.contains(&id) {
        return Err(ApiError::not_found("the account"));
    }
    if !accounts::is_capability(&capability) {
        return Err(ApiError::not_found("the capability"));
    }
    accounts::set_capability(&mut state.world, &id, &capability, &status, now);
    ok(json!({}))
}

/// A transfer's next step, without the public call's credentials.
pub async fn transition(State(sandbox): State<Sandbox>, Path(id): Path<String>, input: Input) -> Reply {
    let body = input.only(&["next_status", "failure_type"])?;
    let mut state = sandbox.lock();
    let now = state.now();
    let next = ApiError::need(&body, "next_status")?;
    let failure = text_at(&body, "failure_type");
    transfers::lifecycle::transition(&mut state.world, &id, &next, failure.as_deref(), now)?;
    ok(json!({}))
}

/// `{"decision":"APPROVED"}`, or APPROVAL_RECALLED, _REJECTED or _BLOCKED.
pub async fn approval(State(sandbox): State<Sandbox>, Path(id): Path<String>, input: Input) -> Reply {
    let body = input.only(&["decision"])?;
    let mut state = sandbox.lock();
    let now = state.now();
    transfers::lifecycle::approve(&mut state.world, &id, &ApiError::need(&body, "decision")?, now)?;
    ok(json!({}))
}

/// The same for a batch.
pub async fn batch_approval(State(sandbox): State<Sandbox>, Path(id): Path<String>, input: Input) -> Reply {
    let body = input.only(&["decision"])?;
    let mut state = sandbox.lock();
    let now = state.now();
    batches::decide(&mut state.world, &id, &ApiError::need(&body, "decision")?, now)?;
    ok(json!({}))
}

/// A connected-account transfer's or a charge's next status.
pub async fn movement(State(sandbox): State<Sandbox>, Path(id): Path<String>, input: Input) -> Reply {
    let body = input.only(&["next_status"])?;
    let mut state = sandbox.lock();
    let now = state.now();
    funds::transition(&mut state.world, &id, &ApiError::need(&body, "next_status")?, now)?;
    let accounts = state.world.movements.get(&id).map(|row| [row.from.clone(), row.to.clone()]);
    for account in accounts.into_iter().flatten() {
        engine::money_came(&mut state.world, &account, now);
    }
    ok(json!({}))
}

//! Account endpoints (02 §1, §5.1).

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{lifecycle, requirements};
use crate::auth::guard::{Needs, admit};
use crate::store::{Sandbox, State as Locked};
use crate::wire::{ApiError, Input, Reply, ok, text_at};

const DETAILS: Needs = Needs::Read("account_details:read");

pub async fn own(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Reply {
    let state = sandbox.lock();
    let caller = admit(&state, &headers, DETAILS)?;
    show(&state, &caller.account)
}

pub async fn wallet_info(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Reply {
    let state = sandbox.lock();
    let caller = admit(&state, &headers, DETAILS)?;
    let account =
        state.world.accounts.get(&caller.account).ok_or_else(|| ApiError::not_found("the account"))?;
    ok(json!({ "account_name": account.document["nickname"], "account_number": account.wallet_number }))
}

pub async fn get(State(sandbox): State<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Reply {
    let state = sandbox.lock();
    admit(&state, &headers, Needs::Platform)?;
    linked(&state, &id)?;
    show(&state, &id)
}

pub async fn list(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    let state = sandbox.lock();
    let caller = admit(&state, &headers, DETAILS)?;
    let wants = |name: &str, value: Option<String>| {
        query.get(name).is_none_or(|wanted| Some(wanted) == value.as_ref())
    };
    let mut found: Vec<_> = state
        .world
        .accounts
        .values()
        .filter(|account| caller.is_platform && account.linked)
        .filter(|account| wants("account_status", Some(account.status.clone())))
        .filter(|account| wants("identifier", text_at(&account.document, "identifier")))
        .filter(|account| wants("email", text_at(&account.document, "primary_contact.email")))
        .collect();
    found.sort_by_key(|account| std::cmp::Reverse(account.created_at));
    ok(crate::wire::numbered_page(found.into_iter().map(lifecycle::body).collect(), &query)?)
}

pub async fn update(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Input(change): Input,
) -> Reply {
    let mut state = sandbox.lock();
    admit(&state, &headers, Needs::Platform)?;
    linked(&state, &id)?;
    requirements::check_values(&change)?;
    let account = state.world.accounts.get_mut(&id).ok_or_else(|| ApiError::not_found("the account"))?;
    let harmless =
        change.as_object().is_some_and(|all| all.keys().all(|key| key == "metadata" || key == "nickname"));
    let editable = matches!(account.status.as_str(), "CREATED" | "ACTION_REQUIRED");
    let is_allowed = editable || (account.status == "ACTIVE" && harmless);
    if !is_allowed {
        return Err(ApiError::invalid("status", "the account cannot be changed in this status"));
    }
    lifecycle::merge(&mut account.document, &change);
    show(&state, &id)
}

pub async fn submit(State(sandbox): State<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    admit(&state, &headers, Needs::Platform)?;
    linked(&state, &id)?;
    let now = state.now();
    lifecycle::submit(&mut state.world, &id, now)?;
    show(&state, &id)
}

pub async fn agree(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Input(agreement): Input,
) -> Reply {
    let mut state = sandbox.lock();
    admit(&state, &headers, Needs::Platform)?;
    linked(&state, &id)?;
    let now = state.now();
    let account = state.world.accounts.get_mut(&id).ok_or_else(|| ApiError::not_found("the account"))?;
    let agreed = json!({ "customer_agreements": {
        "agreed_to_terms_and_conditions": true,
        "terms_and_conditions": agreement,
    }});
    lifecycle::merge(&mut account.document, &agreed);
    // Terms as the only requirement: the review resumes (A).
    let only_terms = account.requirements.as_object().is_some_and(|wanted| {
        wanted.len() == 1 && wanted.contains_key("agreement_to_terms_and_conditions_required")
    });
    if account.status == "ACTION_REQUIRED" && only_terms {
        lifecycle::submit(&mut state.world, &id, now)?;
    }
    show(&state, &id)
}

pub async fn simulate(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Input(body): Input,
) -> Reply {
    let mut state = sandbox.lock();
    admit(&state, &headers, DETAILS)?;
    let wanted = text_at(&body, "next_status").ok_or_else(|| ApiError::required("next_status"))?;
    if !matches!(wanted.as_str(), "ACTIVE" | "SUSPENDED" | "ACTION_REQUIRED") {
        return Err(ApiError::invalid("next_status", "ACTIVE, SUSPENDED or ACTION_REQUIRED"));
    }
    let force = body.get("force").and_then(Value::as_bool).unwrap_or(true);
    let status = state.world.accounts.get(&id).map(|account| account.status.clone());
    let may =
        status.as_deref() == Some("SUBMITTED") || (force && status.as_deref() == Some("ACTION_REQUIRED"));
    if !may {
        return Err(ApiError::invalid("account_id", "the account is not SUBMITTED"));
    }
    let now = state.now();
    lifecycle::set_status(&mut state.world, &id, &wanted, force, now);
    show(&state, &id)
}

fn linked(state: &Locked, id: &str) -> Result<(), ApiError> {
    match state.world.accounts.get(id) {
        Some(account) if account.linked => Ok(()),
        _ => Err(ApiError::not_found("the account")),
    }
}

fn show(state: &Locked, id: &str) -> Reply {
    match state.world.accounts.get(id) {
        Some(account) => ok(lifecycle::body(account)),
        None => Err(ApiError::not_found("the account")),
    }
}

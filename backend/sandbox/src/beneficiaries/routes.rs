//! Beneficiary endpoints (03 §a.1).

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::corridors::{Corridor, Wanted, find};
use super::validation;
use crate::auth::guard::{Needs, admit};
use crate::store::Sandbox;
use crate::wire::{ApiError, Input, Reply, created, numbered_page, ok, text_at};
use crate::world::Beneficiary;

const READ: Needs = Needs::Read("beneficiary:read");
const WRITE: Needs = Needs::Read("beneficiary:write");

fn checked(body: &Value) -> Result<Corridor, ApiError> {
    if !body.get("beneficiary").is_some_and(Value::is_object) {
        return Err(ApiError::required("beneficiary"));
    }
    if body.get("transfer_methods").is_none_or(|methods| methods.as_array().is_none_or(|all| all.is_empty()))
    {
        return Err(ApiError::required("transfer_methods"));
    }
    let corridor = find(&Wanted::from_document(body))
        .ok_or_else(|| ApiError::invalid("beneficiary.bank_details", "this corridor is not supported"))?;
    match validation::check(&corridor, body) {
        faults if faults.is_empty() => Ok(corridor),
        faults => Err(ApiError::fields(&faults)),
    }
}

pub async fn validate(State(sandbox): State<Sandbox>, headers: HeaderMap, Input(body): Input) -> Reply {
    admit(&sandbox.lock(), &headers, WRITE)?;
    checked(&body)?;
    ok(json!({}))
}

pub async fn create(State(sandbox): State<Sandbox>, headers: HeaderMap, Input(body): Input) -> Reply {
    let mut state = sandbox.lock();
    let caller = admit(&state, &headers, WRITE)?;
    let request_id = text_at(&body, "request_id");
    if let Some(known) = state.world.beneficiaries.values().find(|known| {
        known.account == caller.account && request_id.is_some() && known.request_id == request_id
    }) {
        return created(show(known));
    }
    let corridor = checked(&body)?;
    let mut document = validation::relevant(&corridor, &body);
    let bank = document["beneficiary"]["bank_details"].to_string();
    document["beneficiary"]["bank_details"]["fingerprint"] = json!(hex::encode(Sha256::digest(bank)));
    let beneficiary = Beneficiary {
        id: state.world.uuid(),
        account: caller.account,
        request_id,
        document,
        created_at: state.now(),
    };
    let answer = show(&beneficiary);
    state.world.beneficiaries.insert(beneficiary.id.clone(), beneficiary);
    created(answer)
}

pub async fn get(State(sandbox): State<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Reply {
    let state = sandbox.lock();
    let caller = admit(&state, &headers, READ)?;
    let found = state.world.beneficiaries.get(&id).filter(|found| found.account == caller.account);
    ok(show(found.ok_or_else(|| ApiError::not_found("the beneficiary"))?))
}

pub async fn list(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    let state = sandbox.lock();
    let caller = admit(&state, &headers, READ)?;
    let mut found: Vec<_> =
        state.world.beneficiaries.values().filter(|found| found.account == caller.account).collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.created_at));
    ok(numbered_page(found.into_iter().map(show).collect(), &query)?)
}

fn show(beneficiary: &Beneficiary) -> Value {
    let mut body = beneficiary.document.clone();
    body["id"] = json!(beneficiary.id);
    body
}

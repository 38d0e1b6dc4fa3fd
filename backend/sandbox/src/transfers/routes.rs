//! Transfer endpoints (03 §c.1).

use std::collections::HashMap;
use std::str::FromStr;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::lifecycle;
use crate::auth::guard::{Caller, Needs, admit};
use crate::store::{Sandbox, State as Locked};
use crate::wire::{ApiError, FieldFault, Input, Reply, created, cursor_page, ok, text_at};
use crate::world::{Transfer, World};

const READ: Needs = Needs::Read("transfer:read");
const WRITE: Needs = Needs::Write("transfer:write");

const REASONS: [&str; 23] = [
    "audio_visual_services",
    "bill_payment",
    "business_expenses",
    "construction",
    "donation_charitable_contribution",
    "education_training",
    "family_support",
    "freight",
    "goods_purchased",
    "investment_capital",
    "investment_proceeds",
    "living_expenses",
    "loan_credit_repayment",
    "medical_services",
    "pension",
    "personal_remittance",
    "professional_business_services",
    "real_estate",
    "taxes",
    "technical_services",
    "transfer_to_own_account",
    "travel",
    "wages_salary",
];

pub async fn create(State(sandbox): State<Sandbox>, headers: HeaderMap, Input(body): Input) -> Reply {
    let mut state = sandbox.lock();
    let caller = admit(&state, &headers, WRITE)?;
    let request_id = text_at(&body, "request_id").ok_or_else(|| ApiError::required("request_id"))?;
    if let Some(first) = known(&state.world, &caller.account, &request_id) {
        let details = json!({ "id": first.id, "request_id": request_id });
        let message = format!("request_id {request_id} belongs to transfer {}", first.id);
        return Err(ApiError::new(400, "duplicate_request_id", message).at("request_id").with(details));
    }
    let transfer = read(&mut state, &caller, body, request_id)?;
    let (id, now) = (transfer.id.clone(), transfer.created_at);
    let answer = lifecycle::body(&transfer);
    state.world.transfers.insert(id.clone(), transfer);
    lifecycle::begin(&mut state.world, &id, now);
    created(answer)
}

fn known<'a>(world: &'a World, account: &str, request_id: &str) -> Option<&'a Transfer> {
    world.transfers.values().find(|transfer| transfer.account == account && transfer.request_id == request_id)
}

/// Checks a create body by the rules of 03 §c.2 and makes a transfer of it.
fn read(state: &mut Locked, caller: &Caller, body: Value, request_id: String) -> Result<Transfer, ApiError> {
    let mut faults = vec![];
    for path in ["reason", "reference", "transfer_currency", "beneficiary_id"] {
        if text_at(&body, path).is_none() {
            faults.push(FieldFault { source: path.to_owned(), code: "001", params: Value::Null });
        }
    }
    if text_at(&body, "reference").is_some_and(|text| text.chars().count() > 140) {
        faults.push(FieldFault {
            source: "reference".to_owned(),
            code: "021",
            params: json!({ "length_max": "140" }),
        });
    }
    if text_at(&body, "reason").is_some_and(|reason| !REASONS.contains(&reason.as_str())) {
        let params = json!({ "value_options": REASONS.join(",") });
        faults.push(FieldFault { source: "reason".to_owned(), code: "011", params });
    }
    if !faults.is_empty() {
        return Err(ApiError::fields(&faults));
    }
    let currency = text_at(&body, "transfer_currency").unwrap_or_default();
    if text_at(&body, "source_currency").is_some_and(|source| source != currency) {
        return Err(ApiError::new(
            501,
            "not_implemented",
            "the sandbox does not imitate FX in transfers yet",
        ));
    }
    let amount = amount_at(&body, "transfer_amount", &currency)?;
    let id = text_at(&body, "beneficiary_id").unwrap_or_default();
    let beneficiary = state
        .world
        .beneficiaries
        .get(&id)
        .filter(|found| found.account == caller.account)
        .ok_or_else(|| ApiError::invalid("beneficiary_id", "the beneficiary does not exist"))?;
    if text_at(&beneficiary.document, "beneficiary.bank_details.account_currency").as_deref()
        != Some(&currency)
    {
        return Err(ApiError::new(400, "unsupported_currency", "the account takes another currency")
            .at("transfer_currency"));
    }
    let beneficiary = beneficiary.document["beneficiary"].clone();
    let application_fee = application_fee(&body, caller, &currency)?;
    let now = state.now();
    let sequence = state.world.transfers.len() as u64 + 1;
    Ok(Transfer {
        id: state.world.uuid(),
        account: caller.account.clone(),
        request_id,
        short_reference_id: format!("P{}-{:0>7}", now.format("%y%m%d"), radix36(sequence + 46_656)),
        status: "SCHEDULED".to_owned(),
        funding: "SCHEDULED".to_owned(),
        currency,
        amount,
        application_fee,
        request: body,
        beneficiary,
        failure: None,
        dispatch_date: None,
        created_at: now,
        updated_at: now,
        sequence,
    })
}

fn amount_at(body: &Value, path: &str, currency: &str) -> Result<Decimal, ApiError> {
    let text = text_at(body, path).ok_or_else(|| ApiError::required(path))?;
    let amount =
        Decimal::from_str(&text).map_err(|_| ApiError::invalid(path, "not a decimal number"))?.normalize();
    let decimals = if matches!(currency, "JPY" | "KRW" | "VND") { 0 } else { 2 };
    if amount <= Decimal::ZERO || amount.scale() > decimals {
        return Err(ApiError::invalid(path, "must be positive and fit the currency's minor unit"));
    }
    Ok(amount)
}

/// At most one FIXED and one PERCENTAGE, only on behalf of a connected account (02 §8.1–8.2).
fn application_fee(
    body: &Value,
    caller: &Caller,
    currency: &str,
) -> Result<Option<(Decimal, String)>, ApiError> {
    let source = "application_fee_options";
    let Some(options) = body.get(source).and_then(Value::as_array).filter(|all| !all.is_empty()) else {
        return Ok(None);
    };
    if !caller.on_behalf {
        return Err(ApiError::invalid(source, "only for a connected account"));
    }
    let [option] = options.as_slice() else {
        return Err(ApiError::new(501, "not_implemented", "the sandbox imitates a single FIXED fee so far"));
    };
    if text_at(option, "type").as_deref() != Some("FIXED") {
        return Err(ApiError::new(501, "not_implemented", "the sandbox imitates a single FIXED fee so far"));
    }
    let fee_currency = text_at(option, "currency")
        .ok_or_else(|| ApiError::required("application_fee_options[0].currency"))?;
    if fee_currency != currency {
        return Err(ApiError::invalid("application_fee_options[0].currency", "must be the source currency"));
    }
    Ok(Some((
        amount_at(option, "amount", currency)
            .map_err(|error| error.at("application_fee_options[0].amount"))?,
        fee_currency,
    )))
}

fn radix36(mut value: u64) -> String {
    let mut text = String::new();
    while value > 0 {
        text.insert(0, char::from_digit((value % 36) as u32, 36).unwrap_or('0').to_ascii_uppercase());
        value /= 36;
    }
    text
}

pub async fn get(State(sandbox): State<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Reply {
    let state = sandbox.lock();
    let caller = admit(&state, &headers, READ)?;
    let found = state.world.transfers.get(&id).filter(|found| found.account == caller.account);
    ok(lifecycle::body(found.ok_or_else(|| ApiError::not_found("the transfer"))?))
}

pub async fn list(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Reply {
    let state = sandbox.lock();
    let caller = admit(&state, &headers, READ)?;
    let lag = state.world.settings.list_lag_seconds;
    let visible_until = state.now() - chrono::Duration::seconds(lag);
    let wants = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
    let mut found: Vec<_> = state
        .world
        .transfers
        .values()
        .filter(|transfer| transfer.account == caller.account)
        .filter(|transfer| lag == 0 || transfer.created_at <= visible_until)
        .filter(|transfer| wants("request_id", &transfer.request_id))
        .filter(|transfer| wants("short_reference_id", &transfer.short_reference_id))
        .filter(|transfer| wants("status", &transfer.status))
        .filter(|transfer| wants("transfer_currency", &transfer.currency))
        .collect();
    found.sort_by_key(|transfer| std::cmp::Reverse(transfer.sequence));
    ok(cursor_page(found.into_iter().map(lifecycle::body).collect(), &query)?)
}

pub async fn cancel(State(sandbox): State<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    let caller = admit(&state, &headers, Needs::Read("transfer:write"))?;
    if state.world.transfers.get(&id).is_none_or(|found| found.account != caller.account) {
        return Err(ApiError::not_found("the transfer"));
    }
    let now = state.now();
    lifecycle::ask_to_cancel(&mut state.world, &id, now)?;
    ok(json!({}))
}

pub async fn transition(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Input(body): Input,
) -> Reply {
    let mut state = sandbox.lock();
    let caller = admit(&state, &headers, Needs::Read("simulation:write"))?;
    if state.world.transfers.get(&id).is_none_or(|found| found.account != caller.account) {
        return Err(ApiError::not_found("the transfer"));
    }
    let next = text_at(&body, "next_status").ok_or_else(|| ApiError::required("next_status"))?;
    let now = state.now();
    lifecycle::transition(&mut state.world, &id, &next, text_at(&body, "failure_type").as_deref(), now)?;
    match state.world.transfers.get(&id) {
        Some(transfer) => ok(lifecycle::body(transfer)),
        None => Err(ApiError::not_found("the transfer")),
    }
}

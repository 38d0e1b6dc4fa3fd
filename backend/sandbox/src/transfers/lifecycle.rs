//! The status machine of transfers (03 §c.6) and the events of its moves.

use chrono::Duration;
use serde_json::{Value, json};

use super::funding;
use crate::webhooks::emit;
use crate::wire::{ApiError, number, stamp};
use crate::world::{DueWhat, Instant, Transfer, World};

/// The body of *Get transfer* (D).
pub fn body(transfer: &Transfer) -> Value {
    let mut body = json!({
        "id": transfer.id,
        "request_id": transfer.request_id,
        "short_reference_id": transfer.short_reference_id,
        "status": transfer.status,
        "source_currency": transfer.currency,
        "source_amount": number(transfer.amount),
        "transfer_currency": transfer.currency,
        "transfer_amount": number(transfer.amount),
        "amount_payer_pays": number(transfer.amount),
        "amount_beneficiary_receives": number(transfer.amount),
        "fee_amount": 0,
        "fee_currency": transfer.currency,
        "fee_paid_by": "PAYER",
        "transfer_method": "LOCAL",
        "transfer_date": transfer.created_at.format("%Y-%m-%d").to_string(),
        "funding": funding(transfer),
        "beneficiary": transfer.beneficiary,
        "payer": {},
        "created_at": stamp(transfer.created_at),
        "updated_at": stamp(transfer.updated_at),
    });
    for key in ["reason", "reference", "remarks", "metadata", "beneficiary_id", "application_fee_options"] {
        if let Some(value) = transfer.request.get(key) {
            body[key] = value.clone();
        }
    }
    if let Some((fee, currency)) = &transfer.application_fee {
        body["application_fees"] =
            json!([{ "source_type": "TRANSFER", "amount": fee.to_string(), "currency": currency }]);
    }
    if let Some(at) = transfer.dispatch_date {
        body["dispatch_date"] = json!(stamp(at));
        body["dispatch_info"] = json!({ "external_reference": transfer.short_reference_id, "external_reference_type": "TRACE_NUMBER" });
    }
    if let Some(failure) = &transfer.failure {
        body["failure"] = failure.clone();
    }
    body
}

/// A new transfer is SCHEDULED and moves on by itself after 0.3 s (C: observed live).
pub fn begin(world: &mut World, id: &str, now: Instant) {
    tell(world, id, "scheduled", now);
    tell(world, id, "funding.scheduled", now);
    world.later(now + Duration::milliseconds(300), DueWhat::Step { transfer: id.to_owned() });
}

/// A failed funding says why (A: the word).
fn funding(transfer: &Transfer) -> Value {
    match transfer.funding.as_str() {
        "FAILED" => json!({ "status": "FAILED", "failure_reason": "INSUFFICIENT_FUNDS" }),
        status => json!({ "status": status }),
    }
}

/// One step by itself: to PROCESSING always, further only in auto mode.
pub fn step(world: &mut World, id: &str, now: Instant) {
    let Some(transfer) = world.transfers.get(id) else { return };
    let next = match transfer.status.as_str() {
        "SCHEDULED" | "OVERDUE" => "PROCESSING",
        "PROCESSING" if world.settings.auto => "SENT",
        "SENT" if world.settings.auto => "PAID",
        "CANCELLATION_REQUESTED" => "CANCELLED",
        _ => return,
    };
    advance(world, id, next, None, now);
    if world.settings.auto && matches!(next, "PROCESSING" | "SENT") {
        world.later(now + Duration::seconds(2), DueWhat::Step { transfer: id.to_owned() });
    }
}

/// Allowed hops of the transition call (A, 03 §c.12).
pub fn transition(
    world: &mut World,
    id: &str,
    next: &str,
    failure: Option<&str>,
    now: Instant,
) -> Result<(), ApiError> {
    let transfer = world.transfers.get(id).ok_or_else(|| ApiError::not_found("the transfer"))?;
    let from = transfer.status.as_str();
    if from == next {
        return Ok(());
    }
    let allowed: &[&str] = match from {
        "SCHEDULED" => &["PROCESSING", "OVERDUE", "CANCELLED"],
        "OVERDUE" => &["PROCESSING", "CANCELLED"],
        "PROCESSING" => &["SENT", "CANCELLED"],
        "SENT" => &["PAID", "FAILED", "CANCELLED"],
        "PAID" => &["FAILED"],
        _ => &[],
    };
    if from == "PROCESSING" && next == "FAILED" {
        return Err(ApiError::new(500, "service_unavailable", "the real sandbox answers 500 here as well"));
    }
    if !allowed.contains(&next) {
        return Err(ApiError::invalid("next_status", format!("{from} does not lead to {next}")));
    }
    advance(world, id, next, failure, now);
    Ok(())
}

fn advance(world: &mut World, id: &str, next: &str, failure: Option<&str>, now: Instant) {
    match next {
        "PROCESSING" => process(world, id, now),
        "OVERDUE" => overdue(world, id, now),
        "SENT" => {
            set(world, id, now, |transfer| {
                transfer.status = "SENT".to_owned();
                transfer.dispatch_date = Some(now);
            });
            tell(world, id, "sent", now);
        }
        "FAILED" => fail(world, id, failure.unwrap_or("ACCOUNT_CLOSED"), now),
        "CANCELLED" => cancel(world, id, now),
        other => {
            set(world, id, now, |transfer| transfer.status = other.to_owned());
            tell(world, id, &other.to_lowercase(), now);
        }
    }
}

/// Funds the transfer, or makes it OVERDUE when the wallet is short (D).
fn process(world: &mut World, id: &str, now: Instant) {
    let Some(transfer) = world.transfers.get(id).cloned() else { return };
    if !funding::take(world, &transfer, now) {
        if transfer.status != "OVERDUE" {
            overdue(world, id, now);
        }
        return;
    }
    set(world, id, now, |transfer| {
        transfer.status = "PROCESSING".to_owned();
        transfer.funding = "FUNDED".to_owned();
    });
    tell(world, id, "funding.funded", now);
    tell(world, id, "processing", now);
}

fn overdue(world: &mut World, id: &str, now: Instant) {
    set(world, id, now, |transfer| {
        transfer.status = "OVERDUE".to_owned();
        transfer.funding = "FAILED".to_owned();
    });
    tell(world, id, "funding.failed", now);
    tell(world, id, "overdue", now);
}

/// FAILED is a blink: both events are sent, CANCELLED with the failure stays (C: observed live).
fn fail(world: &mut World, id: &str, kind: &str, now: Instant) {
    let (code, message) = failure_code(kind);
    let failure = json!({ "code": code, "message": message, "details": { "type": kind } });
    set(world, id, now, |transfer| {
        transfer.status = "FAILED".to_owned();
        transfer.failure = Some(failure.clone());
    });
    tell(world, id, "failed", now);
    cancel(world, id, now);
}

fn cancel(world: &mut World, id: &str, now: Instant) {
    let Some(transfer) = world.transfers.get(id).cloned() else { return };
    // What was taken is given back; what was not yet taken is not taken any more.
    let was_funded = transfer.funding == "FUNDED";
    if was_funded {
        funding::give_back(world, &transfer, now);
    }
    let funding = if was_funded { "REVERSED" } else { "CANCELLED" };
    set(world, id, now, |transfer| {
        transfer.status = "CANCELLED".to_owned();
        transfer.funding = funding.to_owned();
    });
    tell(world, id, "cancelled", now);
    tell(world, id, &format!("funding.{}", funding.to_lowercase()), now);
}

/// What a person's cancel does, by status (03 §c.8).
pub fn ask_to_cancel(world: &mut World, id: &str, now: Instant) -> Result<(), ApiError> {
    let status = world.transfers.get(id).map(|transfer| transfer.status.clone()).unwrap_or_default();
    match status.as_str() {
        "SCHEDULED" | "OVERDUE" => cancel(world, id, now),
        "PROCESSING" => {
            set(world, id, now, |transfer| transfer.status = "CANCELLATION_REQUESTED".to_owned());
            tell(world, id, "cancellation_requested", now);
            world.later(now + Duration::seconds(1), DueWhat::Step { transfer: id.to_owned() });
        }
        _ => {
            return Err(ApiError::new(400, "can_not_be_edited", "the transfer cannot be cancelled any more"));
        }
    }
    Ok(())
}

/// A wallet got money: overdue transfers are tried again.
pub fn retry_overdue(world: &mut World, account: &str, now: Instant) {
    let waiting: Vec<String> = world
        .transfers
        .values()
        .filter(|transfer| transfer.account == account && transfer.status == "OVERDUE")
        .map(|transfer| transfer.id.clone())
        .collect();
    for id in waiting {
        world.later(now, DueWhat::Step { transfer: id });
    }
}

fn set(world: &mut World, id: &str, now: Instant, change: impl FnOnce(&mut Transfer)) {
    if let Some(transfer) = world.transfers.get_mut(id) {
        change(transfer);
        transfer.updated_at = now;
    }
}

fn tell(world: &mut World, id: &str, what: &str, now: Instant) {
    let Some(transfer) = world.transfers.get(id) else { return };
    let (account, data) = (transfer.account.clone(), body(transfer));
    emit(world, now, &format!("payout.transfer.{what}"), &account, id, data);
}

/// Published codes of failure types; others use 99902 (A).
fn failure_code(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "INVALID_ACCOUNT_NAME_OR_NUMBER" => ("90101", "Account name or number invalid"),
        "INVALID_BANK_OR_BRANCH_CODE" => ("90201", "Bank or branch code invalid"),
        "BENEFICIARY_NAME_MISMATCH" => ("90301", "Beneficiary name mismatch"),
        "ACCOUNT_CURRENCY_MISMATCH" => ("90302", "Account currency mismatch"),
        "CHANNEL_POLICY" => ("90501", "Channel policy"),
        "ACCOUNT_CLOSED" => ("90701", "Account closed"),
        "ACCOUNT_INACTIVE_OR_DORMANT" => ("90702", "Account inactive or dormant"),
        "ACCOUNT_UNDER_RESTRICTION" => ("90703", "Account restricted"),
        "BENEFICIARY_REQUESTED" => ("90801", "Returned at the payee's request"),
        "BENEFICIARY_BANK_RETURNED" => ("90802", "Returned by the payee's bank"),
        _ => ("99902", "Other"),
    }
}

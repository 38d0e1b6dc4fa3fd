//! Transfer endpoints (03 §c.1).

use chrono::Duration;
use serde_json::{Value, json};

use super::body::{body, conversion};
use super::draft::read;
use super::lifecycle;
use crate::call::Call;
use crate::clock::Instant;
use crate::fx;
use crate::wire::{ApiError, Reply, Sizes, created, cursor_page, ok, text_at};
use crate::world::World;
use crate::world::money::{Draft, Transfer};

/// For how long a `request_id` counts as used (D).
const REMEMBERED_DAYS: i64 = 7;

pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = call.need("request_id")?;
    check_unused(call, &request_id)?;
    let draft = read(call, &call.body)?;
    let account = call.account().to_owned();
    let id = book(call.world, &account, draft, request_id, None, call.now);
    // As it was made; what becomes of it by itself comes after the answer.
    match call.world.transfers.get(&id) {
        Some(transfer) => created(body(transfer)),
        None => Err(ApiError::not_found("the transfer")),
    }
}

/// An id of the past seven days belongs to the transfer that used it (C: recorded live).
fn check_unused(call: &Call<'_>, request_id: &str) -> Result<(), ApiError> {
    let Some(first) = is_used(call.world, call.account(), request_id, call.now) else { return Ok(()) };
    let details = json!({ "id": first, "request_id": request_id });
    let message = format!("request_id {request_id} belongs to transfer {first}");
    Err(ApiError::new(400, "duplicate_request_id", message).at("request_id").with(details))
}

/// The transfer that used an id up, for as long as it counts.
pub fn is_used<'a>(world: &'a World, account: &str, request_id: &str, now: Instant) -> Option<&'a str> {
    let used = world.object_of_request("transfers", account, request_id)?;
    (now - used.at < Duration::days(REMEMBERED_DAYS)).then_some(used.object.as_str())
}

/// Makes a transfer of a draft.
pub fn book(
    world: &mut World,
    account: &str,
    draft: Draft,
    request_id: String,
    batch: Option<&str>,
    now: Instant,
) -> String {
    if let Some(quote) = text_at(&draft.echo, "quote_id") {
        fx::use_up_quote(world, &quote);
    }
    let transfer = Transfer {
        id: world.uuid(),
        account: account.to_owned(),
        request_id: request_id.clone(),
        short_reference_id: world.short_reference('P', now),
        batch: batch.map(str::to_owned),
        status: "SCHEDULED".to_owned(),
        funding: "SCHEDULED".to_owned(),
        amounts: draft.amounts,
        conversion: conversion(draft.deal.as_ref()),
        application_fees: draft.application_fees,
        echo: draft.echo,
        transfer_method: draft.transfer_method,
        transfer_date: draft.transfer_date,
        beneficiary: draft.beneficiary,
        payer: draft.payer,
        failure: None,
        dispatched_at: None,
        created_at: now,
        updated_at: now,
        sequence: world.sequence(),
    };
    let id = transfer.id.clone();
    world.use_request_id("transfers", account, &request_id, &id, now);
    world.transfers.insert(id.clone(), transfer);
    lifecycle::begin(world, &id, now);
    id
}

/// The same checks; nothing is moved and no `request_id` is used up.
pub fn validate(call: &mut Call<'_>) -> Reply {
    call.need("request_id")?;
    read(call, &call.body)?;
    ok(json!({}))
}

fn own(call: &Call<'_>) -> Result<String, ApiError> {
    let found = call.world.transfers.get(call.id()).filter(|found| found.account == call.account());
    found.map(|found| found.id.clone()).ok_or_else(|| ApiError::not_found("the transfer"))
}

fn show(world: &World, id: &str) -> Reply {
    match world.transfers.get(id) {
        Some(transfer) => ok(body(transfer)),
        None => Err(ApiError::not_found("the transfer")),
    }
}

pub fn get(call: &mut Call<'_>) -> Reply {
    show(call.world, &own(call)?)
}

pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let (from, to) = (query.instant("from_created_at")?, query.instant("to_created_at")?);
    let visible_until = call.visible_until();
    let mut found: Vec<_> = call
        .world
        .transfers
        .values()
        .filter(|found| found.account == call.account() && found.created_at <= visible_until)
        .filter(|found| query.wants("request_id", &found.request_id))
        .filter(|found| query.wants("short_reference_id", &found.short_reference_id))
        .filter(|found| query.wants("status", &found.status))
        .filter(|found| query.wants("transfer_currency", &found.amounts.transfer_currency))
        .filter(|found| from.is_none_or(|from| found.created_at >= from))
        .filter(|found| to.is_none_or(|to| found.created_at <= to))
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.sequence));
    let items: Vec<Value> = found.into_iter().map(body).collect();
    ok(cursor_page(items, query, Sizes::new(100, 10, 1000))?)
}

pub fn cancel(call: &mut Call<'_>) -> Reply {
    let id = own(call)?;
    lifecycle::ask_to_cancel(call.world, &id, call.now)?;
    ok(json!({}))
}

/// Only for a funding that waits to be confirmed, which payouts from the wallet never do (C: the code).
pub fn confirm_funding(call: &mut Call<'_>) -> Reply {
    let id = own(call)?;
    let waits =
        call.world.transfers.get(&id).is_some_and(|found| found.funding == "REQUIRES_FUNDING_CONFIRMATION");
    if !waits {
        let message = "the funding waits for no confirmation";
        return Err(ApiError::new(400, "confirm_funding_unsupported", message).at("funding.status"));
    }
    if let Some(transfer) = call.world.transfers.get_mut(&id) {
        transfer.funding = "SCHEDULED".to_owned();
    }
    show(call.world, &id)
}

/// `x-api-version` is mandatory here (D).
pub fn transition(call: &mut Call<'_>) -> Reply {
    if !call.headers.contains_key("x-api-version") {
        return Err(ApiError::invalid("x-api-version", "the version must be named here"));
    }
    let id = own(call)?;
    let next = call.need("next_status")?;
    let failure = text_at(&call.body, "failure_type");
    lifecycle::transition(call.world, &id, &next, failure.as_deref(), call.now)?;
    show(call.world, &id)
}

//! Balances, their history, and financial transactions.

use chrono::Duration;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::call::Call;
use crate::wire::{ApiError, Reply, Sizes, cursor_page, number, numbered_page, ok, stamp, stamp_millis};
use crate::world::money::Entry;

/// A bare array of the currencies that were ever touched (D, A).
pub fn current(call: &mut Call<'_>) -> Reply {
    let account =
        call.world.accounts.get(call.account()).ok_or_else(|| ApiError::not_found("the account"))?;
    let rows = account.balances.iter().map(|(currency, wallet)| {
        json!({
            "currency": currency,
            "available_amount": number(wallet.available),
            "pending_amount": number(wallet.pending),
            "reserved_amount": number(Decimal::ZERO),
            "prepayment_amount": number(Decimal::ZERO),
            "total_amount": number(wallet.available + wallet.pending),
        })
    });
    ok(rows.collect())
}

/// Newest first.
fn entries<'a>(call: &'a Call<'_>) -> Vec<&'a Entry> {
    let (prefix, visible_until) = (format!("{} ", call.account()), call.visible_until());
    let mut found: Vec<&Entry> = call.world.ledger.under(&prefix).map(|(_, entry)| entry).collect();
    found.retain(|entry| entry.at <= visible_until);
    found.reverse();
    found
}

/// Further back only cursors lead (D).
const LAST_PAGE: usize = 10_000;

/// Seven days at most when pages are numbered; walked by cursor there is no bound (D).
pub fn history(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let (mut from, to) = (query.instant("from_post_at")?, query.instant("to_post_at")?);
    let is_walked = query.get("page").is_some();
    if !is_walked {
        let week = Duration::days(7);
        let until = to.unwrap_or(call.now);
        match from {
            Some(from) if until - from > week => {
                return Err(ApiError::invalid("to_post_at", "at most seven days after from_post_at"));
            }
            Some(_) => {}
            None => from = Some(until - week),
        }
    }
    let items: Vec<Value> = entries(call)
        .into_iter()
        .filter(|entry| query.wants("currency", &entry.currency))
        .filter(|entry| query.wants("request_id", &request_id(call, entry)))
        .filter(|entry| from.is_none_or(|from| entry.at >= from) && to.is_none_or(|to| entry.at < to))
        .map(line)
        .collect();
    let sizes = Sizes::new(100, 10, 2000);
    if is_walked {
        let mut page = cursor_page(items, query, sizes)?;
        page["has_more"] = json!(!page["page_after"].is_null());
        return ok(page);
    }
    let is_beyond =
        query.get("page_num").is_some_and(|page| page.parse::<usize>().is_ok_and(|page| page > LAST_PAGE));
    if is_beyond {
        return Err(ApiError::invalid("page_num", format!("0 to {LAST_PAGE}")));
    }
    let mut page = numbered_page(items, query, sizes)?;
    page["page_after"] = Value::Null;
    page["page_before"] = Value::Null;
    ok(page)
}

/// The `request_id` of the resource behind a movement.
fn request_id(call: &Call<'_>, entry: &Entry) -> String {
    let world = &call.world;
    let of_transfer = || world.transfers.get(&entry.source).map(|found| found.request_id.clone());
    let of_movement = || world.movements.get(&entry.source).map(|found| found.request_id.clone());
    let of_conversion = || world.conversions.get(&entry.source).map(|found| found.request_id.clone());
    of_transfer().or_else(of_movement).or_else(of_conversion).unwrap_or_default()
}

/// What balance history calls a movement (02 §7.5): a return has the name of what it returns.
fn source_type(kind: &str) -> &str {
    match kind {
        "PAYOUT_REVERSAL" | "PAYOUT_FAILURE" => "PAYOUT",
        "CONVERSION_SELL" | "CONVERSION_BUY" | "CONVERSION_REVERSAL" => "CONVERSION",
        other => other,
    }
}

fn line(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "amount": number(entry.amount),
        "balance": number(entry.balance),
        "currency": entry.currency,
        "description": source_type(&entry.kind).to_lowercase(),
        "fee": 0,
        "posted_at": stamp(entry.at),
        "source": entry.source,
        "source_type": source_type(&entry.kind),
        "transaction_type": transaction_type(&entry.kind),
    })
}

/// Charges have no name of their own among financial transactions (A).
fn transaction_type(kind: &str) -> &str {
    if kind == "CHARGE" { "TRANSFER" } else { kind }
}

/// Fees are rows of their own, so that `fee` is 0 on what they belong to (C).
fn body(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "batch_id": null,
        "source_id": entry.source,
        "source_type": source_type(&entry.kind),
        "transaction_type": transaction_type(&entry.kind),
        "funding_source_id": null,
        "currency": entry.currency,
        "amount": number(entry.amount),
        "net": number(entry.amount),
        "fee": 0,
        "client_rate": entry.rate.map(number),
        "currency_pair": entry.currency_pair,
        "description": source_type(&entry.kind).to_lowercase(),
        "status": "SETTLED",
        "estimated_settled_at": stamp_millis(entry.at),
        "settled_at": stamp_millis(entry.at),
        "created_at": stamp_millis(entry.at),
    })
}

pub fn transactions(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let (from, to) = (query.instant("from_created_at")?, query.instant("to_created_at")?);
    let items: Vec<Value> = entries(call)
        .into_iter()
        .filter(|entry| query.wants("source_id", &entry.source) && query.wants("currency", &entry.currency))
        .filter(|_| query.wants("status", "SETTLED") && query.get("batch_id").is_none())
        .filter(|entry| from.is_none_or(|from| entry.at >= from) && to.is_none_or(|to| entry.at <= to))
        .map(body)
        .collect();
    ok(numbered_page(items, query, Sizes::new(100, 10, 1000))?)
}

pub fn transaction(call: &mut Call<'_>) -> Reply {
    let found = entries(call).into_iter().find(|entry| entry.id == call.id());
    ok(body(found.ok_or_else(|| ApiError::not_found("the financial transaction"))?))
}

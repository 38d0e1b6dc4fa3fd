//! Taking a conversion back before it settles (03 §e.3).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::conversions::set;
use crate::call::Call;
use crate::wallet::{self, Booking};
use crate::wire::{ApiError, Reply, created, number, ok, round, stamp, text_at};
use crate::world::money::{Conversion, ConversionAmendment};

pub const MEMBERS: &[&str] = &["request_id", "conversion_id", "type", "charge_currency", "metadata.*"];

/// The conversion of a request, if it can still be taken back.
fn open(call: &Call<'_>) -> Result<Conversion, ApiError> {
    let id = call.need("conversion_id")?;
    if call.need("type")? != "CANCEL" {
        return Err(ApiError::invalid("type", "CANCEL"));
    }
    let found = call.world.conversions.get(&id).filter(|found| found.account == call.account());
    let found = found.ok_or_else(|| {
        ApiError::new(400, "does_not_exist", "there is no such conversion").at("conversion_id")
    })?;
    if !matches!(found.status.as_str(), "SCHEDULED" | "OVERDUE") {
        let message = "only a conversion that has not settled can be cancelled";
        return Err(ApiError::new(400, "invalid_status_for_operation", message).at("conversion_id"));
    }
    Ok(found.clone())
}

/// What it costs: 0.2 % of the sold amount (A), in one of the two currencies.
fn charge(call: &Call<'_>, conversion: &Conversion) -> Result<(Decimal, String), ApiError> {
    let deal = &conversion.deal;
    let currency = text_at(&call.body, "charge_currency").unwrap_or_else(|| deal.sell_currency.clone());
    let amount = if currency == deal.sell_currency {
        deal.sell_amount
    } else if currency == deal.buy_currency {
        deal.buy_amount
    } else {
        let message = "one of the conversion's two currencies";
        return Err(ApiError::new(400, "invalid_charge_currency", message).at("charge_currency"));
    };
    Ok((round(amount * Decimal::new(2, 3), &currency), currency))
}

fn body(call: &Call<'_>, conversion: &Conversion, charge: &(Decimal, String)) -> Value {
    json!({
        "conversion_id": conversion.id,
        "request_id": text_at(&call.body, "request_id"),
        "type": "CANCEL",
        "charges": [{
            "type": "FEE",
            "amount": number(charge.0),
            "currency": charge.1,
            "currency_pair": conversion.deal.currency_pair,
            "client_rate": number(conversion.deal.client_rate),
            "awx_rate": number(conversion.deal.awx_rate),
        }],
        "metadata": call.body.get("metadata"),
        "created_at": stamp(call.now),
        "updated_at": stamp(call.now),
    })
}

pub fn quote(call: &mut Call<'_>) -> Reply {
    let conversion = open(call)?;
    let charge = charge(call, &conversion)?;
    ok(body(call, &conversion, &charge))
}

pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = call.need("request_id")?;
    let account = call.account().to_owned();
    call.refuse_duplicate("conversion_amendments", &request_id)?;
    let conversion = open(call)?;
    let charge = charge(call, &conversion)?;
    let balance = call.world.accounts.get(&account).and_then(|known| known.balances.get(&charge.1));
    if balance.is_none_or(|balance| balance.available < charge.0) {
        let message = "the wallet does not cover the charge";
        return Err(ApiError::new(400, "operation_failed", message).at("charge_currency"));
    }
    let (id, now) = (call.world.uuid(), call.now);
    let mut answer = body(call, &conversion, &charge);
    answer["amendment_id"] = json!(id);
    answer["short_reference_id"] = json!(call.world.short_reference('A', now));
    let cost =
        Booking { account: &account, currency: &charge.1, amount: -charge.0, kind: "FEE", source: &id };
    wallet::book(call.world, now, &cost);
    set(call.world, &conversion.id, "CANCELLED", now);
    call.world.use_request_id("conversion_amendments", &account, &request_id, &id, now);
    let sequence = call.world.sequence();
    let row = ConversionAmendment {
        id: id.clone(),
        account,
        conversion: conversion.id,
        body: answer.clone(),
        sequence,
    };
    call.world.conversion_amendments.insert(id, row);
    created(answer)
}

pub fn get(call: &mut Call<'_>) -> Reply {
    match call.world.conversion_amendments.get(call.id()).filter(|found| found.account == call.account()) {
        Some(found) => ok(found.body.clone()),
        None => Err(ApiError::not_found("the amendment")),
    }
}

pub fn list(call: &mut Call<'_>) -> Reply {
    let conversion = call.query.get("conversion_id").ok_or_else(|| ApiError::required("conversion_id"))?;
    let mut found: Vec<_> = call
        .world
        .conversion_amendments
        .values()
        .filter(|found| found.account == call.account() && found.conversion == *conversion)
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.sequence));
    ok(
        json!({ "has_more": false, "items": found.into_iter().map(|found| found.body.clone()).collect::<Vec<_>>() }),
    )
}

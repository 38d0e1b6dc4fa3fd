//! Batches themselves. Every call answers 200 with the batch (D).

use chrono::Duration;
use serde_json::{Value, json};

use super::lifecycle;
use crate::call::Call;
use crate::wire::{ApiError, Reply, Sizes, cursor_page, merge, number, ok, stamp, text_at};
use crate::world::money::Batch;
use crate::{funds, transfers};

/// How long a quote of a batch lasts (D: in the published example).
const QUOTE_SECONDS: i64 = 180;

pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = call.need("request_id")?;
    let account = call.account().to_owned();
    if call.world.object_of_request("batch_transfers", &account, &request_id).is_some() {
        let code = "batch_request_id_duplicate";
        // The source repeats the code (D).
        return Err(ApiError::new(400, code, "the request_id has been used").at(code).with(json!({})));
    }
    check_metadata(&call.body)?;
    if call.body.get("funding_source").is_some_and(Value::is_object) {
        check_funding(call)?;
    }
    let transfer_date = transfers::dated(&call.body, call.now.date_naive(), "transfer_date_invalid")?;
    let mut echo = json!({});
    for name in ["name", "remarks", "metadata", "funding_source"] {
        merge(&mut echo, &json!({ name: call.body.get(name) }));
    }
    let now = call.now;
    let batch = Batch {
        id: call.world.uuid(),
        account: account.clone(),
        request_id: request_id.clone(),
        short_reference_id: call.world.short_reference('B', now),
        status: "DRAFTING".to_owned(),
        funding: None,
        transfer_date,
        echo,
        quoted_at: None,
        items: vec![],
        updated_at: now,
        sequence: call.world.sequence(),
    };
    let (id, answer) = (batch.id.clone(), body(&batch));
    call.world.use_request_id("batch_transfers", &account, &request_id, &id, now);
    call.world.batches.insert(id, batch);
    ok(answer)
}

/// Fewer than 15 keys, under 4500 characters in all (D).
fn check_metadata(body: &Value) -> Result<(), ApiError> {
    let Some(metadata) = body.get("metadata").and_then(Value::as_object) else { return Ok(()) };
    let length: usize = metadata
        .iter()
        .map(|(key, value)| key.chars().count() + value.as_str().map_or(0, |text| text.chars().count()))
        .sum();
    if metadata.len() >= 15 || length >= 4500 {
        return Err(ApiError::new(
            400,
            "metadata_above_size_limit",
            "fewer than 15 keys, under 4500 characters",
        )
        .at("metadata"));
    }
    Ok(())
}

/// A date goes only with wallet funding (D).
fn check_funding(call: &Call<'_>) -> Result<(), ApiError> {
    let kind = text_at(&call.body, "funding_source.deposit_type");
    if kind.is_some_and(|kind| kind != "DIRECT_DEBIT" && kind != "FASTER_DIRECT_DEBIT") {
        let path = "funding_source.deposit_type";
        return Err(
            ApiError::new(400, "invalid_deposit_type", "DIRECT_DEBIT or FASTER_DIRECT_DEBIT").at(path)
        );
    }
    if text_at(&call.body, "transfer_date").is_some() {
        let message = "a date goes only with funding from the wallet";
        return Err(ApiError::new(400, "transfer_date_invalid", message).at("transfer_date"));
    }
    funds::check_source(&call.body, "funding_source.id")
}

pub fn own(call: &Call<'_>) -> Result<Batch, ApiError> {
    let found = call.world.batches.get(call.id()).filter(|found| found.account == call.account());
    found.cloned().ok_or_else(|| ApiError::not_found("the batch"))
}

/// A batch that can still be changed.
pub fn drafting(call: &Call<'_>) -> Result<Batch, ApiError> {
    let batch = own(call)?;
    if batch.status == "DRAFTING" {
        return Ok(batch);
    }
    Err(ApiError::new(400, "invalid_status_for_operation", "the batch is submitted already").at("status"))
}

pub fn show(call: &Call<'_>, id: &str) -> Reply {
    match call.world.batches.get(id) {
        Some(batch) => ok(body(batch)),
        None => Err(ApiError::not_found("the batch")),
    }
}

pub fn get(call: &mut Call<'_>) -> Reply {
    ok(body(&own(call)?))
}

pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let visible_until = call.visible_until();
    let mut found: Vec<_> = call
        .world
        .batches
        .values()
        .filter(|batch| batch.account == call.account() && batch.updated_at <= visible_until)
        .filter(|batch| query.wants("request_id", &batch.request_id) && query.wants("status", &batch.status))
        .filter(|batch| query.wants("short_reference_id", &batch.short_reference_id))
        .collect();
    found.sort_by_key(|batch| std::cmp::Reverse(batch.sequence));
    ok(cursor_page(found.into_iter().map(body).collect(), query, Sizes::new(50, 10, 50))?)
}

/// Holds the rates of the valid items that need one.
pub fn quote(call: &mut Call<'_>) -> Reply {
    let batch = own(call)?;
    if !matches!(batch.status.as_str(), "DRAFTING" | "IN_APPROVAL") {
        return Err(
            ApiError::new(400, "invalid_status_for_operation", "the batch is submitted already").at("status")
        );
    }
    if let Some(row) = call.world.batches.get_mut(&batch.id) {
        row.quoted_at = Some(call.now);
    }
    show(call, &batch.id)
}

/// Only valid items go (D).
pub fn submit(call: &mut Call<'_>) -> Reply {
    let batch = drafting(call)?;
    if !batch.items.iter().any(|item| item.status == "VALIDATED") {
        return Err(
            ApiError::new(400, "invalid_status_for_operation", "the batch has no valid item").at("items")
        );
    }
    lifecycle::submit(call.world, &batch.id, call.now);
    show(call, &batch.id)
}

pub fn delete(call: &mut Call<'_>) -> Reply {
    let batch = drafting(call)?;
    call.world.batches.remove(&batch.id);
    ok(body(&batch))
}

pub fn body(batch: &Batch) -> Value {
    let valid = batch.items.iter().filter(|item| item.status != "VALIDATION_FAILED").count();
    let mut body = json!({
        "id": batch.id,
        "request_id": batch.request_id,
        "short_reference_id": batch.short_reference_id,
        "status": batch.status,
        "total_item_count": batch.items.len(),
        "valid_item_count": valid,
        "transfer_date": batch.transfer_date.to_string(),
        "updated_at": stamp(batch.updated_at),
    });
    merge(&mut body, &batch.echo);
    if let Some(funding) = &batch.funding {
        body["funding"] = json!({ "status": funding });
        if funding == "FAILED" {
            body["funding"]["failure_reason"] = json!("INSUFFICIENT_FUNDS");
        }
    }
    if let Some(at) = batch.quoted_at {
        body["quote_summary"] = json!({
            "last_quoted_at": stamp(at),
            "expires_at": stamp(at + Duration::seconds(QUOTE_SECONDS)),
            "quotes": quotes(batch),
        });
    }
    body
}

/// One line for each pair among the valid items.
fn quotes(batch: &Batch) -> Vec<Value> {
    let drafts = batch.items.iter().filter_map(|item| item.draft.as_ref());
    let mut lines: Vec<(String, Value)> = vec![];
    for draft in drafts {
        let (Some(deal), amounts) = (&draft.deal, &draft.amounts) else { continue };
        let known = lines.iter_mut().find(|(pair, _)| *pair == deal.currency_pair);
        let (pays, receives, fee) = (amounts.payer_pays, amounts.beneficiary_receives, amounts.fee);
        match known {
            Some((_, line)) => {
                for (name, amount) in [
                    ("amount_payer_pays", pays),
                    ("amount_beneficiary_receives", receives),
                    ("fee_amount", fee),
                ] {
                    let sum: rust_decimal::Decimal = line[name].to_string().parse().unwrap_or_default();
                    line[name] = number(sum + amount);
                }
            }
            None => lines.push((
                deal.currency_pair.clone(),
                json!({
                    "currency_pair": deal.currency_pair,
                    "client_rate": number(deal.client_rate),
                    "source_currency": amounts.source_currency,
                    "transfer_currency": amounts.transfer_currency,
                    "amount_payer_pays": number(pays),
                    "amount_beneficiary_receives": number(receives),
                    "fee_amount": number(fee),
                    "fee_currency": amounts.source_currency,
                }),
            )),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

//! The status machine of batches (03 §d) and the events of its moves.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveTime};
use rust_decimal::Decimal;

use super::routes::body;
use crate::clock::Instant;
use crate::webhooks::emit;
use crate::wire::ApiError;
use crate::world::World;
use crate::world::money::{Batch, Draft};
use crate::world::steering::Due;
use crate::{transfers, wallet};

/// Funding from the wallet is tried again this often (D).
const RETRY_MINUTES: i64 = 30;

/// DRAFTING → IN_APPROVAL where the account has a workflow, else SCHEDULED.
pub fn submit(world: &mut World, id: &str, now: Instant) {
    if world.meta.settings.approval_workflow {
        set(world, id, "IN_APPROVAL", now)
    } else {
        schedule(world, id, now)
    }
}

/// What the approvers decide, in the web app.
pub fn decide(world: &mut World, id: &str, decision: &str, now: Instant) -> Result<(), ApiError> {
    let batch = world.batches.get(id).ok_or_else(|| ApiError::not_found("the batch"))?;
    if batch.status != "IN_APPROVAL" {
        return Err(ApiError::invalid("status", "the batch is not IN_APPROVAL"));
    }
    match decision {
        "APPROVED" => schedule(world, id, now),
        "APPROVAL_RECALLED" | "APPROVAL_REJECTED" | "APPROVAL_BLOCKED" => set(world, id, decision, now),
        _ => {
            let words = "APPROVED, APPROVAL_RECALLED, APPROVAL_REJECTED or APPROVAL_BLOCKED";
            return Err(ApiError::invalid("decision", words));
        }
    }
    Ok(())
}

fn schedule(world: &mut World, id: &str, now: Instant) {
    if let Some(batch) = world.batches.get_mut(id) {
        batch.funding = Some("SCHEDULED".to_owned());
    }
    set(world, id, "SCHEDULED", now);
    tell_funding(world, id, now);
    let Some(batch) = world.batches.get(id) else { return };
    let date = batch.transfer_date.and_time(NaiveTime::MIN).and_utc();
    world.later(date.max(now) + Duration::milliseconds(300), Due::Batch { batch: id.to_owned() });
}

/// Its time has come: every valid item is booked, or the whole batch waits for money.
pub fn advance(world: &mut World, id: &str, now: Instant) {
    let Some(batch) = world.batches.get(id) else { return };
    if !matches!(batch.status.as_str(), "SCHEDULED" | "OVERDUE") {
        return;
    }
    let is_first = batch.status == "SCHEDULED";
    if !is_covered(world, batch) {
        if is_first {
            if let Some(row) = world.batches.get_mut(id) {
                row.funding = Some("FAILED".to_owned());
            }
            tell_funding(world, id, now);
            set(world, id, "OVERDUE", now);
        }
        world.later(now + Duration::minutes(RETRY_MINUTES), Due::Batch { batch: id.to_owned() });
        return;
    }
    let batch = batch.clone();
    if let Some(row) = world.batches.get_mut(id) {
        row.funding = Some("FUNDED".to_owned());
    }
    tell_funding(world, id, now);
    set(world, id, "BOOKING", now);
    let (mut booked, mut failed) = (0, 0);
    for index in 0..batch.items.len() {
        match book(world, &batch, index, now) {
            Some(true) => booked += 1,
            Some(false) => failed += 1,
            None => {}
        }
    }
    let end = match (booked, failed) {
        (0, _) => "FAILED",
        (_, 0) => "BOOKED",
        _ => "PARTIALLY_BOOKED",
    };
    set(world, id, end, now);
}

/// What all items take from the wallet together.
fn is_covered(world: &World, batch: &Batch) -> bool {
    let mut needed: BTreeMap<&str, Decimal> = BTreeMap::new();
    for draft in batch.items.iter().filter_map(|item| item.draft.as_ref()) {
        *needed.entry(draft.amounts.source_currency.as_str()).or_default() += draft.amounts.payer_pays;
    }
    needed.into_iter().all(|(currency, sum)| wallet::available(world, &batch.account, currency) >= sum)
}

/// One item: a `request_id` that another transfer has used is found out only now (A).
fn book(world: &mut World, batch: &Batch, index: usize, now: Instant) -> Option<bool> {
    let item = batch.items.get(index)?;
    let draft = item.draft.clone()?;
    let is_used = transfers::is_used(world, &batch.account, &item.request_id, now).is_some();
    let transfer = (!is_used).then(|| {
        // An item has no date of its own (D).
        let draft = Draft { transfer_date: batch.transfer_date, ..draft };
        transfers::book(world, &batch.account, draft, item.request_id.clone(), Some(&batch.id), now)
    });
    let row = world.batches.get_mut(&batch.id)?.items.get_mut(index)?;
    row.updated_at = now;
    row.status = if transfer.is_some() { "BOOKED" } else { "BOOKING_FAILED" }.to_owned();
    if transfer.is_none() {
        row.errors.push(serde_json::json!({ "source": "request_id", "code": "duplicate_request_id" }));
    }
    let is_booked = transfer.is_some();
    row.transfer = transfer;
    Some(is_booked)
}

fn set(world: &mut World, id: &str, status: &str, now: Instant) {
    if let Some(batch) = world.batches.get_mut(id) {
        batch.status = status.to_owned();
        batch.updated_at = now;
    }
    tell(world, id, &status.to_lowercase(), now);
}

fn tell_funding(world: &mut World, id: &str, now: Instant) {
    let funding = world.batches.get(id).and_then(|batch| batch.funding.clone()).unwrap_or_default();
    tell(world, id, &format!("funding.{}", funding.to_lowercase()), now);
}

fn tell(world: &mut World, id: &str, what: &str, now: Instant) {
    let Some(batch) = world.batches.get(id) else { return };
    let (account, data) = (batch.account.clone(), body(batch));
    emit(world, now, &format!("payout.batch_transfers.{what}"), &account, id, data);
}

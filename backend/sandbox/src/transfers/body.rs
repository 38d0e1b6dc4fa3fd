//! The bodies of transfers (03 §c.3).

use serde_json::{Value, json};

use crate::wire::{merge, number, stamp};
use crate::world::money::{Amounts, ApplicationFee, Deal, Draft, Transfer};

/// The body of *Get transfer*.
pub fn body(transfer: &Transfer) -> Value {
    let mut body = json!({
        "id": transfer.id,
        "request_id": transfer.request_id,
        "short_reference_id": transfer.short_reference_id,
        "status": transfer.status,
    });
    merge(&mut body, &amounts(&transfer.amounts));
    merge(
        &mut body,
        &json!({
            "transfer_method": transfer.transfer_method,
            "transfer_date": transfer.transfer_date.to_string(),
            "funding": funding(transfer),
            "beneficiary": transfer.beneficiary,
            "payer": transfer.payer,
            "conversion": transfer.conversion,
            "batch_transfer_id": transfer.batch,
            "created_at": stamp(transfer.created_at),
            "updated_at": stamp(transfer.updated_at),
        }),
    );
    merge(&mut body, &transfer.echo);
    if !transfer.application_fees.is_empty() {
        body["application_fees"] = fees(&transfer.application_fees);
    }
    if let Some(at) = transfer.dispatched_at {
        body["dispatch_date"] = json!(stamp(at));
        let reference = transfer.short_reference_id.as_str();
        body["dispatch_info"] =
            json!({ "external_reference": reference, "external_reference_type": "TRACE_NUMBER" });
    }
    if let Some(failure) = &transfer.failure {
        body["failure"] =
            json!({ "code": failure.code, "message": failure.message, "details": { "type": failure.kind } });
    }
    body
}

/// The same without what only a booked transfer has, for an item of a batch (D).
pub fn draft_body(draft: &Draft) -> Value {
    let mut body = amounts(&draft.amounts);
    merge(
        &mut body,
        &json!({
            "transfer_method": draft.transfer_method,
            "beneficiary": draft.beneficiary,
            "payer": draft.payer,
            "conversion": conversion(draft.deal.as_ref()),
        }),
    );
    merge(&mut body, &draft.echo);
    body
}

fn amounts(amounts: &Amounts) -> Value {
    json!({
        "source_currency": amounts.source_currency,
        "source_amount": number(amounts.source),
        "transfer_currency": amounts.transfer_currency,
        "transfer_amount": number(amounts.transfer),
        "amount_payer_pays": number(amounts.payer_pays),
        "amount_beneficiary_receives": number(amounts.beneficiary_receives),
        "fee_amount": number(amounts.fee),
        "fee_currency": amounts.source_currency,
        "fee_paid_by": amounts.fee_paid_by,
    })
}

/// Pair and rate, when the currencies differ (D).
pub fn conversion(deal: Option<&Deal>) -> Option<Value> {
    deal.map(|deal| json!({ "currency_pair": deal.currency_pair, "rate": number(deal.client_rate) }))
}

fn fees(fees: &[ApplicationFee]) -> Value {
    crate::fx::told_fees(fees)
}

/// A failed funding says why (A: the word).
fn funding(transfer: &Transfer) -> Value {
    match transfer.funding.as_str() {
        "FAILED" => json!({ "status": "FAILED", "failure_reason": "INSUFFICIENT_FUNDS" }),
        status => json!({ "status": status }),
    }
}

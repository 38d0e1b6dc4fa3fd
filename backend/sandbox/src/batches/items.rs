//! The items of a batch: checked when they are added, each by itself.

use serde_json::{Value, json};

use super::routes::{drafting, own, show};
use crate::call::Call;
use crate::transfers::{draft_body, read};
use crate::wire::{ApiError, Reply, Sizes, cursor_page, list_at, ok, stamp, text_at};
use crate::world::money::{Batch, BatchItem};

/// At most this many in one call, and in one batch (D).
const PER_CALL: usize = 100;
const PER_BATCH: usize = 1000;

pub fn add(call: &mut Call<'_>) -> Reply {
    let mut batch = own(call)?;
    if batch.status != "DRAFTING" {
        let message = "the batch is submitted already";
        return Err(ApiError::new(400, "add_batch_item_unsupported", message).at("status"));
    }
    let given = list_at(&call.body, "items").to_vec();
    if given.is_empty() {
        return Err(ApiError::required("items"));
    }
    if given.len() > PER_CALL || batch.items.len() + given.len() > PER_BATCH {
        let message = format!("at most {PER_CALL} items in a call and {PER_BATCH} in a batch");
        return Err(ApiError::invalid("items", message));
    }
    for (index, item) in given.iter().enumerate() {
        if !item.is_object() {
            return Err(ApiError::invalid(&format!("items[{index}]"), "an item is an object"));
        }
        let item = checked(call, &batch, item);
        batch.items.push(item);
    }
    batch.updated_at = call.now;
    let id = batch.id.clone();
    call.world.batches.insert(id.clone(), batch);
    show(call, &id)
}

/// An item with what is wrong about it. Application fees are ignored here (D, A: single payouts only).
fn checked(call: &mut Call<'_>, batch: &Batch, item: &Value) -> BatchItem {
    let request_id = text_at(item, "request_id");
    let mut body = item.clone();
    if let Some(members) = body.as_object_mut() {
        for name in
            ["application_fee_options", "transfer_date", "quote_id", "lock_rate_on_create", "client_data"]
        {
            members.shift_remove(name);
        }
    }
    let mut errors = vec![];
    for name in ["request_id", "source_currency", "transfer_currency"] {
        if text_at(item, name).is_none() {
            errors.push(json!({ "source": name, "code": "001" }));
        }
    }
    if request_id.is_some() && batch.items.iter().any(|known| Some(&known.request_id) == request_id.as_ref())
    {
        errors.push(json!({ "source": "request_id", "code": "request_id_in_batch_duplicate" }));
    }
    let mut draft = None;
    match read(call, &body) {
        Ok(good) if errors.is_empty() => draft = Some(good),
        Ok(_) => {}
        Err(error) => errors.extend(told(error)),
    }
    BatchItem {
        id: call.world.uuid(),
        request_id: request_id.unwrap_or_default(),
        status: if draft.is_some() { "VALIDATED" } else { "VALIDATION_FAILED" }.to_owned(),
        errors,
        draft,
        transfer: None,
        updated_at: call.now,
    }
}

/// A refusal as an item tells it.
fn told(error: ApiError) -> Vec<Value> {
    let listed =
        error.details.as_ref().map(|details| list_at(details, "errors").to_vec()).unwrap_or_default();
    if listed.is_empty() { vec![json!({ "source": error.source, "code": error.code })] } else { listed }
}

pub fn list(call: &mut Call<'_>) -> Reply {
    let batch = own(call)?;
    let items = batch.items.iter().map(body).collect();
    ok(cursor_page(items, call.query, Sizes::new(1000, 10, 1000))?)
}

pub fn delete(call: &mut Call<'_>) -> Reply {
    let mut batch = drafting(call)?;
    let ids: Vec<&str> = list_at(&call.body, "item_ids").iter().filter_map(Value::as_str).collect();
    if ids.is_empty() {
        return Err(ApiError::required("item_ids"));
    }
    if let Some(unknown) = ids.iter().position(|id| !batch.items.iter().any(|item| item.id == *id)) {
        return Err(ApiError::invalid(&format!("item_ids[{unknown}]"), "there is no such item"));
    }
    batch.items.retain(|item| !ids.contains(&item.id.as_str()));
    batch.updated_at = call.now;
    let id = batch.id.clone();
    call.world.batches.insert(id.clone(), batch);
    show(call, &id)
}

fn body(item: &BatchItem) -> Value {
    json!({
        "id": item.id,
        "request_id": item.request_id,
        "status": item.status,
        "errors": item.errors,
        "transfer_draft": item.draft.as_ref().map(draft_body),
        "transfer_id": item.transfer,
        "updated_at": stamp(item.updated_at),
    })
}

//! Batch transfers (D, part 03 §d): payouts that are checked one by one and sent together. They carry no
//! application fees.

use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, Recovery};
use crate::document::told;
use crate::paging::{Style, find_by_request_id, walk};
use crate::word::words;
use crate::{Access, Client, Error, FieldError, Rest};

words! {
    /// Where a batch stands (D, part 03 §d). What comes after BOOKED each transfer tells for itself.
    BatchStatus {
        /// Items can still be added and deleted.
        Drafting = "DRAFTING",
        /// Waits for the account's own approval workflow.
        InApproval = "IN_APPROVAL",
        ApprovalRecalled = "APPROVAL_RECALLED",
        ApprovalRejected = "APPROVAL_REJECTED",
        ApprovalBlocked = "APPROVAL_BLOCKED",
        /// Waits for its date or its funds.
        Scheduled = "SCHEDULED",
        /// The wallet did not cover it; tried again every 30 minutes.
        Overdue = "OVERDUE",
        /// Its items are becoming transfers.
        Booking = "BOOKING",
        Booked = "BOOKED",
        /// Some items became transfers, others did not (A).
        PartiallyBooked = "PARTIALLY_BOOKED",
        Failed = "FAILED",
        CancellationRequested = "CANCELLATION_REQUESTED",
        Cancelled = "CANCELLED",
    }
}

words! {
    /// Where an item of a batch stands (D, part 03 §d).
    ItemStatus {
        Validated = "VALIDATED",
        /// Stays behind when the batch is sent; [`Item::errors`] says why.
        ValidationFailed = "VALIDATION_FAILED",
        Booking = "BOOKING",
        /// It is a transfer by now, see [`Item::transfer_id`].
        Booked = "BOOKED",
        BookingFailed = "BOOKING_FAILED",
    }
}

/// A batch to open, funded from the wallet (D).
#[derive(Debug, Clone, Serialize)]
pub struct NewBatch<'a> {
    /// Unique per account (A); a repeated one is [`Error::Duplicate`] (`batch_request_id_duplicate`, D).
    pub request_id: &'a str,
    /// A label of one's own (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// A note of one's own (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remarks: Option<&'a str>,
    /// Fewer than 15 keys, under 4500 characters in all.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
    /// `YYYY-MM-DD`; only with funding from the wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_date: Option<&'a str>,
}

/// A batch, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Batch {
    /// Airwallex's own id, opaque.
    pub id: String,
    /// The one that it was created with (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// Where it stands (D).
    pub status: BatchStatus,
    /// How many items it has, at most 1000 (D).
    #[serde(default)]
    pub total_item_count: Option<u32>,
    /// How many of them passed the checks; only these are sent (D).
    #[serde(default)]
    pub valid_item_count: Option<u32>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One payout of a batch, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Item {
    /// Airwallex's own id of the item, which [`delete_items`] takes (D).
    pub id: String,
    /// Its own; twice in one batch is `request_id_in_batch_duplicate` (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// Where it stands (D).
    pub status: ItemStatus,
    /// What is wrong with it (D).
    #[serde(default, deserialize_with = "told")]
    pub errors: Vec<FieldError>,
    /// The transfer that came of it.
    #[serde(default)]
    pub transfer_id: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Starts DRAFTING. A lost answer is recovered by [`find`].
pub async fn create(client: &Client, access: &Access, batch: &NewBatch<'_>) -> Result<Batch, Error> {
    let call = Call::post("/api/v1/batch_transfers/create", &[], Recovery::ByRequestId);
    client.send(access, call.json(batch)?).await
}

/// One batch; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Batch, Error> {
    client.send(access, Call::get("/api/v1/batch_transfers/{}", &[id])).await
}

/// Looks up by `request_id`. An empty answer is no evidence: lists may lag.
pub async fn find(client: &Client, access: &Access, request_id: &str) -> Result<Option<Batch>, Error> {
    find_by_request_id(client, access, "/api/v1/batch_transfers", request_id, |found: &Batch| {
        found.request_id.as_deref()
    })
    .await
}

/// Which batches to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The one that [`create`] was given (D).
    pub request_id: Option<String>,
    /// `B`, the date as `yymmdd`, and 7 characters (D).
    pub short_reference_id: Option<String>,
    /// Only those in this status (D).
    pub status: Option<BatchStatus>,
}

/// Newest first (A), from cursor pages of 50, the most there is (D); ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<Batch, Error>> + 'a {
    let call = Call::get("/api/v1/batch_transfers", &[]).query([
        ("request_id", filter.request_id),
        ("short_reference_id", filter.short_reference_id),
        ("status", filter.status.map(|status| status.as_str().to_owned())),
    ]);
    walk(client, access, call, Style::Cursor, 50)
}

/// At most 100 in a call, 1000 in a batch. A lost answer is recovered by listing the items. Each item is a
/// transfer's body without date and quote, its amounts as numbers (D). Only while DRAFTING, else
/// `add_batch_item_unsupported` (D).
pub async fn add_items(client: &Client, access: &Access, id: &str, items: &[Value]) -> Result<Batch, Error> {
    let call = Call::post("/api/v1/batch_transfers/{}/add_items", &[id], Recovery::ByFingerprint);
    client.send(access, call.json(&serde_json::json!({ "items": items }))?).await
}

/// The items of a batch, in no documented order, from cursor pages of 1000, the most there is (D); ends with
/// the first error.
pub fn items<'a>(
    client: &'a Client,
    access: &'a Access,
    id: &str,
) -> impl Stream<Item = Result<Item, Error>> + 'a {
    walk(client, access, Call::get("/api/v1/batch_transfers/{}/items", &[id]), Style::Cursor, 1000)
}

/// By the items' own ids. A lost answer is recovered by listing the items.
pub async fn delete_items(
    client: &Client,
    access: &Access,
    id: &str,
    items: &[&str],
) -> Result<Batch, Error> {
    let call = Call::post("/api/v1/batch_transfers/{}/delete_items", &[id], Recovery::ByFingerprint);
    client.send(access, call.json(&serde_json::json!({ "item_ids": items }))?).await
}

/// Holds the rates for a few minutes. Harmless twice.
pub async fn quote(client: &Client, access: &Access, id: &str) -> Result<Batch, Error> {
    client.send(access, Call::post("/api/v1/batch_transfers/{}/quote", &[id], Recovery::Repeat)).await
}

/// Sends the valid items. A lost answer is recovered by reading the status.
pub async fn submit(client: &Client, access: &Access, id: &str) -> Result<Batch, Error> {
    client.send(access, Call::post("/api/v1/batch_transfers/{}/submit", &[id], Recovery::ByStatus)).await
}

/// While DRAFTING. A lost answer is recovered by reading.
pub async fn delete(client: &Client, access: &Access, id: &str) -> Result<(), Error> {
    client.send_unit(access, Call::post("/api/v1/batch_transfers/{}/delete", &[id], Recovery::ByStatus)).await
}

//! Transfers, that is payouts (D, part 03 §c).

mod new;
mod read;

use futures_util::Stream;
use serde::Serialize;

pub use new::{ApplicationFee, Given, NewTransfer, Options, Payee};
pub use read::{AppliedFee, Exchange, Failure, Funding, FundingStatus, Transfer, TransferStatus};

use crate::call::{Call, Recovery};
use crate::paging::{Style, find_by_request_id, walk};
use crate::{Access, Client, Error, Ready, Timestamp};

pub(crate) const CREATE: &str = "/api/v1/transfers/create";

/// Which transfers to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The one that it was created with; the safe way back after a lost answer (D).
    pub request_id: Option<String>,
    /// `P`, the date as `yymmdd`, a hyphen and 7 characters (D).
    pub short_reference_id: Option<String>,
    /// Only those in this status (D).
    pub status: Option<TransferStatus>,
    /// ISO 4217 (D).
    pub transfer_currency: Option<String>,
    /// Inclusive.
    pub from_created_at: Option<Timestamp>,
    /// Inclusive.
    pub to_created_at: Option<Timestamp>,
}

/// Creates, with the bytes frozen before, in exactly one request: the caller has recorded this send. A
/// lost answer is recovered by [`find`] and, within the seven days for which a `request_id` is remembered (D), by
/// sending the same bytes again. Never renews a login: after [`Error::Unauthorized`] nothing was executed, and
/// the next [`ready`](Client::ready) logs in anew. Refused with
/// `validation_failed`, `amount_above_limit`, `amount_below_limit`, `invalid_quote` or `expired_quote` (D); a
/// repeated `request_id` is [`Error::Duplicate`], which names the first transfer (C).
pub async fn create(
    client: &Client,
    ready: Ready<'_>,
    frozen_version: &str,
    frozen_body: &str,
) -> Result<Transfer, Error> {
    let call = Call::post(CREATE, &[], Recovery::ByRequestId).version(frozen_version).raw(frozen_body);
    client.send_ready(ready, call).await
}

/// The checks of [`create`]; moves nothing and uses no `request_id` up.
pub async fn validate(client: &Client, access: &Access, body: &impl Serialize) -> Result<(), Error> {
    client
        .send_unit(access, Call::post("/api/v1/transfers/validate", &[], Recovery::Repeat).json(body)?)
        .await
}

/// One transfer; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Transfer, Error> {
    client.send(access, Call::get("/api/v1/transfers/{}", &[id])).await
}

/// Looks up by `request_id`. An empty answer is no evidence: lists may lag.
pub async fn find(client: &Client, access: &Access, request_id: &str) -> Result<Option<Transfer>, Error> {
    find_by_request_id(client, access, "/api/v1/transfers", request_id, |found: &Transfer| {
        found.request_id.as_deref()
    })
    .await
}

/// The account's transfers, newest first (D), from cursor pages of 100; ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<Transfer, Error>> + 'a {
    let call = Call::get("/api/v1/transfers", &[]).query([
        ("request_id", filter.request_id),
        ("short_reference_id", filter.short_reference_id),
        ("status", filter.status.map(|status| status.as_str().to_owned())),
        ("transfer_currency", filter.transfer_currency),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, access, call, Style::Cursor, 100)
}

/// Asks to cancel; refused with `can_not_be_edited` when too late. Recovered by reading the status.
pub async fn cancel(client: &Client, access: &Access, id: &str) -> Result<(), Error> {
    client.send_unit(access, Call::post("/api/v1/transfers/{}/cancel", &[id], Recovery::ByStatus)).await
}

/// Confirms a funding that waits for it (`REQUIRES_FUNDING_CONFIRMATION`). Recovered by reading the status.
pub async fn confirm_funding(client: &Client, access: &Access, id: &str) -> Result<Transfer, Error> {
    client.send(access, Call::post("/api/v1/transfers/{}/confirm_funding", &[id], Recovery::ByStatus)).await
}

/// A letter for the payee's bank, as PDF.
pub async fn confirmation_letter(
    client: &Client,
    access: &Access,
    id: &str,
    with_fees: bool,
) -> Result<Vec<u8>, Error> {
    let format = if with_fees { "STANDARD" } else { "NO_FEE_DISPLAY" };
    let body = serde_json::json!({ "transaction_id": id, "format": format });
    let call = Call::post("/api/v1/confirmation_letters/create", &[], Recovery::Repeat).json(&body)?;
    client.send_bytes(access, call).await.map(|answer| answer.body)
}

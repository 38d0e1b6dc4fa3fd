//! Charges (D, part 02 §7.2): the platform pulls from a connected account.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use super::connected_account_transfers::MovementStatus;
use crate::call::{Call, Recovery};
use crate::paging::{Style, find_by_request_id, walk};
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

/// Money to pull from a connected account (D).
#[derive(Debug, Clone, Serialize)]
pub struct NewCharge<'a> {
    /// 1 to 50 characters, unique for the platform.
    pub request_id: &'a str,
    /// In major units, sent as a text; zero is refused with `invalid_argument` (D).
    pub amount: Amount,
    /// ISO 4217, the same on both sides (D).
    pub currency: &'a str,
    /// The account to debit; it must be ACTIVE.
    pub source: &'a str,
    /// A word of part 02 §7.1, such as `business_expenses` (D).
    pub reason: &'a str,
    /// 1 to 140 characters.
    pub reference: &'a str,
}

/// A charge, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    /// Airwallex's own id, a UUID (D).
    pub id: String,
    /// The one that it was created with (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// Where it stands (D).
    pub status: MovementStatus,
    /// In major units (D).
    pub amount: Amount,
    /// ISO 4217 (D).
    pub currency: String,
    /// The account that is debited, `acct_…` (D).
    #[serde(default)]
    pub source: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which ones to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// ISO 4217 (D).
    pub currency: Option<String>,
    /// The account that is debited, `acct_…` (D).
    pub source: Option<String>,
    /// The one that [`create`] was given (D).
    pub request_id: Option<String>,
    /// Only those in this status (D).
    pub status: Option<MovementStatus>,
    /// Inclusive.
    pub from_created_at: Option<Timestamp>,
    /// Inclusive.
    pub to_created_at: Option<Timestamp>,
}

/// Debits the account, credits the platform when settled. A lost answer is recovered by [`find`]. Refused
/// with `insufficient_fund`, or with `validation_failed` when the account is not connected or not operational
/// (D); a repeated `request_id` is [`Error::Duplicate`] (`request_id_duplicate`, D).
pub async fn create(client: &Client, charge: &NewCharge<'_>) -> Result<Charge, Error> {
    let call = Call::post("/api/v1/charges/create", &[], Recovery::ByRequestId);
    client.send(&Access::Platform, call.json(charge)?).await
}

/// One charge; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, id: &str) -> Result<Charge, Error> {
    client.send(&Access::Platform, Call::get("/api/v1/charges/{}", &[id])).await
}

/// Looks up by `request_id`. An empty answer is no evidence: lists may lag.
pub async fn find(client: &Client, request_id: &str) -> Result<Option<Charge>, Error> {
    find_by_request_id(client, &Access::Platform, "/api/v1/charges", request_id, |found: &Charge| {
        found.request_id.as_deref()
    })
    .await
}

/// Newest first (A), from numbered pages of 100; ends with the first error.
pub fn all(client: &Client, filter: Filter) -> impl Stream<Item = Result<Charge, Error>> + '_ {
    let call = Call::get("/api/v1/charges", &[]).query([
        ("currency", filter.currency),
        ("source", filter.source),
        ("request_id", filter.request_id),
        ("status", filter.status.map(|status| status.as_str().to_owned())),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, &Access::Platform, call, Style::Numbered, 100)
}

//! Charges (D, part 02 §7.2): the platform pulls from a connected account.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use super::connected_account_transfers::MovementStatus;
use crate::call::{Call, Recovery};
use crate::paging::{Style, find_by_request_id, walk};
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

#[derive(Debug, Clone, Serialize)]
pub struct NewCharge<'a> {
    /// 1 to 50 characters, unique for the platform.
    pub request_id: &'a str,
    pub amount: Amount,
    pub currency: &'a str,
    /// The account to debit; it must be ACTIVE.
    pub source: &'a str,
    pub reason: &'a str,
    /// 1 to 140 characters.
    pub reference: &'a str,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    pub id: String,
    #[serde(default)]
    pub request_id: Option<String>,
    pub status: MovementStatus,
    pub amount: Amount,
    pub currency: String,
    #[serde(default)]
    pub source: Option<String>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which ones to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub currency: Option<String>,
    pub source: Option<String>,
    pub request_id: Option<String>,
    pub status: Option<MovementStatus>,
    /// Inclusive.
    pub from_created_at: Option<Timestamp>,
    /// Inclusive.
    pub to_created_at: Option<Timestamp>,
}

/// Debits the account, credits the platform when settled. A lost answer is recovered by [`find`].
pub async fn create(client: &Client, charge: &NewCharge<'_>) -> Result<Charge, Error> {
    let call = Call::post("/api/v1/charges/create", &[], Recovery::ByRequestId);
    client.send(&Access::Platform, call.json(charge)?).await
}

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

/// Newest first.
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

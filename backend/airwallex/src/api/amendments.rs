//! Changes to an account after its activation (D, part 02 §1.8), decided by a reviewer.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::{Call, Recovery};
use crate::document::quiet;
use crate::word::words;
use crate::{Access, Client, Error, Rest};

words! {
    /// What became of an amendment.
    AmendmentStatus { Pending = "PENDING", Approved = "APPROVED", Rejected = "REJECTED", }
}

/// A change that was asked for, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Amendment {
    /// Airwallex's own id, opaque.
    pub id: String,
    /// PENDING until it is decided, as `account_amendment.approved` or `.rejected` tells (D).
    pub status: AmendmentStatus,
    /// What it changes: `account_details.store_details` or `primary_contact` (D).
    pub target: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What is changed.
#[derive(Clone)]
pub enum Change {
    /// The shop: [`StoreDetails`](super::account_details::StoreDetails) as JSON (D).
    StoreDetails(Value),
    /// Whom Airwallex writes to: [`PrimaryContact`](super::account_details::PrimaryContact) as JSON (D).
    PrimaryContact(Value),
}

quiet!(Change);

/// Asks for a change, on behalf of the account. No list finds it: a lost answer is recovered by comparing the
/// account. Only for an account whose checks are passed (D).
pub async fn create(client: &Client, access: &Access, change: &Change) -> Result<Amendment, Error> {
    let body = match change {
        Change::StoreDetails(details) => {
            json!({ "target": "account_details.store_details", "store_details": details })
        }
        Change::PrimaryContact(contact) => json!({ "target": "primary_contact", "primary_contact": contact }),
    };
    let call = Call::post("/api/v1/account/amendments/create", &[], Recovery::ByFingerprint);
    client.send(access, call.json(&body)?).await
}

/// One amendment, read on behalf of the account (A); an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Amendment, Error> {
    client.send(access, Call::get("/api/v1/account/amendments/{}", &[id])).await
}

//! Changes to an account after its activation (D, part 02 §1.8), decided by a reviewer.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::{Call, Recovery};
use crate::word::words;
use crate::{Access, Client, Error, Rest};

words! {
    /// What became of an amendment.
    AmendmentStatus { Pending = "PENDING", Approved = "APPROVED", Rejected = "REJECTED", }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Amendment {
    pub id: String,
    pub status: AmendmentStatus,
    pub target: String,
    #[serde(flatten)]
    pub rest: Rest,
}

/// What is changed.
#[derive(Debug, Clone)]
pub enum Change {
    StoreDetails(Value),
    PrimaryContact(Value),
}

/// Asks for a change, on behalf of the account. No list finds it: a lost answer is recovered by comparing the
/// account.
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

pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Amendment, Error> {
    client.send(access, Call::get("/api/v1/account/amendments/{}", &[id])).await
}

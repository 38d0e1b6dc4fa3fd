//! What an account can do (D, part 02 §7.6). On behalf of the account.

use serde::Deserialize;

use crate::call::{Call, Recovery};
use crate::word::words;
use crate::{Access, Client, Error, Rest};

words! {
    CapabilityStatus { Enabled = "ENABLED", Disabled = "DISABLED", Pending = "PENDING", }
}

/// Such as `transfer_cny_local`.
#[derive(Debug, Clone, Deserialize)]
pub struct Capability {
    pub id: String,
    pub status: CapabilityStatus,
    #[serde(flatten)]
    pub rest: Rest,
}

pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Capability, Error> {
    client.send(access, Call::get("/api/v1/account_capabilities/{}", &[id])).await
}

/// Asks for one. A lost answer is recovered by reading the status.
pub async fn enable(client: &Client, access: &Access, id: &str) -> Result<Capability, Error> {
    client.send(access, Call::post("/api/v1/account_capabilities/{}/enable", &[id], Recovery::ByStatus)).await
}

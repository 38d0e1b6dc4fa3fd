//! Hosted flows (D, part 02 §4): Airwallex's own pages for its checks. Harmless twice.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, Recovery};
use crate::word::words;
use crate::{Access, Client, Error, Link, Rest};

words! {
    /// How far the person got.
    FlowStatus { Init = "INIT", Processing = "PROCESSING", Finished = "FINISHED", }
}

/// A flow.
#[derive(Debug, Clone, Deserialize)]
pub struct HostedFlow {
    /// `ahfi_…`; to be kept, since there is no list (D).
    pub id: String,
    /// How far it is (D).
    pub status: FlowStatus,
    /// After [`authorize`]: lives 15 seconds (D), so it is asked for inside the handler that redirects.
    #[serde(default)]
    pub url: Option<Link>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What a flow is made of. `http://localhost` is refused as return address; `127.0.0.1` is not (D).
#[derive(Debug, Clone, Serialize)]
pub struct NewHostedFlow<'a> {
    /// The connected account that it is about (D).
    pub account_id: &'a str,
    /// Handed out by Airwallex, one for each purpose (D).
    pub template: &'a str,
    /// Where the browser comes back to, with `ahfi_id` added: no status and no signature (D).
    pub return_url: &'a str,
    /// Where it comes back to otherwise, with `ahfi_id` added (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_url: Option<&'a str>,
    /// Of one's own, for later (D).
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
}

/// Starts a flow. Its own address is for people with an Airwallex login: others need [`authorize`] (D).
/// Refused with `invalid_argument`, its source the member that is wrong (A).
pub async fn create(client: &Client, flow: &NewHostedFlow<'_>) -> Result<HostedFlow, Error> {
    let call = Call::post("/api/v1/hosted_flows/create", &[], Recovery::Repeat);
    client.send(&Access::Platform, call.json(flow)?).await
}

/// How far it is: what to read, besides the account, when the browser comes back (D).
pub async fn get(client: &Client, id: &str) -> Result<HostedFlow, Error> {
    client.send(&Access::Platform, Call::get("/api/v1/hosted_flows/{}", &[id])).await
}

/// A fresh link for `identity`, the platform's own reference of the person. Refused with `invalid_argument`
/// when FINISHED (A).
pub async fn authorize(client: &Client, id: &str, identity: &str) -> Result<HostedFlow, Error> {
    let call = Call::post("/api/v1/hosted_flows/{}/authorize", &[id], Recovery::Repeat);
    client.send(&Access::Platform, call.json(&serde_json::json!({ "identity": identity }))?).await
}

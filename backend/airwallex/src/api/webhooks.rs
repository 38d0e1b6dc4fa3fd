//! Webhook subscriptions of the partner application (D, part 01 §e.2), with its id and secret.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::paging::{Style, walk};
use crate::{Access, Client, Error, Rest, Token};

/// What to subscribe to. Events are immutable afterwards.
#[derive(Debug, Serialize)]
pub struct NewWebhook<'a> {
    /// At most 50 characters (D).
    pub request_id: &'a str,
    /// Over HTTPS; only an answer of exactly 200 counts as delivered (D).
    pub url: &'a str,
    /// Decides the payloads' spelling.
    pub version: &'a str,
    /// Names of events that the application's scopes unlock (D).
    pub events: &'a [&'a str],
}

/// A subscription.
#[derive(Debug, Deserialize)]
pub struct Webhook {
    /// `wh_…` (D).
    pub id: String,
    /// Where the events go (D).
    pub url: String,
    /// The names of the events (D).
    #[serde(default)]
    pub events: Vec<String>,
    /// `YYYY-MM-DD`; decides the payloads' spelling (D).
    #[serde(default)]
    pub version: Option<String>,
    /// The one that it was created with (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// Signs every delivery; told on each read (D).
    pub secret: Token,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Subscribes. A lost answer is recovered by listing; a second subscription only delivers twice.
pub async fn create(client: &Client, webhook: &NewWebhook<'_>) -> Result<Webhook, Error> {
    let call = Call::post("/partner-api/v1/webhooks/create", &[], Recovery::ByFingerprint);
    client.send(&Access::Application, call.json(webhook)?).await
}

/// One subscription; an unknown id is a 404 (D).
pub async fn get(client: &Client, id: &str) -> Result<Webhook, Error> {
    client.send(&Access::Application, Call::get("/partner-api/v1/webhooks/{}", &[id])).await
}

/// Every subscription, newest first (A), from cursor pages of 20; ends with the first error.
pub fn all(client: &Client) -> impl Stream<Item = Result<Webhook, Error>> + '_ {
    walk(client, &Access::Application, Call::get("/partner-api/v1/webhooks", &[]), Style::Cursor, 20)
}

/// Only the address can be changed. A lost answer is recovered by reading.
pub async fn update(client: &Client, id: &str, url: &str) -> Result<Webhook, Error> {
    let call = Call::post("/partner-api/v1/webhooks/{}/update", &[id], Recovery::ByStatus);
    client.send(&Access::Application, call.json(&serde_json::json!({ "url": url }))?).await
}

/// A lost answer is recovered by reading.
pub async fn delete(client: &Client, id: &str) -> Result<(), Error> {
    let call = Call::post("/partner-api/v1/webhooks/{}/delete", &[id], Recovery::ByStatus);
    client.send_unit(&Access::Application, call).await
}

/// Delivers this account's events from now on; it must have authorised the application. Harmless twice.
/// Refused with `invalid_argument` when it has not, or lacks the scope of an event (A).
pub async fn connect(client: &Client, id: &str, account: &str) -> Result<(), Error> {
    let call = Call::post("/partner-api/v1/webhooks/{}/connect", &[id], Recovery::Repeat);
    client.send_unit(&Access::Application, call.json(&serde_json::json!({ "account_id": account }))?).await
}

/// No longer. Harmless twice.
pub async fn disconnect(client: &Client, id: &str, account: &str) -> Result<(), Error> {
    let call = Call::post("/partner-api/v1/webhooks/{}/disconnect", &[id], Recovery::Repeat);
    client.send_unit(&Access::Application, call.json(&serde_json::json!({ "account_id": account }))?).await
}

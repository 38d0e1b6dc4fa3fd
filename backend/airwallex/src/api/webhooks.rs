//! Webhook subscriptions of the partner application (D, part 01 §e.2): HTTP Basic.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::client::execute;
use crate::{Client, Error, Token};

/// What to subscribe to. Events are immutable afterwards.
#[derive(Debug, Serialize)]
pub struct NewWebhook<'a> {
    pub request_id: &'a str,
    pub url: &'a str,
    pub version: &'a str,
    pub events: &'a [&'a str],
}

/// A subscription; the secret is told once.
#[derive(Deserialize)]
pub struct Webhook {
    pub id: String,
    pub url: String,
    pub secret: Token,
}

/// Subscribes. Recovered by listing; a second subscription only delivers twice.
pub async fn create(
    client: &Client,
    app_id: &str,
    app_secret: &Token,
    webhook: &NewWebhook<'_>,
) -> Result<Webhook, Error> {
    let request = client
        .request(Method::POST, "/partner-api/v1/webhooks/create")?
        .basic_auth(app_id, Some(app_secret.expose()))
        .json(webhook);
    let body = execute(request).await?;
    serde_json::from_slice(&body).map_err(|_| Error::Unknown("the answer cannot be read".to_owned()))
}

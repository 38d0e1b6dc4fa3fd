//! Transfers, that is payouts (D, part 03 §c).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Call;
use crate::{Access, Amount, Client, Error, Page, Ready};

/// The body of a transfer, frozen by its sender before the first send.
#[derive(Debug, Clone, Serialize)]
pub struct NewTransfer {
    /// Unique per account; ids of the past seven days are refused as duplicates.
    pub request_id: String,
    pub beneficiary_id: String,
    pub source_currency: String,
    pub transfer_currency: String,
    pub transfer_amount: Amount,
    pub transfer_method: String,
    pub reason: String,
    /// 1 to 140 characters, shown to the payee.
    pub reference: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub application_fee_options: Vec<ApplicationFee>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
}

/// A fee for the platform, charged on top (D; major units A).
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationFee {
    pub source_type: &'static str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub amount: Amount,
    pub currency: String,
}

impl ApplicationFee {
    /// A fixed fee on a transfer.
    pub fn fixed(amount: Amount, currency: String) -> Self {
        Self { source_type: "TRANSFER", kind: "FIXED", amount, currency }
    }
}

/// A transfer, as read. The status is kept as text: unknown ones must survive.
#[derive(Debug, Clone, Deserialize)]
pub struct Transfer {
    pub id: String,
    #[serde(default)]
    pub request_id: Option<String>,
    #[serde(default)]
    pub short_reference_id: Option<String>,
    pub status: String,
    #[serde(default)]
    pub transfer_amount: Option<Amount>,
    #[serde(default)]
    pub transfer_currency: Option<String>,
    #[serde(default)]
    pub beneficiary_id: Option<String>,
    #[serde(default)]
    pub failure: Option<Failure>,
    /// Versions up to early 2026 told failures in these two.
    #[serde(default)]
    pub failure_reason: Option<Value>,
    #[serde(default)]
    pub failure_type: Option<String>,
}

/// Why a transfer failed, on version 2026-08-21 (C).
#[derive(Debug, Clone, Deserialize)]
pub struct Failure {
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub message: Option<String>,
}

impl Transfer {
    /// Reads the object of an event.
    pub fn read(object: &Value) -> Option<Self> {
        serde_json::from_value(object.clone()).ok()
    }

    /// Whether a failure is told, in any era's spelling.
    pub fn has_failure(&self) -> bool {
        self.failure.is_some()
            || self.failure_reason.as_ref().is_some_and(|reason| !reason.is_null())
            || self.failure_type.is_some()
    }

    /// The failure's code, such as `90701`.
    pub fn failure_code(&self) -> Option<String> {
        let older = || {
            let reason = self.failure_reason.as_ref()?;
            reason.get("code").or(Some(reason)).and_then(Value::as_str).map(str::to_owned)
        };
        self.failure
            .as_ref()
            .and_then(|failure| failure.code.clone())
            .or_else(older)
            .or_else(|| self.failure_type.clone())
    }
}

/// Creates, with the bytes frozen before, in exactly one request: the caller has recorded this send. A
/// lost answer is recovered by [`find`] and by sending the same bytes again.
pub async fn create(
    client: &Client,
    ready: Ready<'_>,
    frozen_version: &str,
    frozen_body: &str,
) -> Result<Transfer, Error> {
    let call = Call::post("/api/v1/transfers/create").version(frozen_version).raw(frozen_body);
    client.send_ready(ready, call).await
}

pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Transfer, Error> {
    client.send(access, Call::get(format!("/api/v1/transfers/{id}"))).await
}

/// Looks up by `request_id`. An empty answer is no evidence: lists may lag.
pub async fn find(client: &Client, access: &Access, request_id: &str) -> Result<Option<Transfer>, Error> {
    let query = [("request_id", request_id.to_owned())];
    let page: Page<Transfer> = client.send(access, Call::get("/api/v1/transfers").query(&query)).await?;
    Ok(page.items.into_iter().find(|found| found.request_id.as_deref() == Some(request_id)))
}

/// Asks to cancel; refused with `can_not_be_edited` when too late. Recovered by reading the status.
pub async fn cancel(client: &Client, access: &Access, id: &str) -> Result<(), Error> {
    client.send_unit(access, Call::post(format!("/api/v1/transfers/{id}/cancel"))).await
}

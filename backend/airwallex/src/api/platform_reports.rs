//! Reports of the platform over all its accounts (D, part 02 §7.7). Ordered, written, then fetched by a link.

use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::word::words;
use crate::{Access, Client, Error, Link, Rest, Timestamp};

words! {
    /// What is reported.
    ReportType {
        TransactionRecon = "TRANSACTION_RECON_REPORT",
        Payout = "PAYOUT_REPORT",
        Balance = "BALANCE_REPORT",
        Account = "ACCOUNT_REPORT",
        IssuingTransaction = "ISSUING_TRANSACTION_REPORT",
        ApplicationFee = "APPLICATION_FEE_REPORT",
    }
}

words! {
    /// How far it is.
    ReportStatus { Pending = "PENDING", Completed = "COMPLETED", Failed = "FAILED", }
}

/// A report to order. Of the windows, `to` is exclusive, and one in the future schedules the report; at most 366
/// days (D).
#[derive(Debug, Clone, Serialize)]
pub struct NewReport<'a> {
    /// What is reported; `type` on the wire (D).
    #[serde(rename = "type")]
    pub kind: ReportType,
    /// `CSV`.
    pub file_format: &'a str,
    /// `{TYPE}_{timestamp}` if absent (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<&'a str>,
    /// Inclusive; written by [`Timestamp::for_request`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_created_at: Option<String>,
    /// Exclusive; written by [`Timestamp::for_request`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_created_at: Option<String>,
    /// Inclusive; written by [`Timestamp::for_request`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_updated_at: Option<String>,
    /// Exclusive; written by [`Timestamp::for_request`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_updated_at: Option<String>,
}

impl NewReport<'_> {
    /// As CSV, over everything.
    pub fn of(kind: ReportType) -> Self {
        Self {
            kind,
            file_format: "CSV",
            file_name: None,
            from_created_at: None,
            to_created_at: None,
            from_updated_at: None,
            to_updated_at: None,
        }
    }

    /// Over what was created from one instant until before another.
    pub fn created(self, from: Timestamp, to: Timestamp) -> Self {
        Self { from_created_at: Some(from.for_request()), to_created_at: Some(to.for_request()), ..self }
    }
}

/// An ordered report.
#[derive(Debug, Clone, Deserialize)]
pub struct Report {
    /// Airwallex's own id; to be kept, since there is no list (D).
    pub id: String,
    /// Absent in the answer of [`create`], which has the id alone (D).
    #[serde(default)]
    pub status: Option<ReportStatus>,
    /// Lives one minute; a new one comes with each read.
    #[serde(default)]
    pub download_url: Option<Link>,
    /// Such as `REPORT_SIZE_LIMIT_EXCEEDED`.
    #[serde(default)]
    pub failed_reason: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Orders a report. There is no idempotency and no list (D): a second one does no harm.
pub async fn create(client: &Client, report: &NewReport<'_>) -> Result<Report, Error> {
    let call = Call::post("/api/v1/platform_reports/create", &[], Recovery::Repeat);
    client.send(&Access::Platform, call.json(report)?).await
}

/// How far it is, and a fresh link once it is written.
pub async fn get(client: &Client, id: &str) -> Result<Report, Error> {
    client.send(&Access::Platform, Call::get("/api/v1/platform_reports/{}", &[id])).await
}

//! Transfers, that is payouts (D, part 03 §c).

use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, Recovery};
use crate::paging::{Style, find_by_request_id, walk};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Ready, Rest, Timestamp};

pub(crate) const CREATE: &str = "/api/v1/transfers/create";

words! {
    /// Where a payout stands (D, part 03 §c.6). PAID is not final: a return makes it FAILED, and a failed one is
    /// CANCELLED within moments, with its failure kept.
    TransferStatus {
        /// Waits for the account's own approval workflow.
        InApproval = "IN_APPROVAL",
        /// Stopped in approval; can be resubmitted in Airwallex's web app alone.
        ApprovalRecalled = "APPROVAL_RECALLED",
        ApprovalRejected = "APPROVAL_REJECTED",
        ApprovalBlocked = "APPROVAL_BLOCKED",
        /// Accepted; the funds are taken on the transfer's date.
        Scheduled = "SCHEDULED",
        /// The funds were not there on the date; goes on once they are.
        Overdue = "OVERDUE",
        /// Funded, being checked and sent.
        Processing = "PROCESSING",
        /// With the bank's network.
        Sent = "SENT",
        Paid = "PAID",
        Failed = "FAILED",
        CancellationRequested = "CANCELLATION_REQUESTED",
        /// Final; a principal that was taken is back in the wallet, its fee is kept.
        Cancelled = "CANCELLED",
    }
}

/// The body of a transfer, frozen by its sender before the first send.
#[derive(Debug, Clone, Serialize)]
pub struct NewTransfer {
    /// Unique per account; ids of the past seven days are refused as duplicates.
    pub request_id: String,
    /// Who is paid, a UUID; a deleted one is refused with `invalid_argument` (A).
    pub beneficiary_id: String,
    /// Of the wallet that pays, ISO 4217 (D).
    pub source_currency: String,
    /// What the payee's side gets, ISO 4217 (D).
    pub transfer_currency: String,
    /// Sent as `transfer_amount` or `source_amount` (D).
    #[serde(flatten)]
    pub given: Given,
    /// `LOCAL` or `SWIFT` (D).
    pub transfer_method: String,
    /// A word of part 03 §c.2, such as `goods_purchased`.
    pub reason: String,
    /// 1 to 140 characters, shown to the payee.
    pub reference: String,
    /// At most one fixed fee and one percentage (D).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub application_fee_options: Vec<ApplicationFee>,
    /// An object of texts, or null for none (D).
    #[serde(skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
    /// Sent beside the others (D).
    #[serde(flatten)]
    pub options: Options,
}

/// Which side's amount is given; the other follows from fees and rate.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Given {
    /// What the payee's side is told.
    Transfer {
        /// In major units of the transfer currency (D).
        transfer_amount: Amount,
    },
    /// What is taken from the wallet, before a fee that the payer pays.
    Source {
        /// In major units of the source currency (D).
        source_amount: Amount,
    },
}

/// What may be left to Airwallex's defaults.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Options {
    /// `YYYY-MM-DD`, today if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_date: Option<String>,
    /// `PAYER` if absent, or `BENEFICIARY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_paid_by: Option<String>,
    /// `SHARED` if absent, or `PAYER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swift_charge_option: Option<String>,
    /// Of a quote for the same pair and side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<String>,
    /// Another payer than the account itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_id: Option<String>,
    /// Not shown to the payee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
}

/// A fee for the platform, charged on top, or on a conversion by widening its rate (D; major units A).
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationFee {
    /// `TRANSFER` or `CONVERSION` (D).
    pub source_type: &'static str,
    /// Sent as `type`: `FIXED` or `PERCENTAGE` (D).
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Of a fixed fee, in major units (A).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Of a fixed fee, ISO 4217. If it is not the source's, a balance in it is needed (A).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Of a percentage fee: `0.4` is 0.4 % (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Amount>,
}

impl ApplicationFee {
    /// A fixed fee on a transfer.
    pub fn fixed(amount: Amount, currency: String) -> Self {
        Self {
            source_type: "TRANSFER",
            kind: "FIXED",
            amount: Some(amount),
            currency: Some(currency),
            percentage: None,
        }
    }

    /// A share of what the payer pays, in per cent.
    pub fn percentage(percent: Amount) -> Self {
        Self {
            source_type: "TRANSFER",
            kind: "PERCENTAGE",
            amount: None,
            currency: None,
            percentage: Some(percent),
        }
    }

    /// A part of the rate of a conversion, in per cent, at most 20.
    pub fn of_conversion(percent: Amount) -> Self {
        Self { source_type: "CONVERSION", ..Self::percentage(percent) }
    }
}

/// A transfer, as read.
#[derive(Debug, Clone, Deserialize)]
pub struct Transfer {
    /// Airwallex's own id, a UUID (D).
    pub id: String,
    /// The one that it was created with (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// `P`, the date as `yymmdd`, a hyphen and 7 characters (D).
    #[serde(default)]
    pub short_reference_id: Option<String>,
    /// Where it stands; a word that is not known means in progress (A).
    pub status: TransferStatus,
    /// In major units of the source currency (D).
    #[serde(default)]
    pub source_amount: Option<Amount>,
    /// ISO 4217 (D).
    #[serde(default)]
    pub source_currency: Option<String>,
    /// In the source currency, with the fee if the payer pays it (D), without application fees (A).
    #[serde(default)]
    pub amount_payer_pays: Option<Amount>,
    /// In the transfer currency, less the fee if the payee pays it (D).
    #[serde(default)]
    pub amount_beneficiary_receives: Option<Amount>,
    /// In the source currency (D).
    #[serde(default)]
    pub fee_amount: Option<Amount>,
    /// In major units of the transfer currency, before a fee that the payee pays (D).
    #[serde(default)]
    pub transfer_amount: Option<Amount>,
    /// ISO 4217 (D).
    #[serde(default)]
    pub transfer_currency: Option<String>,
    /// Absent for a payee who was given inline (D).
    #[serde(default)]
    pub beneficiary_id: Option<String>,
    /// Stays when the failed transfer turns CANCELLED (C).
    #[serde(default)]
    pub failure: Option<Failure>,
    /// Versions up to early 2026 told failures in these two.
    #[serde(default)]
    pub failure_reason: Option<Value>,
    /// A word such as `ACCOUNT_CLOSED` (D).
    #[serde(default)]
    pub failure_type: Option<String>,
    /// When it was created (D).
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When it last changed (D).
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Why a transfer failed, on version 2026-08-21 (C).
#[derive(Debug, Clone, Deserialize)]
pub struct Failure {
    /// Five digits such as `90701`; 901xx to 904xx are details of the payee that can be put right (D).
    #[serde(default)]
    pub code: Option<String>,
    /// For people (C).
    #[serde(default)]
    pub message: Option<String>,
    /// `type` is the failure's word, such as `ACCOUNT_CLOSED` (C).
    #[serde(default)]
    pub details: Value,
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

/// Which transfers to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The one that it was created with; the safe way back after a lost answer (D).
    pub request_id: Option<String>,
    /// `P`, the date as `yymmdd`, a hyphen and 7 characters (D).
    pub short_reference_id: Option<String>,
    /// Only those in this status (D).
    pub status: Option<TransferStatus>,
    /// ISO 4217 (D).
    pub transfer_currency: Option<String>,
    /// Inclusive.
    pub from_created_at: Option<Timestamp>,
    /// Inclusive.
    pub to_created_at: Option<Timestamp>,
}

/// Creates, with the bytes frozen before, in exactly one request: the caller has recorded this send. A
/// lost answer is recovered by [`find`] and by sending the same bytes again. Refused with
/// `validation_failed`, `amount_above_limit`, `amount_below_limit`, `invalid_quote` or `expired_quote` (D); a
/// repeated `request_id` is [`Error::Duplicate`], which names the first transfer (C).
pub async fn create(
    client: &Client,
    ready: Ready<'_>,
    frozen_version: &str,
    frozen_body: &str,
) -> Result<Transfer, Error> {
    let call = Call::post(CREATE, &[], Recovery::ByRequestId).version(frozen_version).raw(frozen_body);
    client.send_ready(ready, call).await
}

/// The checks of [`create`]; moves nothing and uses no `request_id` up.
pub async fn validate(client: &Client, access: &Access, body: &impl Serialize) -> Result<(), Error> {
    client
        .send_unit(access, Call::post("/api/v1/transfers/validate", &[], Recovery::Repeat).json(body)?)
        .await
}

/// One transfer; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Transfer, Error> {
    client.send(access, Call::get("/api/v1/transfers/{}", &[id])).await
}

/// Looks up by `request_id`. An empty answer is no evidence: lists may lag.
pub async fn find(client: &Client, access: &Access, request_id: &str) -> Result<Option<Transfer>, Error> {
    find_by_request_id(client, access, "/api/v1/transfers", request_id, |found: &Transfer| {
        found.request_id.as_deref()
    })
    .await
}

/// The account's transfers, newest first (D), from cursor pages of 100; ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<Transfer, Error>> + 'a {
    let call = Call::get("/api/v1/transfers", &[]).query([
        ("request_id", filter.request_id),
        ("short_reference_id", filter.short_reference_id),
        ("status", filter.status.map(|status| status.as_str().to_owned())),
        ("transfer_currency", filter.transfer_currency),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, access, call, Style::Cursor, 100)
}

/// Asks to cancel; refused with `can_not_be_edited` when too late. Recovered by reading the status.
pub async fn cancel(client: &Client, access: &Access, id: &str) -> Result<(), Error> {
    client.send_unit(access, Call::post("/api/v1/transfers/{}/cancel", &[id], Recovery::ByStatus)).await
}

/// Confirms a funding that waits for it (`REQUIRES_FUNDING_CONFIRMATION`). Recovered by reading the status.
pub async fn confirm_funding(client: &Client, access: &Access, id: &str) -> Result<Transfer, Error> {
    client.send(access, Call::post("/api/v1/transfers/{}/confirm_funding", &[id], Recovery::ByStatus)).await
}

/// A letter for the payee's bank, as PDF.
pub async fn confirmation_letter(
    client: &Client,
    access: &Access,
    id: &str,
    with_fees: bool,
) -> Result<Vec<u8>, Error> {
    let format = if with_fees { "STANDARD" } else { "NO_FEE_DISPLAY" };
    let body = serde_json::json!({ "transaction_id": id, "format": format });
    let call = Call::post("/api/v1/confirmation_letters/create", &[], Recovery::Repeat).json(&body)?;
    client.send_bytes(access, call).await.map(|answer| answer.body)
}

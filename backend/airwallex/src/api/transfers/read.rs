//! A transfer, as read (D, part 03 §c.3).

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::document::{lenient, quiet};
use crate::word::words;
use crate::{Amount, Document, Rest, Timestamp};

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

/// A transfer, as read.
#[derive(Debug, Clone, Deserialize)]
pub struct Transfer {
    /// Airwallex's own id, a UUID (D).
    pub id: String,
    /// The one that it was created with (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// `P`, the date as `yymmdd`, a hyphen and 7 characters (D).
    #[serde(default, deserialize_with = "lenient")]
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
    #[serde(default, deserialize_with = "lenient")]
    pub amount_payer_pays: Option<Amount>,
    /// In the transfer currency, less the fee if the payee pays it (D).
    #[serde(default, deserialize_with = "lenient")]
    pub amount_beneficiary_receives: Option<Amount>,
    /// In the source currency (D).
    #[serde(default, deserialize_with = "lenient")]
    pub fee_amount: Option<Amount>,
    /// Of the fee, ISO 4217 (D).
    #[serde(default, deserialize_with = "lenient")]
    pub fee_currency: Option<String>,
    /// `PAYER` or `BENEFICIARY` (D).
    #[serde(default, deserialize_with = "lenient")]
    pub fee_paid_by: Option<String>,
    /// In major units of the transfer currency, before a fee that the payee pays (D).
    #[serde(default)]
    pub transfer_amount: Option<Amount>,
    /// ISO 4217 (D).
    #[serde(default)]
    pub transfer_currency: Option<String>,
    /// Absent for a payee who was given inline (D).
    #[serde(default)]
    pub beneficiary_id: Option<String>,
    /// Who is paid, in full, whether stored or not (D).
    #[serde(default)]
    pub beneficiary: Document,
    /// In whose name (D).
    #[serde(default)]
    pub payer: Document,
    /// `LOCAL` or `SWIFT` (D).
    #[serde(default, deserialize_with = "lenient")]
    pub transfer_method: Option<String>,
    /// `YYYY-MM-DD` (D).
    #[serde(default, deserialize_with = "lenient")]
    pub transfer_date: Option<String>,
    /// Where the money for it stands (D).
    #[serde(default, deserialize_with = "lenient")]
    pub funding: Option<Funding>,
    /// When the currencies differ (D).
    #[serde(default, deserialize_with = "lenient")]
    pub conversion: Option<Exchange>,
    /// What the platform earns, one line for each source and currency (D).
    #[serde(default, deserialize_with = "lenient")]
    pub application_fees: Option<Vec<AppliedFee>>,
    /// The batch that it came in (D).
    #[serde(default, deserialize_with = "lenient")]
    pub batch_transfer_id: Option<String>,
    /// When the bank was told, a date or an instant (D).
    #[serde(default, deserialize_with = "lenient")]
    pub dispatch_date: Option<String>,
    /// Stays when the failed transfer turns CANCELLED (C).
    #[serde(default, deserialize_with = "failure")]
    pub failure: Option<Failure>,
    /// Versions up to early 2026 told failures in these two.
    #[serde(default)]
    pub failure_reason: Document,
    /// A word such as `ACCOUNT_CLOSED` (D).
    #[serde(default, deserialize_with = "lenient")]
    pub failure_type: Option<String>,
    /// What it was created with, such as the platform's own id of the payout (D).
    #[serde(default)]
    pub metadata: Document,
    /// When it was created (D).
    #[serde(default, deserialize_with = "lenient")]
    pub created_at: Option<Timestamp>,
    /// When it last changed (D).
    #[serde(default, deserialize_with = "lenient")]
    pub updated_at: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Why a transfer failed, on version 2026-08-21 (C).
#[derive(Clone, Default, Deserialize)]
pub struct Failure {
    /// Five digits such as `90701`; 901xx to 904xx are details of the payee that can be put right (D).
    #[serde(default, deserialize_with = "lenient")]
    pub code: Option<String>,
    /// For people (C).
    #[serde(default, deserialize_with = "lenient")]
    pub message: Option<String>,
    /// `type` is the failure's word, such as `ACCOUNT_CLOSED` (C).
    #[serde(default)]
    pub details: Value,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

quiet!(Failure);

/// Told in whatever shape, a failure is one.
fn failure<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Failure>, D::Error> {
    let told = Value::deserialize(deserializer)?;
    let odd = |told: &Value| Failure { details: told.clone(), ..Failure::default() };
    Ok((!told.is_null()).then(|| serde_json::from_value(told.clone()).unwrap_or_else(|_| odd(&told))))
}

words! {
    /// Where the money for a transfer stands (D, part 03 §c.8).
    FundingStatus {
        RequiresConfirmation = "REQUIRES_FUNDING_CONFIRMATION",
        Scheduled = "SCHEDULED",
        Processing = "PROCESSING",
        Funded = "FUNDED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
        /// Given back.
        Reversed = "REVERSED",
    }
}

/// The money for a transfer.
#[derive(Debug, Clone, Deserialize)]
pub struct Funding {
    /// Where it stands (D).
    #[serde(default)]
    pub status: Option<FundingStatus>,
    /// Members that this version does not know, such as `failure_reason`.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The conversion inside a transfer.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// In the market's order, such as `GBPUSD` (D).
    #[serde(default)]
    pub currency_pair: Option<String>,
    /// What one unit of the pair's first currency is in the second (D).
    #[serde(default)]
    pub rate: Option<Amount>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What the platform earns by a transfer.
#[derive(Debug, Clone, Deserialize)]
pub struct AppliedFee {
    /// `TRANSFER` or `CONVERSION` (D).
    #[serde(default)]
    pub source_type: Option<String>,
    /// In major units (A).
    #[serde(default)]
    pub amount: Option<Amount>,
    /// ISO 4217 (D).
    #[serde(default)]
    pub currency: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Transfer {
    /// Reads the object of an event.
    pub fn read(object: &Value) -> Option<Self> {
        serde_json::from_value(object.clone()).ok()
    }

    /// Whether a failure is told, in any era's spelling.
    pub fn has_failure(&self) -> bool {
        self.failure.is_some() || !self.failure_reason.is_null() || self.failure_type.is_some()
    }

    /// The failure's code, such as `90701`.
    pub fn failure_code(&self) -> Option<String> {
        let older = || {
            let reason: &Value = &self.failure_reason;
            reason.get("code").unwrap_or(reason).as_str().map(str::to_owned)
        };
        self.failure
            .as_ref()
            .and_then(|failure| failure.code.clone())
            .or_else(older)
            .or_else(|| self.failure_type.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_decides_nothing_never_makes_a_transfer_unreadable() {
        let plain = json!({ "id": "t", "status": "PAID" });
        for (name, odd) in [
            ("funding", json!("FUNDED")),
            ("conversion", json!({ "rate": "0.1234567890123456789012345678901234" })),
            ("application_fees", json!([{ "amount": "" }])),
            ("dispatch_date", json!(20_261_118)),
            ("transfer_method", json!(["LOCAL"])),
            ("beneficiary", json!("Mira")),
            ("failure", json!("closed")),
            ("failure", json!({ "code": 90701, "message": ["closed"] })),
            ("failure_reason", json!([90701])),
            ("failure_type", json!({ "type": "ACCOUNT_CLOSED" })),
            ("created_at", json!("yesterday")),
            ("fee_amount", json!("a little")),
        ] {
            let mut told = plain.clone();
            told[name] = odd;
            let read = Transfer::read(&told).unwrap_or_else(|| panic!("{told}"));
            assert_eq!(read.status, TransferStatus::Paid);
            assert!(!name.starts_with("failure") || name == "failure_type" || read.has_failure(), "{told}");
        }
        assert!(Transfer::read(&json!({ "id": "t" })).is_none(), "a status decides");
    }
}

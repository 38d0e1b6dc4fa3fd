//! The body of a transfer (D, part 03 §c.2).

use serde::Serialize;
use serde_json::Value;

use crate::api::payers::PayerDetails;
use crate::document::quiet;
use crate::{Amount, Document};

/// The body of a transfer, frozen by its sender before the first send.
#[derive(Clone, Serialize)]
pub struct NewTransfer {
    /// Unique per account; ids of the past seven days are refused as duplicates.
    pub request_id: String,
    /// Sent as `beneficiary_id` or `beneficiary` (D).
    #[serde(flatten)]
    pub payee: Payee,
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

/// Who is paid.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Payee {
    /// One that is stored.
    Stored {
        /// A UUID; a deleted one is refused with `invalid_argument` (A).
        beneficiary_id: String,
    },
    /// One that is named here alone, by the rules of its corridor (D, part 03 §b).
    Inline {
        /// The shape of a stored one's `beneficiary`.
        beneficiary: Document,
    },
}

impl Payee {
    /// A stored beneficiary.
    pub fn stored(id: impl Into<String>) -> Self {
        Self::Stored { beneficiary_id: id.into() }
    }
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
#[derive(Clone, Default, Serialize)]
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
    /// Another payer than the account itself, stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_id: Option<String>,
    /// Another payer than the account itself, named here alone; not beside a `payer_id` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<PayerDetails>,
    /// Whether the rate of a conversion is held from now on; true if absent (A).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_rate_on_create: Option<bool>,
    /// Opaque, and never echoed (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_data: Option<String>,
    /// For Interac, where the payee does not take deposits by themselves: 1 to 40 characters (C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_question: Option<String>,
    /// 3 to 25 letters and digits (C).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_answer: Option<String>,
    /// Not shown to the payee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
}

quiet!(NewTransfer, Options);

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

//! Money: who is paid, what moves, and every movement in a wallet.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Instant;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Beneficiary {
    pub id: String,
    pub account: String,
    pub document: Value,
    pub created_at: Instant,
    pub sequence: u64,
}

/// A payer other than the account itself (03 §a.7).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Payer {
    pub id: String,
    pub account: String,
    pub document: Value,
    pub created_at: Instant,
    pub sequence: u64,
}

/// A payout (03 §c).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transfer {
    pub id: String,
    pub account: String,
    pub request_id: String,
    pub short_reference_id: String,
    /// The batch that it came in.
    pub batch: Option<String>,
    pub status: String,
    pub funding: String,
    pub amounts: Amounts,
    /// `{currency_pair, rate}` when the currencies differ.
    pub conversion: Option<Value>,
    pub application_fees: Vec<ApplicationFee>,
    /// What of the request is echoed.
    pub echo: Value,
    pub transfer_method: String,
    pub transfer_date: chrono::NaiveDate,
    pub beneficiary: Value,
    pub payer: Value,
    pub failure: Option<Failure>,
    pub dispatched_at: Option<Instant>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub sequence: u64,
}

/// A transfer that keeps all the rules and is not booked yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Draft {
    pub amounts: Amounts,
    pub deal: Option<Deal>,
    pub application_fees: Vec<ApplicationFee>,
    /// What of the request is echoed.
    pub echo: Value,
    pub transfer_method: String,
    pub transfer_date: chrono::NaiveDate,
    pub beneficiary: Value,
    pub payer: Value,
}

/// What a payout takes and gives, each side in its own currency (03 §c.4).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Amounts {
    pub source_currency: String,
    pub source: Decimal,
    pub transfer_currency: String,
    pub transfer: Decimal,
    /// Airwallex's own fee, in the source currency.
    pub fee: Decimal,
    pub fee_paid_by: String,
    pub payer_pays: Decimal,
    pub beneficiary_receives: Decimal,
}

/// What the platform earns of something.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApplicationFee {
    pub source_type: String,
    pub amount: Decimal,
    pub currency: String,
}

impl ApplicationFee {
    /// Of a conversion whose amounts are not known yet.
    pub fn of_conversion() -> Self {
        Self { source_type: "CONVERSION".to_owned(), amount: Decimal::ZERO, currency: String::new() }
    }
}

/// Why a payout failed (03 §c.7).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    pub code: String,
    pub message: String,
    /// Such as `ACCOUNT_CLOSED`.
    pub kind: String,
}

/// One movement in a wallet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub at: Instant,
    pub account: String,
    pub currency: String,
    pub amount: Decimal,
    /// What is available after it.
    pub balance: Decimal,
    /// As financial transactions name it, such as `PAYOUT_REVERSAL`.
    pub kind: String,
    /// The id of the resource behind it.
    pub source: String,
    pub currency_pair: Option<String>,
    pub rate: Option<Decimal>,
}

/// Money between the platform and its connected accounts: a connected-account transfer or a charge
/// (02 §7).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Movement {
    pub id: String,
    pub is_charge: bool,
    /// Who asked.
    pub account: String,
    pub from: String,
    pub to: String,
    pub request_id: String,
    pub short_reference_id: String,
    pub amount: Decimal,
    pub currency: String,
    pub status: String,
    pub echo: Value,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub sequence: u64,
}

/// An exchange rate that is held for a while (03 §e.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Quote {
    pub id: String,
    pub account: String,
    pub deal: Deal,
    pub validity: String,
    pub valid_from: Instant,
    pub valid_to: Instant,
    pub used: bool,
}

/// Two legs and the rates between them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deal {
    pub sell_currency: String,
    pub sell_amount: Decimal,
    pub buy_currency: String,
    pub buy_amount: Decimal,
    /// The side whose amount was given.
    pub dealt_currency: String,
    pub currency_pair: String,
    pub client_rate: Decimal,
    pub awx_rate: Decimal,
    pub mid_rate: Decimal,
    pub conversion_date: chrono::NaiveDate,
    pub application_fee_options: Value,
    pub application_fees: Vec<ApplicationFee>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Conversion {
    pub id: String,
    pub account: String,
    pub request_id: String,
    pub short_reference_id: String,
    pub status: String,
    pub deal: Deal,
    pub quote_id: Option<String>,
    pub metadata: Value,
    pub cutoff_at: Instant,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub sequence: u64,
}

/// A conversion taken back before it settled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConversionAmendment {
    pub id: String,
    pub account: String,
    pub conversion: String,
    pub body: Value,
    pub sequence: u64,
}

/// Receiving details of one's own (03 §f.3).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GlobalAccount {
    pub id: String,
    pub account: String,
    pub request_id: String,
    pub status: String,
    pub country_code: String,
    pub currency: String,
    pub features: Value,
    pub nick_name: Option<String>,
    pub deposit_conversion_currency: Option<String>,
    pub close_reason: Option<String>,
    pub created_at: Instant,
    pub sequence: u64,
}

/// Money that came in (03 §f.4).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deposit {
    pub id: String,
    pub account: String,
    pub kind: String,
    pub status: String,
    pub amount: Decimal,
    pub currency: String,
    pub global_account: Option<String>,
    pub funding_source: Option<String>,
    pub payer: Value,
    pub reference: Option<String>,
    pub statement_reference: Option<String>,
    pub created_at: Instant,
    pub settled_at: Option<Instant>,
    pub sequence: u64,
}

/// Payouts that are sent together (03 §d).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Batch {
    pub id: String,
    pub account: String,
    pub request_id: String,
    pub short_reference_id: String,
    pub status: String,
    pub funding: Option<String>,
    pub transfer_date: chrono::NaiveDate,
    pub echo: Value,
    pub quoted_at: Option<Instant>,
    pub items: Vec<BatchItem>,
    pub updated_at: Instant,
    pub sequence: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BatchItem {
    pub id: String,
    pub request_id: String,
    pub status: String,
    pub errors: Vec<Value>,
    /// What is booked, of a valid item.
    pub draft: Option<Draft>,
    pub transfer: Option<String>,
    pub updated_at: Instant,
}

/// A report that the platform ordered (02 §7.7).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub id: String,
    pub kind: String,
    pub file_name: String,
    pub created: Span,
    pub updated: Span,
    /// CSV, once it is written.
    pub content: Option<String>,
    /// Tokens that fetch it, and until when.
    pub links: std::collections::BTreeMap<String, Instant>,
}

/// From, inclusive, to, exclusive (D); open where nothing is said.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Span {
    pub from: Option<Instant>,
    pub to: Option<Instant>,
}

impl Span {
    pub fn holds(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

//! Financial transactions (D, part 03 §f.2): the ledger, one row for each movement.

use futures_util::Stream;
use serde::Deserialize;

use crate::call::Call;
use crate::paging::{Style, walk};
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

/// One row of the ledger (D).
#[derive(Debug, Clone, Deserialize)]
pub struct FinancialTransaction {
    /// Airwallex's own id of the row, opaque.
    pub id: String,
    /// The id of what moved the money, such as a transfer (D).
    #[serde(default)]
    pub source_id: Option<String>,
    /// What kind of thing that is, a word of Airwallex's (D).
    #[serde(default)]
    pub source_type: Option<String>,
    /// Such as `PAYOUT`, `PAYOUT_REVERSAL` or `FEE`.
    #[serde(default)]
    pub transaction_type: Option<String>,
    /// ISO 4217 (D).
    pub currency: String,
    /// Negative out of the wallet.
    pub amount: Amount,
    /// `PENDING`, `SETTLED` or `CANCELLED` (D).
    #[serde(default)]
    pub status: Option<String>,
    /// When the row was made, to the millisecond (C).
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which rows; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only rows of this transfer, deposit or whatever moved the money (D).
    pub source_id: Option<String>,
    /// `PENDING`, `SETTLED` or `CANCELLED` (D).
    pub status: Option<String>,
    /// ISO 4217 (D).
    pub currency: Option<String>,
    /// Inclusive (D).
    pub from_created_at: Option<Timestamp>,
    /// Inclusive (D).
    pub to_created_at: Option<Timestamp>,
}

/// One row; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<FinancialTransaction, Error> {
    client.send(access, Call::get("/api/v1/financial_transactions/{}", &[id])).await
}

/// Newest first (A), from numbered pages of 1000, the most there is (D); ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<FinancialTransaction, Error>> + 'a {
    let call = Call::get("/api/v1/financial_transactions", &[]).query([
        ("source_id", filter.source_id),
        ("status", filter.status),
        ("currency", filter.currency),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, access, call, Style::Numbered, 1000)
}

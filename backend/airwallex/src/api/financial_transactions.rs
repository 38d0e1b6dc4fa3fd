//! Financial transactions (D, part 03 §f.2): the ledger, one row for each movement.

use futures_util::Stream;
use serde::Deserialize;

use crate::call::Call;
use crate::paging::{Style, walk};
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

#[derive(Debug, Clone, Deserialize)]
pub struct FinancialTransaction {
    pub id: String,
    #[serde(default)]
    pub source_id: Option<String>,
    #[serde(default)]
    pub source_type: Option<String>,
    /// Such as `PAYOUT`, `PAYOUT_REVERSAL` or `FEE`.
    #[serde(default)]
    pub transaction_type: Option<String>,
    pub currency: String,
    /// Negative out of the wallet.
    pub amount: Amount,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which rows; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub source_id: Option<String>,
    pub status: Option<String>,
    pub currency: Option<String>,
    pub from_created_at: Option<Timestamp>,
    pub to_created_at: Option<Timestamp>,
}

pub async fn get(client: &Client, access: &Access, id: &str) -> Result<FinancialTransaction, Error> {
    client.send(access, Call::get("/api/v1/financial_transactions/{}", &[id])).await
}

/// Newest first.
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

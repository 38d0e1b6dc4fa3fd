//! Wallets (D, part 03 §f.1): balances, a bare JSON array, and their history.

use futures_util::Stream;
use serde::Deserialize;

use crate::call::Call;
use crate::paging::{Style, walk};
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

/// What a wallet holds in one currency, in major units.
#[derive(Debug, Clone, Deserialize)]
pub struct Balance {
    pub currency: String,
    pub available_amount: Amount,
    pub pending_amount: Amount,
    pub reserved_amount: Amount,
    pub total_amount: Amount,
    /// Held for prepayments; not in every answer (D).
    #[serde(default)]
    pub prepayment_amount: Option<Amount>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// One movement in a wallet.
#[derive(Debug, Clone, Deserialize)]
pub struct HistoryItem {
    pub id: String,
    /// Negative out of the wallet.
    pub amount: Amount,
    /// What was there after it.
    #[serde(default)]
    pub balance: Option<Amount>,
    pub currency: String,
    #[serde(default)]
    pub posted_at: Option<Timestamp>,
    /// The id of the resource behind it.
    #[serde(default)]
    pub source: Option<String>,
    /// Such as `PAYOUT` or `FEE`.
    #[serde(default)]
    pub source_type: Option<String>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which movements; nothing means all there ever were.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub currency: Option<String>,
    /// Inclusive.
    pub from_post_at: Option<Timestamp>,
    /// Exclusive.
    pub to_post_at: Option<Timestamp>,
    pub request_id: Option<String>,
}

pub async fn current(client: &Client, access: &Access) -> Result<Vec<Balance>, Error> {
    client.send(access, Call::get("/api/v1/balances/current", &[])).await
}

/// Newest first. Walked by cursor, which lifts the seven days that numbered pages are held to (D).
pub fn history<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<HistoryItem, Error>> + 'a {
    let call = Call::get("/api/v1/balances/history", &[]).query([
        ("currency", filter.currency),
        ("from_post_at", filter.from_post_at.map(Timestamp::for_request)),
        ("to_post_at", filter.to_post_at.map(Timestamp::for_request)),
        ("request_id", filter.request_id),
    ]);
    walk(client, access, call, Style::Bookmark, 1000)
}

//! Wallets (D, part 03 §f.1): balances, a bare JSON array, and their history.

use futures_util::Stream;
use serde::Deserialize;

use crate::call::Call;
use crate::paging::{Style, walk};
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

/// What a wallet holds in one currency, in major units.
#[derive(Debug, Clone, Deserialize)]
pub struct Balance {
    /// ISO 4217 (D).
    pub currency: String,
    /// What can be spent now (D).
    pub available_amount: Amount,
    /// On its way in, not settled yet (A).
    pub pending_amount: Amount,
    /// Held back, shown apart from the total (D).
    pub reserved_amount: Amount,
    /// Available and pending together (D).
    pub total_amount: Amount,
    /// Held for prepayments; not in every answer (D).
    #[serde(default)]
    pub prepayment_amount: Option<Amount>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One movement in a wallet.
#[derive(Debug, Clone, Deserialize)]
pub struct HistoryItem {
    /// Airwallex's own id of the movement, opaque.
    pub id: String,
    /// Negative out of the wallet.
    pub amount: Amount,
    /// What was there after it.
    #[serde(default)]
    pub balance: Option<Amount>,
    /// ISO 4217 (D).
    pub currency: String,
    /// When it was booked, which the bounds of a [`Filter`] compare with (D).
    #[serde(default)]
    pub posted_at: Option<Timestamp>,
    /// The id of the resource behind it.
    #[serde(default)]
    pub source: Option<String>,
    /// Such as `PAYOUT` or `FEE`.
    #[serde(default)]
    pub source_type: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which movements; nothing means all there ever were.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// ISO 4217 (D).
    pub currency: Option<String>,
    /// Inclusive.
    pub from_post_at: Option<Timestamp>,
    /// Exclusive.
    pub to_post_at: Option<Timestamp>,
    /// Of the call that caused the movements (D; reading A).
    pub request_id: Option<String>,
}

/// Every currency that was ever touched (A), all at once; 403 `forbidden` without the permission (D).
pub async fn current(client: &Client, access: &Access) -> Result<Vec<Balance>, Error> {
    client.send(access, Call::get("/api/v1/balances/current", &[])).await
}

/// Newest first (A). Walked by cursor, 1000 a page, which lifts the seven days that numbered pages are held
/// to (D). Ends with the first error.
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

//! Deposits (D, part 03 §f.4): what came in.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::document::quiet;
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

words! {
    /// Where a deposit stands (D, part 03 §f.4): to be spent when SETTLED, taken back when REVERSED.
    DepositStatus { Pending = "PENDING", Settled = "SETTLED", Rejected = "REJECTED", Reversed = "REVERSED", }
}

/// Money that came in, as read (D).
#[derive(Clone, Deserialize)]
pub struct Deposit {
    /// Airwallex's own id, a UUID (C).
    pub id: String,
    /// Where it stands (D).
    pub status: DepositStatus,
    /// In major units (D).
    pub amount: Amount,
    /// ISO 4217 (D).
    pub currency: String,
    /// The words that came with it (D).
    #[serde(default)]
    pub reference: Option<String>,
    /// When it settled; absent before (D).
    #[serde(default)]
    pub settled_at: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

quiet!(Deposit);

/// Money pulled from a linked account.
#[derive(Debug, Clone, Serialize)]
pub struct NewDeposit<'a> {
    /// Unique per account (A); a repeated one is [`Error::Duplicate`] (A).
    pub request_id: &'a str,
    /// In major units (D).
    pub amount: Amount,
    /// ISO 4217 (D).
    pub currency: &'a str,
    /// The linked account to pull from (D).
    pub funding_source_id: &'a str,
    /// `DIRECT_DEBIT` if absent, or `FASTER_DIRECT_DEBIT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposit_type: Option<&'a str>,
    /// Words by which a lost one is found again (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<&'a str>,
}

/// No list finds it by `request_id` (D): a lost answer is recovered by its reference in the list, and a repeat
/// is refused as a duplicate.
pub async fn create(client: &Client, access: &Access, deposit: &NewDeposit<'_>) -> Result<Deposit, Error> {
    client
        .send(access, Call::post("/api/v1/deposits/create", &[], Recovery::ByFingerprint).json(deposit)?)
        .await
}

/// One deposit; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Deposit, Error> {
    client.send(access, Call::get("/api/v1/deposits/{}", &[id])).await
}

/// Which deposits to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Inclusive.
    pub from_created_at: Option<Timestamp>,
    /// Inclusive.
    pub to_created_at: Option<Timestamp>,
}

/// Newest first (A), from numbered pages of 100; ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<Deposit, Error>> + 'a {
    let call = Call::get("/api/v1/deposits", &[]).query([
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, access, call, Style::Numbered, 100)
}

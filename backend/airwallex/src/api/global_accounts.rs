//! Global accounts (D, part 03 §f.3): receiving details of one's own.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::document::quiet;
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

words! {
    /// Where a global account stands (D, part 03 §f.3).
    GlobalAccountStatus {
        /// Without its numbers yet.
        Processing = "PROCESSING",
        Active = "ACTIVE",
        Closed = "CLOSED",
        /// Could not be opened; `failure_reason` says why (D).
        Failed = "FAILED",
    }
}

/// Receiving details to open (D).
#[derive(Debug, Clone, Serialize)]
pub struct NewGlobalAccount<'a> {
    /// Unique per account (A); a repeated one is [`Error::Duplicate`] (A).
    pub request_id: &'a str,
    /// Where the account is held, ISO 3166 alpha-2 (D).
    pub country_code: &'a str,
    /// What it must be able to receive; several currencies are possible (D).
    pub required_features: &'a [Feature<'a>],
    /// A label, by which a lost one is found again (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick_name: Option<&'a str>,
}

/// A currency and the way it comes in (D).
#[derive(Debug, Clone, Serialize)]
pub struct Feature<'a> {
    /// ISO 4217 (D).
    pub currency: &'a str,
    /// `LOCAL` or `SWIFT`.
    pub transfer_method: &'a str,
}

/// A global account, as read (D).
#[derive(Clone, Deserialize)]
pub struct GlobalAccount {
    /// Airwallex's own id, a UUID (D).
    pub id: String,
    /// The one that it was created with (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// Where it stands (D).
    pub status: GlobalAccountStatus,
    /// Absent while PROCESSING (A).
    #[serde(default)]
    pub account_number: Option<String>,
    /// Where the country has such numbers; absent while PROCESSING (A).
    #[serde(default)]
    pub iban: Option<String>,
    /// The bank's BIC (D).
    #[serde(default)]
    pub swift_code: Option<String>,
    /// The label that it was given (D).
    #[serde(default)]
    pub nick_name: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

quiet!(GlobalAccount);

/// Which ones to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Where the account is held, ISO 3166 alpha-2 (D).
    pub country_code: Option<String>,
    /// Only those in this status (D).
    pub status: Option<GlobalAccountStatus>,
    /// The label that they were given (D).
    pub nick_name: Option<String>,
    /// Inclusive (D).
    pub from_created_at: Option<Timestamp>,
    /// Inclusive (D).
    pub to_created_at: Option<Timestamp>,
}

/// No list finds it by `request_id` (D): a lost answer is recovered by its nickname in the list, and a repeat is
/// refused as a duplicate.
pub async fn create(
    client: &Client,
    access: &Access,
    account: &NewGlobalAccount<'_>,
) -> Result<GlobalAccount, Error> {
    let call = Call::post("/api/v1/global_accounts/create", &[], Recovery::ByFingerprint);
    client.send(access, call.json(account)?).await
}

/// One global account; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<GlobalAccount, Error> {
    client.send(access, Call::get("/api/v1/global_accounts/{}", &[id])).await
}

/// Newest first (A), from numbered pages of 100; ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<GlobalAccount, Error>> + 'a {
    let call = Call::get("/api/v1/global_accounts", &[]).query([
        ("country_code", filter.country_code),
        ("status", filter.status.map(|status| status.as_str().to_owned())),
        ("nick_name", filter.nick_name),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, access, call, Style::Numbered, 100)
}

/// A lost answer is recovered by reading the account.
pub async fn rename(
    client: &Client,
    access: &Access,
    id: &str,
    nick_name: &str,
) -> Result<GlobalAccount, Error> {
    let call = Call::post("/api/v1/global_accounts/{}/update", &[id], Recovery::ByStatus);
    client.send(access, call.json(&serde_json::json!({ "nick_name": nick_name }))?).await
}

/// A lost answer is recovered by reading the status.
pub async fn close(client: &Client, access: &Access, id: &str) -> Result<GlobalAccount, Error> {
    client.send(access, Call::post("/api/v1/global_accounts/{}/close", &[id], Recovery::ByStatus)).await
}

/// One line of a global account.
#[derive(Debug, Clone, Deserialize)]
pub struct Transaction {
    /// Airwallex's own id of the line, opaque.
    pub id: String,
    /// `CREDIT` or `DEBIT`.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// In major units (D).
    pub amount: Amount,
    /// ISO 4217 (D).
    pub currency: String,
    /// `PENDING`, `SETTLED`, `REJECTED` or `CANCELLED`.
    #[serde(default)]
    pub status: Option<String>,
    /// When the line was made, spelt unlike elsewhere (D).
    #[serde(default)]
    pub create_time: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What came in and went out, newest first (A), from numbered pages of 100; ends with the first error.
pub fn transactions<'a>(
    client: &'a Client,
    access: &'a Access,
    id: &str,
) -> impl Stream<Item = Result<Transaction, Error>> + 'a {
    walk(client, access, Call::get("/api/v1/global_accounts/{}/transactions", &[id]), Style::Numbered, 100)
}

/// Who may debit the account.
#[derive(Debug, Clone, Deserialize)]
pub struct Mandate {
    /// Airwallex's own id, which [`cancel_mandate`] takes (D).
    pub id: String,
    /// A word of Airwallex's; no list of them is public.
    #[serde(default)]
    pub status: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The mandates that others hold on the account, from numbered pages of 100 (A); ends with the first error.
pub fn mandates<'a>(
    client: &'a Client,
    access: &'a Access,
    id: &str,
) -> impl Stream<Item = Result<Mandate, Error>> + 'a {
    walk(client, access, Call::get("/api/v1/global_accounts/{}/mandates", &[id]), Style::Numbered, 100)
}

/// Ends a mandate. A lost answer is recovered by reading [`mandates`].
pub async fn cancel_mandate(client: &Client, access: &Access, id: &str, mandate: &str) -> Result<(), Error> {
    let route = "/api/v1/global_accounts/{}/mandates/{}/cancel";
    client.send_unit(access, Call::post(route, &[id, mandate], Recovery::ByStatus)).await
}

/// A letter that the account is the caller's, as PDF.
pub async fn statement_letter(client: &Client, access: &Access, id: &str) -> Result<Vec<u8>, Error> {
    let call = Call::post("/api/v1/global_accounts/{}/generate_statement_letter", &[id], Recovery::Repeat);
    client.send_bytes(access, call).await.map(|answer| answer.body)
}

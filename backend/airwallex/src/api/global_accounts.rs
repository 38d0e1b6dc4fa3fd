//! Global accounts (D, part 03 §f.3): receiving details of one's own.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

words! {
    GlobalAccountStatus {
        /// Without its numbers yet.
        Processing = "PROCESSING",
        Active = "ACTIVE",
        Closed = "CLOSED",
        Failed = "FAILED",
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct NewGlobalAccount<'a> {
    pub request_id: &'a str,
    pub country_code: &'a str,
    pub required_features: &'a [Feature<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick_name: Option<&'a str>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Feature<'a> {
    pub currency: &'a str,
    /// `LOCAL` or `SWIFT`.
    pub transfer_method: &'a str,
}

#[derive(Debug, Clone, Deserialize)]
pub struct GlobalAccount {
    pub id: String,
    #[serde(default)]
    pub request_id: Option<String>,
    pub status: GlobalAccountStatus,
    #[serde(default)]
    pub account_number: Option<String>,
    #[serde(default)]
    pub iban: Option<String>,
    #[serde(default)]
    pub swift_code: Option<String>,
    #[serde(default)]
    pub nick_name: Option<String>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which ones to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub country_code: Option<String>,
    pub status: Option<GlobalAccountStatus>,
    pub nick_name: Option<String>,
    pub from_created_at: Option<Timestamp>,
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

pub async fn get(client: &Client, access: &Access, id: &str) -> Result<GlobalAccount, Error> {
    client.send(access, Call::get("/api/v1/global_accounts/{}", &[id])).await
}

/// Newest first.
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

/// Harmless twice.
pub async fn rename(
    client: &Client,
    access: &Access,
    id: &str,
    nick_name: &str,
) -> Result<GlobalAccount, Error> {
    let call = Call::post("/api/v1/global_accounts/{}/update", &[id], Recovery::Repeat);
    client.send(access, call.json(&serde_json::json!({ "nick_name": nick_name }))?).await
}

/// A lost answer is recovered by reading the status.
pub async fn close(client: &Client, access: &Access, id: &str) -> Result<GlobalAccount, Error> {
    client.send(access, Call::post("/api/v1/global_accounts/{}/close", &[id], Recovery::ByStatus)).await
}

/// One line of a global account.
#[derive(Debug, Clone, Deserialize)]
pub struct Transaction {
    pub id: String,
    /// `CREDIT` or `DEBIT`.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    pub amount: Amount,
    pub currency: String,
    /// `PENDING`, `SETTLED`, `REJECTED` or `CANCELLED`.
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub create_time: Option<Timestamp>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// What came in and went out.
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
    pub id: String,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// The mandates that others hold on the account.
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

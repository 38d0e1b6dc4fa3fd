//! Requests for information (D, part 02 §3). All on behalf of the account that is asked.

use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{Call, Recovery};
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Client, Error, Rest, Timestamp};

words! {
    /// Whose turn it is.
    RfiStatus { ActionRequired = "ACTION_REQUIRED", Answered = "ANSWERED", Closed = "CLOSED", }
}

words! {
    /// What it is about.
    RfiType {
        Kyc = "KYC",
        /// Again, for an account that was verified before.
        KycOngoing = "KYC_ONGOING",
        Cardholder = "CARDHOLDER",
        Transaction = "TRANSACTION",
        PaymentEnablement = "PAYMENT_ENABLEMENT",
        MerchantRisk = "MERCHANT_RISK",
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Rfi {
    pub id: String,
    #[serde(default)]
    pub account_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: RfiType,
    pub status: RfiStatus,
    #[serde(default)]
    pub active_request: Option<Round>,
    #[serde(default)]
    pub answered_requests: Vec<Round>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// Questions that are answered together, within about seven days.
#[derive(Debug, Clone, Deserialize)]
pub struct Round {
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    #[serde(default)]
    pub questions: Vec<Question>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    pub id: String,
    /// Such as `PROOF_OF_ADDRESS`.
    #[serde(default)]
    pub key: Option<String>,
    /// By language.
    #[serde(default)]
    pub title: Map<String, Value>,
    #[serde(default)]
    pub comment: Option<String>,
    /// Its `type` says what answer is wanted.
    #[serde(default)]
    pub answer: Value,
    #[serde(flatten)]
    pub rest: Rest,
}

/// An answer to one question: `type` and the one member that it has.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    pub id: String,
    pub answer: Value,
}

pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Rfi, Error> {
    client.send(access, Call::get("/api/v1/rfis/{}", &[id])).await
}

/// Which questions to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these.
    pub statuses: Vec<RfiStatus>,
    /// Any of these.
    pub types: Vec<RfiType>,
    pub from_created_at: Option<Timestamp>,
    /// Sent as `end_created_at`, as this one list spells it (D).
    pub to_created_at: Option<Timestamp>,
}

/// Newest first.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: &Filter,
) -> impl Stream<Item = Result<Rfi, Error>> + 'a {
    let listed = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(","));
    let call = Call::get("/api/v1/rfis", &[]).query([
        ("statuses", listed(filter.statuses.iter().map(RfiStatus::as_str).collect())),
        ("types", listed(filter.types.iter().map(RfiType::as_str).collect())),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("end_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, access, call, Style::Cursor, 100)
}

/// Answers every question of the active round at once. A lost answer is recovered by reading the status.
pub async fn respond(client: &Client, access: &Access, id: &str, answers: &[Answer]) -> Result<Rfi, Error> {
    #[derive(Serialize)]
    struct Answers<'a> {
        questions: &'a [Answer],
    }
    let call = Call::post("/api/v1/rfis/{}/respond", &[id], Recovery::ByStatus);
    client.send(access, call.json(&Answers { questions: answers })?).await
}

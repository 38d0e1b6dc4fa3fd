//! Requests for information (D, part 02 §3). All on behalf of the account that is asked.

use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{Call, Recovery};
use crate::document::{lenient, quiet, told};
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Client, Document, Error, Rest, Timestamp};

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

/// Questions to an account, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Rfi {
    /// Airwallex's own id, a UUID (C).
    pub id: String,
    /// The account that is asked, `acct_…` (D).
    #[serde(default)]
    pub account_id: Option<String>,
    /// What it is about; `type` on the wire (D).
    #[serde(rename = "type")]
    pub kind: RfiType,
    /// Whose turn it is; the account's own status does not follow it (D).
    pub status: RfiStatus,
    /// The round that waits for answers (D).
    #[serde(default)]
    pub active_request: Option<Round>,
    /// The rounds that were answered (D).
    #[serde(default, deserialize_with = "told")]
    pub answered_requests: Vec<Round>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Questions that are answered together, within about seven days.
#[derive(Debug, Clone, Deserialize)]
pub struct Round {
    /// When all of it is closed if nobody answers (D).
    #[serde(default, deserialize_with = "lenient")]
    pub expires_at: Option<Timestamp>,
    /// All to be answered in one call (A).
    #[serde(default)]
    pub questions: Vec<Question>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One question of a round (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// What [`Answer::id`] names (D).
    pub id: String,
    /// Such as `PROOF_OF_ADDRESS`.
    #[serde(default)]
    pub key: Option<String>,
    /// By language (D).
    #[serde(default, deserialize_with = "told")]
    pub title: Map<String, Value>,
    /// What is wanted, in the reviewer's words (D).
    #[serde(default)]
    pub comment: Option<String>,
    /// Its `type` says what answer is wanted.
    #[serde(default)]
    pub answer: Document,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// An answer to one question: `type` and the one member that it has.
#[derive(Clone, Serialize)]
pub struct Answer {
    /// The question's (D).
    pub id: String,
    /// `type`, and `text`, `attachments`, `identity_document`, `confirmed` or `address` (D).
    pub answer: Value,
}

quiet!(Answer);

/// One of them; an unknown id is a 404 `resource_not_found` (D).
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
    /// Inclusive (D).
    pub from_created_at: Option<Timestamp>,
    /// Sent as `end_created_at`, as this one list spells it (D).
    pub to_created_at: Option<Timestamp>,
}

/// Newest first (A), from cursor pages of 100; ends with the first error.
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
/// Refused with `invalid_state_for_operation` unless ACTION_REQUIRED (D), with `field_required` when a
/// question is left out (A).
pub async fn respond(client: &Client, access: &Access, id: &str, answers: &[Answer]) -> Result<Rfi, Error> {
    #[derive(Serialize)]
    struct Answers<'a> {
        questions: &'a [Answer],
    }
    let call = Call::post("/api/v1/rfis/{}/respond", &[id], Recovery::ByStatus);
    client.send(access, call.json(&Answers { questions: answers })?).await
}

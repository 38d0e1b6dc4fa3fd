//! Beneficiaries (D, part 03 §a): created on behalf of the account that will pay them.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::document::quiet;
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Client, Document, Error, Page, Rest};

/// A beneficiary, as read. The document is kept whole.
#[derive(Debug, Clone, Deserialize)]
pub struct Beneficiary {
    /// Airwallex's own id, a UUID (D).
    pub id: String,
    /// A label for internal use (D).
    #[serde(default)]
    pub nickname: Option<String>,
    /// `LOCAL`, `SWIFT` or both (D).
    #[serde(default)]
    pub transfer_methods: Vec<String>,
    /// Who is paid, less what the corridor does not need, plus `bank_details.fingerprint` (D).
    #[serde(default)]
    pub beneficiary: Document,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

words! {
    /// What a bank says of an account (D, part 03 §a.5).
    Verdict {
        Verified = "VERIFIED",
        Invalid = "INVALID",
        CannotVerify = "CANNOT_VERIFY",
        Unavailable = "EXTERNAL_SERVICE_UNAVAILABLE",
    }
}

words! {
    /// How far the given name is the account's.
    NameMatch { Full = "FULL_MATCH", Partial = "PARTIAL_MATCH", None = "NOT_MATCHED", }
}

/// The answer of [`verify_account`].
#[derive(Debug, Clone, Deserialize)]
pub struct Verification {
    /// What came of it; never INVALID in the euro area (D).
    pub code: Verdict,
    /// What the bank knows of the account, if it says (D).
    #[serde(default)]
    pub details: Option<VerificationDetails>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What a bank knows of an account (D, part 03 §a.5).
#[derive(Clone, Deserialize)]
pub struct VerificationDetails {
    /// How far the given name is the holder's (D).
    #[serde(default)]
    pub account_name_match_result: Option<NameMatch>,
    /// The holder's name as the bank has it (D).
    #[serde(default)]
    pub resolved_account_name: Option<String>,
    /// The bank's own name (D).
    #[serde(default)]
    pub resolved_bank_name: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

quiet!(VerificationDetails, Filter);

/// Which beneficiaries to list; nothing means all.
#[derive(Clone, Default)]
pub struct Filter {
    /// The account's number at its bank (D).
    pub bank_account_number: Option<String>,
    /// Of a `COMPANY` (D).
    pub company_name: Option<String>,
    /// `COMPANY` or `PERSONAL` (D).
    pub entity_type: Option<String>,
    /// The payee's name (D).
    pub name: Option<String>,
    /// The label, `nickname` elsewhere (D).
    pub nick_name: Option<String>,
}

/// Checks a document by the same rules as [`create`]; creates nothing. Refused with `validation_failed`,
/// whose fields [`Refusal::fields`](crate::Refusal::fields) tells (D).
pub async fn validate(client: &Client, access: &Access, document: &impl Serialize) -> Result<(), Error> {
    let call = Call::post("/api/v1/beneficiaries/validate", &[], Recovery::Repeat);
    client.send_unit(access, call.json(document)?).await
}

/// Creates. No list finds it by `request_id`: a lost answer is recovered by listing and comparing
/// the content, and the simulator honours a repeated `request_id` (A).
pub async fn create(
    client: &Client,
    access: &Access,
    document: &impl Serialize,
) -> Result<Beneficiary, Error> {
    let call = Call::post("/api/v1/beneficiaries/create", &[], Recovery::ByFingerprint);
    client.send(access, call.json(document)?).await
}

/// One beneficiary; an unknown or deleted one is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Beneficiary, Error> {
    client.send(access, Call::get("/api/v1/beneficiaries/{}", &[id])).await
}

/// Takes the whole document; entity type and names stay as they are (D). A lost answer is recovered by reading the
/// beneficiary: a repeat could undo what somebody else has changed since.
pub async fn update(
    client: &Client,
    access: &Access,
    id: &str,
    document: &impl Serialize,
) -> Result<Beneficiary, Error> {
    let call = Call::post("/api/v1/beneficiaries/{}/update", &[id], Recovery::ByStatus);
    client.send(access, call.json(document)?).await
}

/// A lost answer is recovered by reading: deleted ones are not found. A transfer to one is refused with
/// `invalid_argument`, source `beneficiary_id` (A).
pub async fn delete(client: &Client, access: &Access, id: &str) -> Result<(), Error> {
    client.send_unit(access, Call::post("/api/v1/beneficiaries/{}/delete", &[id], Recovery::ByStatus)).await
}

/// A page of at most 100 of the account's beneficiaries, newest first (A); pages count from 0.
pub async fn list(client: &Client, access: &Access, page: u32) -> Result<Page<Beneficiary>, Error> {
    let query = [("page_num", Some(page.to_string())), ("page_size", Some("100".to_owned()))];
    client.send(access, Call::get("/api/v1/beneficiaries", &[]).query(query)).await
}

/// The account's beneficiaries, newest first (A), from numbered pages of 100; ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<Beneficiary, Error>> + 'a {
    let call = Call::get("/api/v1/beneficiaries", &[]).query([
        ("bank_account_number", filter.bank_account_number),
        ("company_name", filter.company_name),
        ("entity_type", filter.entity_type),
        ("name", filter.name),
        ("nick_name", filter.nick_name),
    ]);
    walk(client, access, call, Style::Numbered, 100)
}

/// Asks the bank whether the account is the named one's: the euro area, the United Kingdom, Vietnam (D).
/// Besides `validation_failed` it may refuse with a 400 `service_unavailable` (D).
pub async fn verify_account(
    client: &Client,
    access: &Access,
    account: &impl Serialize,
) -> Result<Verification, Error> {
    let call = Call::post("/api/v1/beneficiaries/verify_account", &[], Recovery::Repeat);
    client.send(access, call.json(account)?).await
}

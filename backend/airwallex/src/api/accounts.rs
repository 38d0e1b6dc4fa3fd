//! Accounts (D, part 02 §1): the caller's own, connected accounts, their data and their checks.

use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account_details::AccountDetails;
use crate::call::{Call, Recovery};
use crate::document::{lenient, quiet, told};
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Client, Document, Error, Page, Rest, Timestamp, Unreadable};

words! {
    /// Where an account stands (D, part 02 §2). Anything but ACTIVE cannot move money.
    AccountStatus {
        Created = "CREATED",
        Submitted = "SUBMITTED",
        ActionRequired = "ACTION_REQUIRED",
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
        /// Since 2026-08-21; ACTIVE before.
        Dormant = "DORMANT",
        /// Since 2026-08-21; SUSPENDED before.
        Closed = "CLOSED",
    }
}

/// An account, as read.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    /// Airwallex's own id: `acct_` and 22 URL-safe base64 characters (D).
    pub id: String,
    /// Where it stands; a word that is not known means not usable (A).
    pub status: AccountStatus,
    /// A label to show (D).
    #[serde(default)]
    pub nickname: Option<String>,
    /// The platform's own key for it, by which [`find`] looks; it need not be unique (D).
    #[serde(default)]
    pub identifier: Option<String>,
    /// Who the customer is, in the shape of [`AccountDetails`] (D).
    #[serde(default)]
    pub account_details: Document,
    /// In the shape of [`CustomerAgreements`](super::account_details::CustomerAgreements) (D).
    #[serde(default)]
    pub customer_agreements: Document,
    /// What a person or the terms still need; only meaningful in `ACTION_REQUIRED` (D).
    #[serde(default, deserialize_with = "told")]
    pub requirements: Requirements,
    /// What is asked next; `NONE` in a sample of an active account (D).
    #[serde(default, deserialize_with = "lenient")]
    pub next_action: Option<NextAction>,
    /// When it was opened (D).
    #[serde(default, deserialize_with = "lenient")]
    pub created_at: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What is asked of the customer, by the name of the requirement.
#[derive(Debug, Clone, Deserialize)]
pub struct NextAction {
    /// `type` on the wire, such as `agreement_to_terms_and_conditions_required` (D).
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Account {
    /// The account's details in types, as far as this version knows them.
    pub fn details(&self) -> Result<AccountDetails, Unreadable> {
        Ok(serde_json::from_value((*self.account_details).clone())?)
    }

    /// The business's or person's name, wherever it is given.
    pub fn display_name(&self) -> Option<String> {
        let text = |path: &str| self.account_details.pointer(path).and_then(Value::as_str);
        let person = || {
            let first = text("/individual_details/first_name")?;
            Some(format!("{first} {}", text("/individual_details/last_name")?))
        };
        text("/business_details/business_name")
            .map(str::to_owned)
            .or_else(person)
            .or_else(|| self.nickname.clone())
    }
}

/// What is still needed, by kind; businesses are asked by [questions](super::rfis) instead (D, part 02 §1.4.1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Requirements {
    /// The terms are to be accepted by [`agree_to_terms`].
    #[serde(deserialize_with = "lenient")]
    pub agreement_to_terms_and_conditions_required: Option<Document>,
    /// A first document of identity.
    #[serde(deserialize_with = "told")]
    pub primary_identification_required: Vec<Requirement>,
    /// A second one.
    #[serde(deserialize_with = "told")]
    pub secondary_identification_required: Vec<Requirement>,
    /// A photograph of the face.
    #[serde(deserialize_with = "lenient")]
    pub photo_file_id_required: Option<Requirement>,
    /// A photograph of the person with the document.
    #[serde(deserialize_with = "told")]
    pub photo_holding_id_required: Vec<Requirement>,
    /// Why a second account is wanted.
    #[serde(deserialize_with = "told")]
    pub reason_for_duplicate_account_required: Vec<Requirement>,
    /// Whatever else.
    #[serde(deserialize_with = "told")]
    pub other: Vec<Requirement>,
    /// Kinds that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One thing that is needed. Whose it is and what is wrong with it does not print.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Requirement {
    /// Such as `BLURRY_IMAGE`, `EXPIRED_DOCUMENT` or `FACE_MATCHING_FAILED` (D).
    #[serde(deserialize_with = "lenient")]
    pub error_code: Option<String>,
    /// For people (D).
    #[serde(deserialize_with = "lenient")]
    pub message: Option<String>,
    /// Whose document it is (D).
    #[serde(deserialize_with = "lenient")]
    pub first_name: Option<String>,
    /// Whose document it is (D).
    #[serde(deserialize_with = "lenient")]
    pub last_name: Option<String>,
    /// Members that are not typed here: the files that were refused, a middle name (D).
    #[serde(flatten)]
    pub rest: Rest,
}

/// The wallet's own account (D).
#[derive(Clone, Deserialize)]
pub struct WalletInfo {
    /// The name under which the wallet is held (D).
    #[serde(default)]
    pub account_name: Option<String>,
    /// 16 digits (D).
    #[serde(default)]
    pub account_number: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

quiet!(WalletInfo, Requirement, Filter);

/// Which accounts to list; nothing means all.
#[derive(Clone, Default)]
pub struct Filter {
    /// Only those in this status (D; `DORMANT` and `CLOSED` A).
    pub account_status: Option<AccountStatus>,
    /// Exactly this one (D; exactness A).
    pub identifier: Option<String>,
    /// The primary contact's, exactly this one (D, the SDK; exactness A).
    pub email: Option<String>,
    /// `key:value` (D).
    pub metadata: Option<String>,
    /// Inclusive (D).
    pub from_created_at: Option<Timestamp>,
    /// Inclusive (D).
    pub to_created_at: Option<Timestamp>,
}

/// The caller's own account, or with `x-on-behalf-of` the connected one.
pub async fn own(client: &Client, access: &Access) -> Result<Account, Error> {
    client.send(access, Call::get("/api/v1/account", &[])).await
}

/// Name and number of the caller's own wallet (D), or with `x-on-behalf-of` of the connected account's (A).
pub async fn wallet_info(client: &Client, access: &Access) -> Result<WalletInfo, Error> {
    client.send(access, Call::get("/api/v1/account/wallet_info", &[])).await
}

/// Opens a connected account; the body is a [`NewAccount`](super::account_details::NewAccount) or JSON of the
/// same shape (02 §1.2). There is no idempotency (D): send
/// an `identifier` always, and after a lost answer look it up by [`find`]. Refused with `field_required` or
/// `invalid_argument`, its source a dotted path (D).
pub async fn create(client: &Client, account: &impl Serialize) -> Result<Account, Error> {
    let mut call = Call::post("/api/v1/accounts/create", &[], Recovery::ByIdentifier).json(account)?;
    if !call.has_member("identifier") {
        // Nothing finds it but what it holds.
        call.recovery = Recovery::ByFingerprint;
    }
    client.send(&Access::Platform, call).await
}

/// Looks up by `identifier`, which need not be unique (D): the newest. An empty answer is no evidence: lists may
/// lag, so after a lost answer look again in a while before anything is created.
pub async fn find(client: &Client, identifier: &str) -> Result<Option<Account>, Error> {
    let call = Call::get("/api/v1/accounts", &[]).query([("identifier", Some(identifier.to_owned()))]);
    let page: Page<Account> = client.send(&Access::Platform, call).await?;
    Ok(page.items.into_iter().find(|found| found.identifier.as_deref() == Some(identifier)))
}

/// A connected account of the platform; fails when it is not linked.
pub async fn get(client: &Client, id: &str) -> Result<Account, Error> {
    client.send(&Access::Platform, Call::get("/api/v1/accounts/{}", &[id])).await
}

/// The platform's connected accounts, newest first (A), from numbered pages of 100; ends with the first
/// error. Empty for a caller who is no platform (D).
pub fn all(client: &Client, filter: Filter) -> impl Stream<Item = Result<Account, Error>> + '_ {
    let call = Call::get("/api/v1/accounts", &[]).query([
        ("account_status", filter.account_status.map(|status| status.as_str().to_owned())),
        ("identifier", filter.identifier),
        ("email", filter.email),
        ("metadata", filter.metadata),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, &Access::Platform, call, Style::Numbered, 100)
}

/// Merges into the account's data. A lost answer is recovered by reading the account: a repeat could undo what
/// somebody else has changed since. Refused with `invalid_argument`, source `status`, while
/// SUBMITTED, SUSPENDED or CLOSED (A).
pub async fn update(client: &Client, id: &str, change: &impl Serialize) -> Result<Account, Error> {
    let call = Call::post("/api/v1/accounts/{}/update", &[id], Recovery::ByStatus);
    client.send(&Access::Platform, call.json(change)?).await
}

/// Sends the account into review. A lost answer is recovered by reading the status. Refused with
/// `field_required` when data is missing (D), with `invalid_argument` unless CREATED or ACTION_REQUIRED (A).
pub async fn submit(client: &Client, id: &str) -> Result<Account, Error> {
    client.send(&Access::Platform, Call::post("/api/v1/accounts/{}/submit", &[id], Recovery::ByStatus)).await
}

/// Records that the customer accepted Airwallex's terms, which may send the account into review again (D). A
/// lost answer is recovered by reading the account.
pub async fn agree_to_terms(client: &Client, id: &str, agreement: &impl Serialize) -> Result<Account, Error> {
    let call = Call::post("/api/v1/accounts/{}/terms_and_conditions/agree", &[id], Recovery::ByStatus);
    client.send(&Access::Platform, call.json(agreement)?).await
}

#[derive(Serialize)]
struct Message<'a> {
    message: &'a str,
}

/// Suspends every account of the same legal entity (D); only from ACTIVE. Some documents show the account as
/// the answer, others "OK": whoever wants it reads it. A lost answer is recovered by reading the status.
pub async fn suspend(client: &Client, id: &str, message: &str) -> Result<(), Error> {
    let call = Call::post("/api/v1/accounts/{}/suspend", &[id], Recovery::ByStatus);
    client.send_unit(&Access::Platform, call.json(&Message { message })?).await
}

/// Undoes a suspension, not a refusal; only from SUSPENDED. Answer and recovery as for [`suspend`].
pub async fn reactivate(client: &Client, id: &str, message: &str) -> Result<(), Error> {
    let call = Call::post("/api/v1/accounts/{}/reactivate", &[id], Recovery::ByStatus);
    client.send_unit(&Access::Platform, call.json(&Message { message })?).await
}

/// A second account of a legal entity that is verified already (D). A lost answer is recovered by the metadata
/// in the list.
pub async fn duplicate(client: &Client, id: &str, metadata: &Value) -> Result<Account, Error> {
    let call = Call::post("/api/v1/accounts/{}/clone", &[id], Recovery::ByFingerprint);
    client.send(&Access::Platform, call.json(&serde_json::json!({ "metadata": metadata }))?).await
}

//! What an account can do (D, part 02 §7.6). On behalf of the account.

use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Page, Rest};

words! {
    /// Whether the account has it.
    CapabilityStatus { Enabled = "ENABLED", Disabled = "DISABLED", Pending = "PENDING", }
}

/// Such as `transfer_cny_local`.
#[derive(Debug, Clone, Deserialize)]
pub struct Capability {
    /// The capability's word, such as `payments_visa` (D).
    pub id: String,
    /// Whether the account has it; `account_capability.*` events tell when it changes (D).
    pub status: CapabilityStatus,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One by its word; a word that is none is refused with `capability_not_supported` (D).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Capability, Error> {
    client.send(access, Call::get("/api/v1/account_capabilities/{}", &[id])).await
}

/// Asks for one. A lost answer is recovered by reading the status. Refused with `bad_request`,
/// `field_required` or `invalid_person` (D).
pub async fn enable(client: &Client, access: &Access, id: &str) -> Result<Capability, Error> {
    client.send(access, Call::post("/api/v1/account_capabilities/{}/enable", &[id], Recovery::ByStatus)).await
}

/// A higher limit of what may be pulled in by direct debit.
#[derive(Debug, Clone, Serialize)]
pub struct WantedLimit<'a> {
    /// ISO 4217 (D).
    pub currency: &'a str,
    /// In major units.
    pub limit: Amount,
    /// `DIRECT_DEBIT_DEPOSIT` or `FASTER_DIRECT_DEBIT_DEPOSIT`.
    #[serde(rename = "type")]
    pub kind: &'a str,
}

/// Asks for higher limits. A lost answer is recovered by reading [`funding_limits`].
pub async fn apply(
    client: &Client,
    access: &Access,
    request_id: &str,
    limits: &[WantedLimit<'_>],
) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Application<'a> {
        request_id: &'a str,
        funding_limits: &'a [WantedLimit<'a>],
    }
    let call = Call::post("/api/v1/account_capabilities/apply", &[], Recovery::ByStatus);
    client.send_unit(access, call.json(&Application { request_id, funding_limits: limits })?).await
}

words! {
    /// Whether a limit holds already.
    LimitStatus { Active = "ACTIVE", Requested = "REQUESTED", }
}

/// What may be pulled in by direct debit.
#[derive(Debug, Clone, Deserialize)]
pub struct FundingLimit {
    /// ISO 4217 (D).
    pub currency: String,
    /// In force, or only asked for (D).
    pub status: LimitStatus,
    /// In major units.
    #[serde(default)]
    pub limit: Option<Amount>,
    /// What of it is left.
    #[serde(default)]
    pub available: Option<Amount>,
    /// What was asked for, in major units (D).
    #[serde(default)]
    pub requested_limit: Option<Amount>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The account's limits; all currencies if none is named. Asked for without pages: there is one limit a currency
/// and kind, and the words for the pages changed with 2025-09-30 (D).
pub async fn funding_limits(
    client: &Client,
    access: &Access,
    currency: Option<&str>,
) -> Result<Vec<FundingLimit>, Error> {
    let call = Call::get("/api/v1/account_capabilities/funding_limits", &[]);
    let page: Page<FundingLimit> =
        client.send(access, call.query([("ccy", currency.map(str::to_owned))])).await?;
    page.whole()
}

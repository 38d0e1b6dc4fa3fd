//! What an account can do (D, part 02 §7.6). On behalf of the account.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Rest};

words! {
    /// Whether the account has it.
    CapabilityStatus { Enabled = "ENABLED", Disabled = "DISABLED", Pending = "PENDING", }
}

/// Such as `transfer_cny_local`.
#[derive(Debug, Clone, Deserialize)]
pub struct Capability {
    pub id: String,
    pub status: CapabilityStatus,
    #[serde(flatten)]
    pub rest: Rest,
}

pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Capability, Error> {
    client.send(access, Call::get("/api/v1/account_capabilities/{}", &[id])).await
}

/// Asks for one. A lost answer is recovered by reading the status.
pub async fn enable(client: &Client, access: &Access, id: &str) -> Result<Capability, Error> {
    client.send(access, Call::post("/api/v1/account_capabilities/{}/enable", &[id], Recovery::ByStatus)).await
}

/// A higher limit of what may be pulled in by direct debit.
#[derive(Debug, Clone, Serialize)]
pub struct WantedLimit<'a> {
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
    pub currency: String,
    pub status: LimitStatus,
    /// In major units.
    #[serde(default)]
    pub limit: Option<Amount>,
    /// What of it is left.
    #[serde(default)]
    pub available: Option<Amount>,
    #[serde(default)]
    pub requested_limit: Option<Amount>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// The account's limits; all currencies if none is named.
pub fn funding_limits<'a>(
    client: &'a Client,
    access: &'a Access,
    currency: Option<&str>,
) -> impl Stream<Item = Result<FundingLimit, Error>> + 'a {
    let call = Call::get("/api/v1/account_capabilities/funding_limits", &[]);
    let call = call.query([("ccy", currency.map(str::to_owned))]);
    walk(client, access, call, Style::Numbered, 100)
}

//! Money from one wallet of the platform to another (D, part 02 §7.1): pushed by whoever is debited.

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::paging::{Style, find_by_request_id, walk};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

words! {
    /// Where a movement stands (D, part 02 §7.3): debited when NEW, credited when SETTLED, given back when
    /// FAILED.
    MovementStatus {
        New = "NEW",
        /// Held by Airwallex's monitoring (D).
        Pending = "PENDING",
        Settled = "SETTLED",
        /// Refused by a review; not given back yet (D).
        Suspended = "SUSPENDED",
        Failed = "FAILED",
    }
}

/// Money to push to another account of the platform (D).
#[derive(Debug, Clone, Serialize)]
pub struct NewConnectedAccountTransfer<'a> {
    /// 1 to 50 characters, unique per calling account.
    pub request_id: &'a str,
    /// In major units, sent as a text; zero is refused with `invalid_argument` (D).
    pub amount: Amount,
    /// ISO 4217, the same on both sides (D).
    pub currency: &'a str,
    /// The account to credit; it must be ACTIVE.
    pub destination: &'a str,
    /// A word of part 02 §7.1, such as `goods_purchased`.
    pub reason: &'a str,
    /// 1 to 140 characters.
    pub reference: &'a str,
}

/// A connected-account transfer, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct ConnectedAccountTransfer {
    /// Airwallex's own id, a UUID (D).
    pub id: String,
    /// The one that it was created with (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// Where it stands (D).
    pub status: MovementStatus,
    /// In major units (D).
    pub amount: Amount,
    /// ISO 4217 (D).
    pub currency: String,
    /// The account that is credited, `acct_…` (D).
    #[serde(default)]
    pub destination: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which ones to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// ISO 4217 (D).
    pub currency: Option<String>,
    /// The account that is credited, `acct_…` (D).
    pub destination: Option<String>,
    /// The one that [`create`] was given (D).
    pub request_id: Option<String>,
    /// Only those in this status (D).
    pub status: Option<MovementStatus>,
    /// Inclusive.
    pub from_created_at: Option<Timestamp>,
    /// Inclusive.
    pub to_created_at: Option<Timestamp>,
}

/// Debits the platform, or the account that is acted for. A lost answer is recovered by [`find`]. Refused
/// with `insufficient_fund`, `method_not_allowed`, or `validation_failed` when the target is not connected or
/// not operational (D); a repeated `request_id` is [`Error::Duplicate`] (`request_id_duplicate`, D).
pub async fn create(
    client: &Client,
    access: &Access,
    transfer: &NewConnectedAccountTransfer<'_>,
) -> Result<ConnectedAccountTransfer, Error> {
    let call = Call::post("/api/v1/connected_account_transfers/create", &[], Recovery::ByRequestId);
    client.send(access, call.json(transfer)?).await
}

/// One transfer; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<ConnectedAccountTransfer, Error> {
    client.send(access, Call::get("/api/v1/connected_account_transfers/{}", &[id])).await
}

/// Looks up by `request_id`. An empty answer is no evidence: lists may lag.
pub async fn find(
    client: &Client,
    access: &Access,
    request_id: &str,
) -> Result<Option<ConnectedAccountTransfer>, Error> {
    find_by_request_id(
        client,
        access,
        "/api/v1/connected_account_transfers",
        request_id,
        |found: &ConnectedAccountTransfer| found.request_id.as_deref(),
    )
    .await
}

/// Newest first (A), from numbered pages of 100; ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<ConnectedAccountTransfer, Error>> + 'a {
    let call = Call::get("/api/v1/connected_account_transfers", &[]).query([
        ("currency", filter.currency),
        ("destination", filter.destination),
        ("request_id", filter.request_id),
        ("status", filter.status.map(|status| status.as_str().to_owned())),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, access, call, Style::Numbered, 100)
}

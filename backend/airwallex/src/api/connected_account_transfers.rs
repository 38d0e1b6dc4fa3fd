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
        Pending = "PENDING",
        Settled = "SETTLED",
        Suspended = "SUSPENDED",
        Failed = "FAILED",
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct NewConnectedAccountTransfer<'a> {
    /// 1 to 50 characters, unique per calling account.
    pub request_id: &'a str,
    pub amount: Amount,
    pub currency: &'a str,
    /// The account to credit; it must be ACTIVE.
    pub destination: &'a str,
    /// A word of part 02 §7.1, such as `goods_purchased`.
    pub reason: &'a str,
    /// 1 to 140 characters.
    pub reference: &'a str,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ConnectedAccountTransfer {
    pub id: String,
    #[serde(default)]
    pub request_id: Option<String>,
    pub status: MovementStatus,
    pub amount: Amount,
    pub currency: String,
    #[serde(default)]
    pub destination: Option<String>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which ones to list; nothing means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub currency: Option<String>,
    pub destination: Option<String>,
    pub request_id: Option<String>,
    pub status: Option<MovementStatus>,
    /// Inclusive.
    pub from_created_at: Option<Timestamp>,
    /// Inclusive.
    pub to_created_at: Option<Timestamp>,
}

/// Debits the platform, or the account that is acted for. A lost answer is recovered by [`find`].
pub async fn create(
    client: &Client,
    access: &Access,
    transfer: &NewConnectedAccountTransfer<'_>,
) -> Result<ConnectedAccountTransfer, Error> {
    let call = Call::post("/api/v1/connected_account_transfers/create", &[], Recovery::ByRequestId);
    client.send(access, call.json(transfer)?).await
}

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

/// Newest first.
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

//! The partner application's connections (D, part 01 §a.7).

use futures_util::Stream;
use serde::Deserialize;

use crate::call::Call;
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Client, Error, Rest};

words! {
    /// Whether a customer's consent is in force (D).
    ConnectionStatus { Connected = "CONNECTED", Disconnected = "DISCONNECTED", }
}

/// What a customer granted the application. The id is opaque.
#[derive(Debug, Clone, Deserialize)]
pub struct Connection {
    /// Opaque; one for each application and account (A).
    pub id: String,
    /// The customer's account, `acct_…` (D).
    pub account_id: String,
    /// Whether the consent is in force (D).
    pub status: ConnectionStatus,
    /// What was granted, in either of the two spellings of scopes (D).
    #[serde(default)]
    pub authorized_scopes: Vec<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One connection: a malformed id is a 400, an unknown one or another partner's a 404 (D).
pub async fn get(client: &Client, id: &str) -> Result<Connection, Error> {
    client.send(&Access::Partner, Call::get("/partner-api/v1/connections/{}", &[id])).await
}

/// Every connection there is or was, in no documented order, from cursor pages of 100, the most there is (D);
/// ends with the first error.
pub fn all(client: &Client) -> impl Stream<Item = Result<Connection, Error>> + '_ {
    walk(client, &Access::Partner, Call::get("/partner-api/v1/connections", &[]), Style::Cursor, 100)
}

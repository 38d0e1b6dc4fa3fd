//! The partner application's connections (D, part 01 §a.7).

use futures_util::Stream;
use serde::Deserialize;

use crate::call::Call;
use crate::paging::{Style, walk};
use crate::word::words;
use crate::{Access, Client, Error, Rest};

words! {
    ConnectionStatus { Connected = "CONNECTED", Disconnected = "DISCONNECTED", }
}

/// What a customer granted the application. The id is opaque.
#[derive(Debug, Clone, Deserialize)]
pub struct Connection {
    pub id: String,
    pub account_id: String,
    pub status: ConnectionStatus,
    #[serde(default)]
    pub authorized_scopes: Vec<String>,
    #[serde(flatten)]
    pub rest: Rest,
}

pub async fn get(client: &Client, id: &str) -> Result<Connection, Error> {
    client.send(&Access::Partner, Call::get("/partner-api/v1/connections/{}", &[id])).await
}

/// Every connection there is or was.
pub fn all(client: &Client) -> impl Stream<Item = Result<Connection, Error>> + '_ {
    walk(client, &Access::Partner, Call::get("/partner-api/v1/connections", &[]), Style::Cursor, 100)
}

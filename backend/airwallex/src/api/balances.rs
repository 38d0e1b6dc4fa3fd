//! Wallet balances (D): a bare JSON array.

use serde::Deserialize;

use crate::client::Call;
use crate::{Access, Amount, Client, Error};

/// What a wallet holds in one currency, in major units.
#[derive(Debug, Clone, Deserialize)]
pub struct Balance {
    pub currency: String,
    pub available_amount: Amount,
    pub pending_amount: Amount,
    pub reserved_amount: Amount,
    pub total_amount: Amount,
}

pub async fn current(client: &Client, access: &Access) -> Result<Vec<Balance>, Error> {
    client.send(access, Call::get("/api/v1/balances/current")).await
}

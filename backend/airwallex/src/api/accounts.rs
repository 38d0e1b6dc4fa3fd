//! Accounts (D, part 02 §1): the caller's own, connected accounts, their data and their checks.

use serde::Deserialize;
use serde_json::Value;

use crate::client::Call;
use crate::{Access, Client, Error};

/// An account, as read. Statuses are kept as text: unknown ones must survive.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    pub id: String,
    pub status: String,
    #[serde(default)]
    pub nickname: Option<String>,
    #[serde(default)]
    pub identifier: Option<String>,
    #[serde(default)]
    pub account_details: Value,
    #[serde(default)]
    pub customer_agreements: Value,
    /// Only meaningful in `ACTION_REQUIRED`.
    #[serde(default)]
    pub requirements: Value,
    #[serde(default)]
    pub next_action: Option<NextAction>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct NextAction {
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
}

impl Account {
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

/// The wallet's own account (D).
#[derive(Debug, Clone, Deserialize)]
pub struct WalletInfo {
    #[serde(default)]
    pub account_name: Option<String>,
    #[serde(default)]
    pub account_number: Option<String>,
}

/// The caller's own account, or with `x-on-behalf-of` the connected one.
pub async fn own(client: &Client, access: &Access) -> Result<Account, Error> {
    client.send(access, Call::get("/api/v1/account")).await
}

pub async fn wallet_info(client: &Client, access: &Access) -> Result<WalletInfo, Error> {
    client.send(access, Call::get("/api/v1/account/wallet_info")).await
}

/// A connected account of the platform; fails when it is not linked.
pub async fn get(client: &Client, id: &str) -> Result<Account, Error> {
    client.send(&Access::Platform, Call::get(format!("/api/v1/accounts/{id}"))).await
}

/// Merges into the account's data. Harmless twice; a lost answer is recovered by reading or repeating.
pub async fn update(client: &Client, id: &str, change: &Value) -> Result<Account, Error> {
    client.send(&Access::Platform, Call::post(format!("/api/v1/accounts/{id}/update")).json(change)?).await
}

/// Sends the account into review. A lost answer is recovered by reading the status.
pub async fn submit(client: &Client, id: &str) -> Result<Account, Error> {
    client.send(&Access::Platform, Call::post(format!("/api/v1/accounts/{id}/submit"))).await
}

/// Records that the customer accepted Airwallex's terms. Harmless twice.
pub async fn agree_to_terms(client: &Client, id: &str, agreement: &Value) -> Result<Account, Error> {
    let path = format!("/api/v1/accounts/{id}/terms_and_conditions/agree");
    client.send(&Access::Platform, Call::post(path).json(agreement)?).await
}

//! Beneficiaries (D, part 03 §a): created on behalf of the account that will pay them.

use serde::Deserialize;
use serde_json::Value;

use crate::client::Call;
use crate::{Access, Client, Error, Page};

/// A beneficiary, as read. The document is kept whole.
#[derive(Debug, Clone, Deserialize)]
pub struct Beneficiary {
    pub id: String,
    #[serde(default)]
    pub nickname: Option<String>,
    #[serde(default)]
    pub transfer_methods: Vec<String>,
    #[serde(default)]
    pub beneficiary: Value,
}

/// Checks a document by the same rules as [`create`]; creates nothing.
pub async fn validate(client: &Client, access: &Access, document: &Value) -> Result<(), Error> {
    client.send_unit(access, Call::post("/api/v1/beneficiaries/validate").json(document)?).await
}

/// Creates. No list finds it by `request_id`: a lost answer is recovered by listing and comparing
/// the content, and the simulator honours a repeated `request_id` (A).
pub async fn create(client: &Client, access: &Access, document: &Value) -> Result<Beneficiary, Error> {
    client.send(access, Call::post("/api/v1/beneficiaries/create").json(document)?).await
}

/// A page of the account's beneficiaries; pages count from 0.
pub async fn list(client: &Client, access: &Access, page: u32) -> Result<Page<Beneficiary>, Error> {
    let query = [("page_num", page.to_string()), ("page_size", "100".to_owned())];
    client.send(access, Call::get("/api/v1/beneficiaries").query(&query)).await
}

//! Payers other than the account itself (D, part 03 §a.7).

use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, Recovery};
use crate::paging::{Style, walk};
use crate::{Access, Client, Error, Rest};

#[derive(Debug, Clone, Deserialize)]
pub struct Payer {
    pub id: String,
    #[serde(default)]
    pub payer: Value,
    #[serde(flatten)]
    pub rest: Rest,
}

pub async fn validate(client: &Client, access: &Access, document: &impl Serialize) -> Result<(), Error> {
    client
        .send_unit(access, Call::post("/api/v1/payers/validate", &[], Recovery::Repeat).json(document)?)
        .await
}

/// No `request_id`: a lost answer is recovered by listing and comparing the content.
pub async fn create(client: &Client, access: &Access, document: &impl Serialize) -> Result<Payer, Error> {
    client
        .send(access, Call::post("/api/v1/payers/create", &[], Recovery::ByFingerprint).json(document)?)
        .await
}

pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Payer, Error> {
    client.send(access, Call::get("/api/v1/payers/{}", &[id])).await
}

/// Harmless twice.
pub async fn update(
    client: &Client,
    access: &Access,
    id: &str,
    document: &impl Serialize,
) -> Result<Payer, Error> {
    client.send(access, Call::post("/api/v1/payers/{}/update", &[id], Recovery::Repeat).json(document)?).await
}

/// A lost answer is recovered by reading.
pub async fn delete(client: &Client, access: &Access, id: &str) -> Result<(), Error> {
    client.send_unit(access, Call::post("/api/v1/payers/{}/delete", &[id], Recovery::ByStatus)).await
}

/// Newest first.
pub fn all<'a>(client: &'a Client, access: &'a Access) -> impl Stream<Item = Result<Payer, Error>> + 'a {
    walk(client, access, Call::get("/api/v1/payers", &[]), Style::Numbered, 100)
}

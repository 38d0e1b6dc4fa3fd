//! Payers other than the account itself (D, part 03 §a.7).

use std::collections::BTreeMap;

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::document::quiet;
use crate::paging::{Style, walk};
use crate::{Access, Client, Document, Error, Rest};

/// A payer, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Payer {
    /// Airwallex's own id, for [`Options::payer_id`](super::transfers::Options::payer_id).
    pub id: String,
    /// Who it is, in the shape of [`PayerDetails`] (D).
    #[serde(default)]
    pub payer: Document,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Somebody in whose name is paid. What is about people does not show in `Debug`.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct NewPayer {
    /// A label of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Who it is (D).
    pub payer: PayerDetails,
}

/// Who it is: a `company_name`, or a `first_name` and `last_name` (D).
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct PayerDetails {
    /// `COMPANY` or `PERSONAL`.
    pub entity_type: String,
    /// Of a `COMPANY` (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// Of a `PERSONAL` one (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Of a `PERSONAL` one (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<String>,
    /// Where the payer is (D).
    pub address: PayerAddress,
    /// Such as `business_registration_number` or `external_id` (D).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_info: BTreeMap<String, String>,
}

/// Where the payer is (D).
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct PayerAddress {
    /// ISO 3166 alpha-2.
    pub country_code: String,
    /// Street and number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// Town or city (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
}

quiet!(NewPayer, PayerDetails, PayerAddress);

/// Checks a [`NewPayer`], or JSON of the same shape, by the rules of [`create`]; creates nothing.
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

/// One payer; an unknown or deleted one is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Payer, Error> {
    client.send(access, Call::get("/api/v1/payers/{}", &[id])).await
}

/// Takes the whole document. A lost answer is recovered by reading the payer: a repeat could undo what somebody
/// else has changed since.
pub async fn update(
    client: &Client,
    access: &Access,
    id: &str,
    document: &impl Serialize,
) -> Result<Payer, Error> {
    client
        .send(access, Call::post("/api/v1/payers/{}/update", &[id], Recovery::ByStatus).json(document)?)
        .await
}

/// A lost answer is recovered by reading.
pub async fn delete(client: &Client, access: &Access, id: &str) -> Result<(), Error> {
    client.send_unit(access, Call::post("/api/v1/payers/{}/delete", &[id], Recovery::ByStatus)).await
}

/// Newest first (A), from numbered pages of 100; ends with the first error.
pub fn all<'a>(client: &'a Client, access: &'a Access) -> impl Stream<Item = Result<Payer, Error>> + 'a {
    walk(client, access, Call::get("/api/v1/payers", &[]), Style::Numbered, 100)
}

//! What several of the details are made of (D, part 02 §1.3).

use crate::document::quiet;
use serde::{Deserialize, Serialize};

use crate::Amount;
use crate::word::words;

words! {
    /// What a business's number is (D, part 02 §1.3).
    IdentifierType {
        /// Of a register of businesses.
        Brn = "BRN",
        /// Of an employer in the United States.
        Ein = "EIN",
        /// Of a person's social security in the United States.
        Ssn = "SSN",
        /// Of value-added tax.
        Vat = "VAT",
    }
}

/// A postal address (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Street and number (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line1: Option<String>,
    /// Whatever else leads to the door (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<String>,
    /// Suburb or town (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suburb: Option<String>,
    /// State or province (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// ISO 3166 alpha-2. Since 2026-07-17 needed in a business's registered address, or in its own one if it
    /// is not registered (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
}

/// An amount and its currency (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AmountOf {
    /// In major units, sent as a text (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// ISO 4217 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl AmountOf {
    /// This amount of this currency.
    pub fn new(amount: Amount, currency: impl Into<String>) -> Self {
        Self { amount: Some(amount), currency: Some(currency.into()) }
    }
}

/// A number under which a business is known (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessIdentifier {
    /// Where it was given, ISO 3166 alpha-2 (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// The number itself (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Sent as `type` (D).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentifierType>,
}

/// A file that was uploaded before, see [`files`](crate::api::files) (D, part 02 §1.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// As the upload answered it (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_id: Option<String>,
    /// What the file is: a word of the list that the documents belong to (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// In free words (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

quiet!(Address, AmountOf, BusinessIdentifier, Document);

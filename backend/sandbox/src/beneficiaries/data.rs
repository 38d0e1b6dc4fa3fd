//! The corridor data as it is kept: one line a corridor, with what is its own. What all of them share (head,
//! holder, address, tail) is put around it by [`super::corridors`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// One corridor of the file.
#[derive(Debug, Deserialize)]
pub struct Record {
    /// Written `country/currency/method/system`, the last only where a country has several.
    pub at: Key,
    /// Taken when nobody names a clearing system.
    #[serde(default)]
    pub default: bool,
    /// The most that goes this way, such as `25000 CAD`.
    pub limit: Option<String>,
    /// Business days, at least and at most.
    pub days: (u32, u32),
    pub rail: Option<String>,
    /// What an account must be able to do to pay this way.
    pub capability: Option<String>,
    pub note: Option<String>,
    /// The only entity type that it serves.
    pub only: Option<String>,
    pub fields: Vec<OwnField>,
    pub address: Address,
    #[serde(default)]
    pub variants: Vec<Variant>,
}

/// What a corridor is chosen by.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub struct Key {
    pub country: String,
    pub currency: String,
    pub method: String,
    pub system: Option<String>,
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        let mut parts = text.split('/').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Self { country: next(), currency: next(), method: next(), system: parts.next() }
    }
}

/// A field of a corridor's own. Paths are short: `bank.` is `beneficiary.bank_details.`, `info.` is
/// `beneficiary.additional_info.`.
#[derive(Debug, Deserialize)]
pub struct OwnField {
    pub path: String,
    pub label: String,
    /// The one value that it has; shown, not asked for.
    pub fixed: Option<String>,
    #[serde(default)]
    pub optional: bool,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub pattern: Option<String>,
    pub default: Option<String>,
    pub placeholder: Option<String>,
    pub example: Option<Example>,
    #[serde(default)]
    pub refresh: bool,
    #[serde(default)]
    pub options: Vec<Value>,
    /// Called optional by the schema although create insists (D: trap list).
    #[serde(default)]
    pub schema_optional: bool,
    /// A field whose presence lifts the requirement.
    pub unless: Option<String>,
    /// The first version that knows it.
    pub since: Option<String>,
    /// The entity type that it is for.
    #[serde(rename = "for")]
    pub entity: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Example {
    Any(String),
    ByEntity(BTreeMap<String, String>),
}

/// What of an address is asked for, with examples.
#[derive(Debug, Deserialize)]
pub struct Address {
    pub postcode: Option<String>,
    #[serde(default)]
    pub postcode_refreshes: bool,
    pub state: String,
    #[serde(default)]
    pub state_required: bool,
}

/// Rules that change with the routing type, such as PayID instead of a BSB.
#[derive(Debug, Deserialize)]
pub struct Variant {
    /// The routing type.
    pub when: String,
    pub set: BTreeMap<String, Changed>,
    #[serde(default)]
    pub drop: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Changed {
    pub pattern: Option<String>,
    pub required: Option<bool>,
}

pub static RECORDS: LazyLock<Vec<Record>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fixtures/corridors.json"))
        .expect("the corridors are well formed")
});

/// Countries and their names, in the order of the names (ISO 3166).
pub static COUNTRIES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let listed: serde_json::Map<String, Value> =
        serde_json::from_str(include_str!("../../fixtures/countries.json"))
            .expect("the countries are well formed");
    listed.into_iter().filter_map(|(code, name)| Some((code, name.as_str()?.to_owned()))).collect()
});

/// Every country's code and name.
pub fn country_names() -> &'static [(String, String)] {
    &COUNTRIES
}

/// A short path in full.
pub fn full(path: &str) -> String {
    match path.split_once('.') {
        Some(("bank", rest)) => format!("beneficiary.bank_details.{rest}"),
        Some(("info", rest)) => format!("beneficiary.additional_info.{rest}"),
        _ => path.to_owned(),
    }
}

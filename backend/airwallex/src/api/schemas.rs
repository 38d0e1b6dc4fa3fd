//! The dynamic schema engine (D, part 03 §b): which fields a beneficiary needs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, Recovery};
use crate::{Access, Client, Error, Rest};

/// What the fields depend on. Absent members take Airwallex's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Condition {
    /// ISO 3166 alpha-2; lower case is refused with `invalid_argument` (C).
    pub bank_country_code: String,
    /// ISO 4217 (D).
    pub account_currency: String,
    /// `LOCAL` or `SWIFT` (D).
    pub transfer_method: String,
    /// Such as `ACH`; the first that the corridor offers if absent (A).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_clearing_system: Option<String>,
    /// `COMPANY` or `PERSONAL` (D).
    pub entity_type: String,
    /// Such as `email_address`, where the rule of its value depends on it (A).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_routing_type1: Option<String>,
    /// `BANK_ACCOUNT` if absent, or `DIGITAL_WALLET`, which goes with a `provider` (D).
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The wallet's, such as `PAYPAL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// A form schema: fields in the order in which they should be shown.
#[derive(Debug, Clone, Deserialize)]
pub struct FormSchema {
    /// What these fields are for, as Airwallex understood it (D).
    #[serde(default)]
    pub condition: Value,
    /// In the order to show them in (D).
    pub fields: Vec<SchemaField>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One field: where its value goes, its rule, its widget.
#[derive(Debug, Clone, Deserialize)]
pub struct SchemaField {
    /// Where the value goes in the body of a beneficiary; `transfer_method` goes into `transfer_methods` (D).
    pub path: String,
    /// Not to be trusted when false: some fields are needed all the same (D, part 03 §b.4).
    #[serde(default)]
    pub required: bool,
    /// False means a fixed value from `field.default`, still to be sent.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Absent for free fields (D).
    #[serde(default)]
    pub rule: Option<Rule>,
    /// How it is shown (D).
    pub field: Widget,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

fn yes() -> bool {
    true
}

/// What a value must look like (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Rule {
    /// A regular expression. For fields with options it is a bare list: check by membership (D).
    #[serde(default)]
    pub pattern: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// How a field is shown. `kind` is `INPUT`, `SELECT`, `RADIO`, `TRANSFER_METHOD` or
/// `DYNAMIC_SELECT`; others must be shown as plain input.
#[derive(Debug, Clone, Deserialize)]
pub struct Widget {
    /// The last part of the path (D).
    #[serde(default)]
    pub key: String,
    /// `type` on the wire (D).
    #[serde(rename = "type")]
    pub kind: String,
    /// The field's name for people; may be empty (D).
    #[serde(default)]
    pub label: Option<String>,
    /// A longer text for people; may be empty (D).
    #[serde(default)]
    pub description: Option<String>,
    /// A hint for people; may be empty (D).
    #[serde(default)]
    pub tip: Option<String>,
    /// A sample value; may be empty (D).
    #[serde(default)]
    pub example: Option<String>,
    /// What to fill in; of a field that is not `enabled`, its fixed value (D).
    #[serde(default)]
    pub default: Option<String>,
    /// For `DYNAMIC_SELECT`: where the choices come from and what to ask with.
    #[serde(default)]
    pub dynamic_options: Value,
    /// After a change the schema must be asked for again.
    #[serde(default)]
    pub refresh: bool,
    /// The choices of `SELECT`, `RADIO` and `TRANSFER_METHOD` (D).
    #[serde(default)]
    pub options: Vec<SchemaOption>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A choice; the last two members only for `TRANSFER_METHOD`.
#[derive(Debug, Clone, Deserialize)]
pub struct SchemaOption {
    /// The choice's name for people (D).
    pub label: String,
    /// What goes into the body (D).
    pub value: String,
    /// A longer text for people (D).
    #[serde(default)]
    pub description: Option<String>,
    /// In words, such as "Same day" (D).
    #[serde(default)]
    pub processing_time: Option<String>,
    /// In words, such as "Up to 1,000,000 GBP" (D).
    #[serde(default)]
    pub payment_limit: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One field of the machine-readable schema: where it goes and its rule.
#[derive(Debug, Clone, Deserialize)]
pub struct ApiField {
    /// The last part of the path (D).
    #[serde(default)]
    pub key: String,
    /// Where the value goes in the body of a beneficiary (D).
    pub path: String,
    /// Not to be trusted when false, see [`SchemaField::required`] (D).
    #[serde(default)]
    pub required: bool,
    /// Absent for free fields (D).
    #[serde(default)]
    pub rule: Option<Rule>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The rules without the widgets.
#[derive(Debug, Clone, Deserialize)]
pub struct ApiSchema {
    /// What these fields are for, as Airwallex understood it (D).
    #[serde(default)]
    pub condition: Value,
    /// In the order that Airwallex gives them (D).
    pub fields: Vec<ApiField>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A bank that can be chosen.
#[derive(Debug, Clone, Deserialize)]
pub struct Bank {
    /// The bank's name for people (D).
    pub label: String,
    /// What goes into the field, such as a bank code (D).
    pub value: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Banks that a keyword finds; `truncated` when there are more.
#[derive(Debug, Clone, Deserialize)]
pub struct Banks {
    /// Those that the keyword found (D).
    pub items: Vec<Bank>,
    /// Whether more were found than are shown (D).
    #[serde(default)]
    pub truncated: bool,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Refused with `SCHEMA_DEFINITION_NOT_FOUND` when there are no rules for the condition (C).
pub async fn form(client: &Client, access: &Access, condition: &Condition) -> Result<FormSchema, Error> {
    let call = Call::post("/api/v1/beneficiary_form_schemas/generate", &[], Recovery::Repeat);
    client.send(access, call.json(condition)?).await
}

/// The same rules for machines.
pub async fn api(client: &Client, access: &Access, condition: &Condition) -> Result<ApiSchema, Error> {
    let call = Call::post("/api/v1/beneficiary_api_schemas/generate", &[], Recovery::Repeat);
    client.send(access, call.json(condition)?).await
}

/// Banks for a `DYNAMIC_SELECT`; the keyword has at least three characters (D).
pub async fn banks(
    client: &Client,
    access: &Access,
    condition: &Condition,
    keyword: &str,
) -> Result<Banks, Error> {
    let call = Call::get("/api/v1/beneficiary_form_schemas/supported_financial_institutions", &[]).query([
        ("bank_country_code", Some(condition.bank_country_code.clone())),
        ("account_currency", Some(condition.account_currency.clone())),
        ("entity_type", Some(condition.entity_type.clone())),
        ("transfer_method", Some(condition.transfer_method.clone())),
        ("local_clearing_system", condition.local_clearing_system.clone()),
        ("keyword", Some(keyword.to_owned())),
    ]);
    client.send(access, call).await
}

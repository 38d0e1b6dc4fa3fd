//! The dynamic schema engine (D, part 03 §b): which fields a beneficiary needs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, Recovery};
use crate::{Access, Client, Error};

/// What the fields depend on. Absent members take Airwallex's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Condition {
    pub bank_country_code: String,
    pub account_currency: String,
    pub transfer_method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_clearing_system: Option<String>,
    pub entity_type: String,
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
    #[serde(default)]
    pub condition: Value,
    pub fields: Vec<SchemaField>,
}

/// One field: where its value goes, its rule, its widget.
#[derive(Debug, Clone, Deserialize)]
pub struct SchemaField {
    pub path: String,
    #[serde(default)]
    pub required: bool,
    /// False means a fixed value from `field.default`, still to be sent.
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub rule: Option<Rule>,
    pub field: Widget,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Deserialize)]
pub struct Rule {
    #[serde(default)]
    pub pattern: Option<String>,
}

/// How a field is shown. `kind` is `INPUT`, `SELECT`, `RADIO`, `TRANSFER_METHOD` or
/// `DYNAMIC_SELECT`; others must be shown as plain input.
#[derive(Debug, Clone, Deserialize)]
pub struct Widget {
    #[serde(default)]
    pub key: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub tip: Option<String>,
    #[serde(default)]
    pub example: Option<String>,
    #[serde(default)]
    pub default: Option<String>,
    /// For `DYNAMIC_SELECT`: where the choices come from and what to ask with.
    #[serde(default)]
    pub dynamic_options: Value,
    /// After a change the schema must be asked for again.
    #[serde(default)]
    pub refresh: bool,
    #[serde(default)]
    pub options: Vec<SchemaOption>,
}

/// A choice; the last two members only for `TRANSFER_METHOD`.
#[derive(Debug, Clone, Deserialize)]
pub struct SchemaOption {
    pub label: String,
    pub value: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub processing_time: Option<String>,
    #[serde(default)]
    pub payment_limit: Option<String>,
}

/// One field of the machine-readable schema: where it goes and its rule.
#[derive(Debug, Clone, Deserialize)]
pub struct ApiField {
    #[serde(default)]
    pub key: String,
    pub path: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub rule: Option<Rule>,
}

/// The rules without the widgets.
#[derive(Debug, Clone, Deserialize)]
pub struct ApiSchema {
    #[serde(default)]
    pub condition: Value,
    pub fields: Vec<ApiField>,
}

/// A bank that can be chosen.
#[derive(Debug, Clone, Deserialize)]
pub struct Bank {
    pub label: String,
    pub value: String,
}

/// Banks that a keyword finds; `truncated` when there are more.
#[derive(Debug, Clone, Deserialize)]
pub struct Banks {
    pub items: Vec<Bank>,
    #[serde(default)]
    pub truncated: bool,
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

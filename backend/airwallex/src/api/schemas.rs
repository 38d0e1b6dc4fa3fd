//! The dynamic schema engine (D, part 03 §b): which fields a beneficiary needs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Call;
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

/// Refused with `SCHEMA_DEFINITION_NOT_FOUND` when there are no rules for the condition (C).
pub async fn form(client: &Client, access: &Access, condition: &Condition) -> Result<FormSchema, Error> {
    client.send(access, Call::post("/api/v1/beneficiary_form_schemas/generate").json(condition)?).await
}

//! The corridor data: which fields a (country, currency, method, system, entity) needs.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::wire::text_at;

/// One record of the data set.
#[derive(Debug, Clone, Deserialize)]
pub struct Corridor {
    pub bank_country_code: String,
    pub account_currency: String,
    pub transfer_method: String,
    #[serde(default)]
    pub local_clearing_system: Option<String>,
    pub entity_type: String,
    pub meta: Value,
    pub fields: Vec<Field>,
    #[serde(default)]
    pub variants: Vec<Variant>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Field {
    pub path: String,
    pub label: String,
    pub required: bool,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub pattern: Option<String>,
    #[serde(default)]
    pub placeholder: Option<String>,
    #[serde(default)]
    pub refresh: bool,
    #[serde(default)]
    pub options: Option<Vec<Value>>,
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub example: Option<String>,
    /// What the schema endpoint reports, if it differs from what create enforces (D: trap list).
    #[serde(default)]
    pub schema_required: Option<bool>,
    /// A path whose presence lifts the requirement.
    #[serde(default)]
    pub required_unless: Option<String>,
}

fn yes() -> bool {
    true
}

/// Rules that change when a field has a value, such as PayID instead of a bank code.
#[derive(Debug, Clone, Deserialize)]
pub struct Variant {
    pub when: Map<String, Value>,
    #[serde(default)]
    pub set: Map<String, Value>,
    #[serde(default)]
    pub drop: Vec<String>,
}

static CORRIDORS: LazyLock<Vec<Corridor>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fixtures/corridors.json")).expect("the fixture is well formed")
});

/// What a schema or a document asks for; absent members take the contract's defaults (A).
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub country: Option<String>,
    pub currency: Option<String>,
    pub method: Option<String>,
    pub system: Option<String>,
    pub entity: Option<String>,
    pub routing_type: Option<String>,
}

impl Wanted {
    /// From the flat body of the generate calls.
    pub fn from_condition(body: &Value) -> Self {
        Self {
            country: text_at(body, "bank_country_code"),
            currency: text_at(body, "account_currency"),
            method: text_at(body, "transfer_method"),
            system: text_at(body, "local_clearing_system"),
            entity: text_at(body, "entity_type"),
            routing_type: text_at(body, "account_routing_type1"),
        }
    }

    /// From a create body.
    pub fn from_document(body: &Value) -> Self {
        let bank = |key: &str| text_at(body, &format!("beneficiary.bank_details.{key}"));
        let method = body.pointer("/transfer_methods/0").and_then(Value::as_str).map(str::to_owned);
        Self {
            country: bank("bank_country_code"),
            currency: bank("account_currency"),
            method,
            system: bank("local_clearing_system"),
            entity: text_at(body, "beneficiary.entity_type"),
            routing_type: bank("account_routing_type1"),
        }
    }
}

/// The record that applies, with its variant worked in.
pub fn find(wanted: &Wanted) -> Option<Corridor> {
    let country = wanted.country.as_deref().unwrap_or("US");
    let method = wanted.method.as_deref().unwrap_or("LOCAL");
    let entity = wanted.entity.as_deref().unwrap_or("PERSONAL");
    let mut matching = CORRIDORS.iter().filter(|corridor| {
        corridor.bank_country_code == country
            && wanted.currency.as_ref().is_none_or(|currency| corridor.account_currency == *currency)
            && corridor.transfer_method == method
            && corridor.entity_type == entity
    });
    let found = match &wanted.system {
        Some(system) => matching.find(|corridor| corridor.local_clearing_system.as_ref() == Some(system)),
        None => matching
            .clone()
            .find(|corridor| corridor.meta.get("default_system") == Some(&Value::Bool(true)))
            .or_else(|| matching.next()),
    };
    found.cloned().map(|corridor| with_variant(corridor, wanted.routing_type.as_deref()))
}

fn with_variant(mut corridor: Corridor, routing_type: Option<&str>) -> Corridor {
    let key = "beneficiary.bank_details.account_routing_type1";
    let chosen = corridor
        .variants
        .iter()
        .find(|variant| {
            routing_type.is_some() && variant.when.get(key).and_then(Value::as_str) == routing_type
        })
        .cloned();
    let Some(variant) = chosen else { return corridor };
    corridor.fields.retain(|field| !variant.drop.contains(&field.path));
    for (path, rule) in &variant.set {
        let pattern = rule.get("pattern").and_then(Value::as_str).map(str::to_owned);
        let required = rule.get("required").and_then(Value::as_bool).unwrap_or(true);
        match corridor.fields.iter_mut().find(|field| field.path == *path) {
            Some(field) => {
                field.pattern = pattern.or(field.pattern.take());
                field.required = required;
            }
            None => {
                let after = corridor.fields.iter().position(|field| field.path == key).map_or(0, |at| at + 1);
                corridor.fields.insert(after, added(path, pattern, required));
            }
        }
    }
    corridor
}

fn added(path: &str, pattern: Option<String>, required: bool) -> Field {
    Field {
        path: path.to_owned(),
        label: "Routing code".to_owned(),
        required,
        kind: "INPUT".to_owned(),
        pattern,
        placeholder: None,
        refresh: false,
        options: None,
        default: None,
        enabled: true,
        example: None,
        schema_required: None,
        required_unless: None,
    }
}

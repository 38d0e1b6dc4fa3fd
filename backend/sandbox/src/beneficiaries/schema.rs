//! The two generate calls (03 §b.1–b.2).

use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::corridors::{Corridor, Field, Wanted, find};
use crate::auth::guard::{Needs, admit};
use crate::store::Sandbox;
use crate::wire::{ApiError, Input, Reply, ok};

const READ: Needs = Needs::Read("beneficiary:read");

pub async fn form(State(sandbox): State<Sandbox>, headers: HeaderMap, Input(body): Input) -> Reply {
    admit(&sandbox.lock(), &headers, READ)?;
    let corridor = lookup(&body)?;
    let fields: Vec<Value> = corridor.fields.iter().map(form_field).collect();
    ok(json!({ "key": "newRecipient", "condition": condition(&corridor), "fields": fields }))
}

pub async fn api(State(sandbox): State<Sandbox>, headers: HeaderMap, Input(body): Input) -> Reply {
    admit(&sandbox.lock(), &headers, READ)?;
    let corridor = lookup(&body)?;
    let fields: Vec<Value> = corridor
        .fields
        .iter()
        .map(|field| {
            json!({
                "key": key(field),
                "path": field.path,
                "required": field.schema_required.unwrap_or(field.required),
                "rule": { "type": "string", "pattern": field.pattern },
            })
        })
        .collect();
    ok(json!({ "key": "newRecipient", "condition": condition(&corridor), "fields": fields }))
}

fn lookup(body: &Value) -> Result<Corridor, ApiError> {
    let wanted = Wanted::from_condition(body);
    if wanted.country.as_ref().is_some_and(|code| code.bytes().any(|byte| byte.is_ascii_lowercase())) {
        return Err(ApiError::invalid("bank_country_code", "the value is not of a valid type"));
    }
    find(&wanted).ok_or_else(|| {
        ApiError::new(400, "SCHEMA_DEFINITION_NOT_FOUND", "there are no rules for this combination")
    })
}

fn condition(corridor: &Corridor) -> Value {
    json!({
        "bank_country_code": corridor.bank_country_code,
        "account_currency": corridor.account_currency,
        "transfer_method": corridor.transfer_method,
        "local_clearing_system": corridor.local_clearing_system,
        "entity_type": corridor.entity_type,
    })
}

fn key(field: &Field) -> &str {
    field.path.rsplit('.').next().unwrap_or(&field.path)
}

fn form_field(field: &Field) -> Value {
    let mut widget = json!({
        "key": key(field),
        "type": field.kind,
        "label": field.label,
        "description": "",
        "placeholder": field.placeholder.clone().unwrap_or_default(),
        "tip": "",
        "example": field.example,
        "default": field.default.clone().unwrap_or_default(),
        "refresh": field.refresh,
    });
    let countries = field.path.ends_with("address.country_code");
    if let Some(options) = &field.options {
        widget["options"] = json!(options);
    } else if countries {
        widget["options"] = json!(COUNTRIES.map(|(value, label)| json!({ "label": label, "value": value })));
    }
    let pattern =
        if countries { Some(COUNTRIES.map(|(code, _)| code).join("|")) } else { field.pattern.clone() };
    let mut shown = json!({
        "path": field.path,
        "required": field.schema_required.unwrap_or(field.required),
        "enabled": field.enabled,
        "field": widget,
    });
    if let Some(pattern) = pattern {
        shown["rule"] = json!({ "type": "string", "pattern": pattern });
    }
    shown
}

/// Address countries of the narrow data set.
const COUNTRIES: [(&str, &str); 12] = [
    ("AU", "Australia"),
    ("AT", "Austria"),
    ("CA", "Canada"),
    ("FR", "France"),
    ("DE", "Germany"),
    ("IE", "Ireland"),
    ("NL", "Netherlands"),
    ("NZ", "New Zealand"),
    ("SG", "Singapore"),
    ("ES", "Spain"),
    ("GB", "United Kingdom"),
    ("US", "United States"),
];

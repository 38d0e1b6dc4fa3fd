//! The two generate calls (03 §b.1–b.2).

use serde_json::{Value, json};

use super::corridors::{Corridor, Wanted, find};
use super::fields::Field;
use super::routes::own_country;
use crate::call::Call;
use crate::wire::{ApiError, Reply, ok, text_at};

const BANKS: &str = "/api/v1/beneficiary_form_schemas/supported_financial_institutions";

pub fn form(call: &mut Call<'_>) -> Reply {
    let corridor = lookup(call)?;
    answer(&corridor, form_field)
}

pub fn api(call: &mut Call<'_>) -> Reply {
    let corridor = lookup(call)?;
    answer(&corridor, |field| {
        json!({
            "key": key(field),
            "path": field.path,
            "required": is_required(field),
            "rule": { "type": "string", "pattern": field.pattern },
        })
    })
}

fn answer(corridor: &Corridor, show: impl Fn(&Field) -> Value) -> Reply {
    let fields: Vec<Value> = corridor.fields.iter().map(show).collect();
    ok(json!({ "key": "newRecipient", "condition": corridor.condition, "fields": fields }))
}

fn lookup(call: &Call<'_>) -> Result<Corridor, ApiError> {
    let is_upper = |name: &str, length: usize| {
        text_at(&call.body, name)
            .is_none_or(|code| code.len() == length && code.bytes().all(|byte| byte.is_ascii_uppercase()))
    };
    for (name, length) in [("bank_country_code", 2), ("account_currency", 3), ("country_code", 2)] {
        if !is_upper(name, length) {
            return Err(ApiError::invalid(name, "the value is not of a valid type"));
        }
    }
    if text_at(&call.body, "entity_type").is_some_and(|entity| entity != "COMPANY" && entity != "PERSONAL") {
        return Err(ApiError::invalid("entity_type", "COMPANY or PERSONAL"));
    }
    let wanted = Wanted { own_country: own_country(call), ..Wanted::from_condition(&call.body) };
    find(&wanted, call.version).ok_or_else(|| {
        ApiError::new(400, "SCHEMA_DEFINITION_NOT_FOUND", "there are no rules for this combination")
    })
}

fn is_required(field: &Field) -> bool {
    field.schema_required.unwrap_or(field.required)
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
        "placeholder": field.placeholder,
        "tip": "",
        "example": field.example.clone().unwrap_or_default(),
        "default": field.default,
        "refresh": field.refresh,
    });
    if !field.options.is_empty() {
        widget["options"] = json!(field.options);
    }
    if field.kind == "DYNAMIC_SELECT" {
        let bank = |name: &str| format!("beneficiary.bank_details.{name}");
        widget["dynamic_options"] = json!({ "query_url": BANKS, "query_params": [
            { "name": "bank_country_code", "required": true, "value_of": bank("bank_country_code") },
            { "name": "account_currency", "required": true, "value_of": bank("account_currency") },
            { "name": "entity_type", "required": true, "value_of": "beneficiary.entity_type" },
            { "name": "transfer_method", "required": true, "value_of": "transfer_method" },
            { "name": "keyword", "required": true, "pattern": "^[0-9a-zA-Z]{3,}$" },
        ] });
    }
    let mut shown = json!({
        "path": field.path,
        "required": is_required(field),
        "enabled": field.enabled,
        "field": widget,
    });
    // Free fields have no rule (D).
    if field.path != "nickname"
        && let Some(pattern) = &field.pattern
    {
        shown["rule"] = json!({ "type": "string", "pattern": pattern });
    }
    shown
}

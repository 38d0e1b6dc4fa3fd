//! The rules of the corridor against a document: all failing fields at once (03 §0.3, §7.3).

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::{Value, json};

use super::check_digits;
use super::corridors::{Corridor, method_of};
use super::fields::Field;
use crate::wire::{FieldFault, put, text_at};

/// Every fault, in the order of the form.
pub fn check(corridor: &Corridor, document: &Value, check_digits: bool) -> Vec<FieldFault> {
    corridor.fields.iter().filter_map(|field| check_field(corridor, field, document, check_digits)).collect()
}

fn value_of(corridor: &Corridor, field: &Field, document: &Value) -> Option<String> {
    // The one path that is spelt differently in the body (D): an array there.
    if field.path == "transfer_method" {
        return method_of(document).map(|_| corridor.method.clone());
    }
    text_at(document, &field.path)
}

fn check_field(corridor: &Corridor, field: &Field, document: &Value, digits: bool) -> Option<FieldFault> {
    let fault = |code, params| Some(FieldFault::new(&field.path, code, params));
    let Some(value) = value_of(corridor, field, document) else {
        let is_lifted = field.unless.as_ref().is_some_and(|path| text_at(document, path).is_some());
        return if field.required && !is_lifted { fault("001", Value::Null) } else { None };
    };
    let choices: Vec<&str> = field.options.iter().filter_map(|option| option["value"].as_str()).collect();
    if !choices.is_empty() {
        let is_one = choices.contains(&value.as_str()) || is_spelt_otherwise(field, &value);
        return if is_one { None } else { fault("011", json!({ "value_options": choices.join(",") })) };
    }
    let pattern = field.pattern.as_deref()?;
    if !matches(pattern, &value) {
        return match lengths(pattern) {
            Some((min, max)) if !(min..=max).contains(&value.chars().count()) => {
                fault("002", json!({ "length_min": min.to_string(), "length_max": max.to_string() }))
            }
            _ if is_foreign_bic(&field.path, &value) => {
                fault("004", json!({ "bank_country_code": corridor.condition["bank_country_code"] }))
            }
            _ if is_foreign_iban(corridor, &field.path, &value) => fault("005", Value::Null),
            _ => fault("003", json!({ "pattern": pattern })),
        };
    }
    if field.path.ends_with(".iban") && !check_digits::iban(&value) {
        return fault("005", Value::Null);
    }
    if field.path.ends_with(".street_address") && is_po_box(&value) {
        return fault("003", json!({ "pattern": "no PO box" }));
    }
    if let Some(code) = breaks_layout(corridor, field, document, &value) {
        return fault(code, Value::Null);
    }
    if digits && !has_good_digits(corridor, field, &value) {
        return fault("066", Value::Null);
    }
    None
}

/// Banks with a layout of their own (03 §b.8, D): country, routing value, member, layout.
const LAYOUTS: [(&str, &str, &str, &str); 2] = [
    ("BR", "001", "bank_branch", "^[0-9]{4}(-?[0-9Xx])?$"),
    ("BR", "001", "account_number", "^[0-9]{1,8}(-[0-9Xx])?$"),
];

/// The code for what does not fit its bank: 066 for a wrong length, 086 for a wrong format (C for the two,
/// A for which is which).
fn breaks_layout(corridor: &Corridor, field: &Field, document: &Value, value: &str) -> Option<&'static str> {
    let country = corridor.condition["bank_country_code"].as_str()?;
    let bank = text_at(document, "beneficiary.bank_details.account_routing_value1")?;
    let name = field.path.rsplit('.').next()?;
    let (.., layout) =
        LAYOUTS.iter().find(|(of, code, member, _)| *of == country && *code == bank && *member == name)?;
    let is_only_digits = value.bytes().all(|byte| byte.is_ascii_digit());
    (!matches(layout, value)).then_some(if is_only_digits { "066" } else { "086" })
}

/// Both spellings of a savings account are taken (03 §8).
fn is_spelt_otherwise(field: &Field, value: &str) -> bool {
    field.path.ends_with(".bank_account_category") && matches!(value, "Saving" | "Savings")
}

fn is_po_box(street: &str) -> bool {
    let plain: String = street.to_lowercase().chars().filter(|letter| !matches!(letter, '.' | ' ')).collect();
    plain.starts_with("pobox") || plain.contains("postofficebox")
}

/// A well-formed SWIFT code of another country.
fn is_foreign_bic(path: &str, value: &str) -> bool {
    path.ends_with(".swift_code") && matches("^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$", value)
}

/// A well-formed IBAN of another country.
fn is_foreign_iban(corridor: &Corridor, path: &str, value: &str) -> bool {
    let country = corridor.condition["bank_country_code"].as_str().unwrap_or_default();
    path.ends_with(".iban")
        && matches("^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$", value)
        && !value.starts_with(country)
}

fn has_good_digits(corridor: &Corridor, field: &Field, value: &str) -> bool {
    let name = field.path.rsplit('.').next().unwrap_or_default();
    let country = corridor.condition["bank_country_code"].as_str().unwrap_or_default();
    match (country, name) {
        ("US", "account_routing_value1") => check_digits::aba(value),
        ("MX", "account_number") => corridor.method != "LOCAL" || check_digits::clabe(value),
        ("BR", "personal_id_number") => check_digits::cpf(value),
        ("BR", "business_registration_number") => check_digits::cnpj(value),
        ("CN", "personal_id_number" | "legal_rep_id_number") => check_digits::resident(value),
        _ => true,
    }
}

/// Patterns come from the fixture and are few; each is compiled once.
fn matches(pattern: &str, value: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let rule = compiled.entry(pattern.to_owned()).or_insert_with(|| {
        Regex::new(pattern).expect("every pattern of the fixture compiles: a test checks it")
    });
    rule.is_match(value)
}

/// The length bounds that a simple pattern such as `^[0-9]{6,9}$` implies.
fn lengths(pattern: &str) -> Option<(usize, usize)> {
    static SIMPLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\^(?:\[[^\]]+\]|\.)\{(\d+)(?:,(\d+))?\}\$$").expect("a fixed pattern")
    });
    let found = SIMPLE.captures(pattern)?;
    let min = found.get(1)?.as_str().parse().ok()?;
    let max = found.get(2).map_or(Some(min), |max| max.as_str().parse().ok())?;
    Some((min, max))
}

/// Moves into `kept` what the corridor knows of a document (D: irrelevant fields are dropped silently).
pub fn keep_relevant(corridor: &Corridor, document: &Value, kept: &mut Value) {
    let always = ["beneficiary.type", "beneficiary.bank_details.account_name_alias"];
    for path in corridor.fields.iter().map(|field| field.path.as_str()).chain(always) {
        if let Some(value) = text_at(document, path).filter(|_| path != "transfer_method") {
            put(kept, path, json!(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beneficiaries::corridors::{Wanted, find};
    use crate::beneficiaries::data::{Key, RECORDS};
    use crate::wire::{NEWEST, Version};

    fn newest() -> Version {
        Version::parse(NEWEST).expect("served")
    }

    /// Every corridor for every entity type that it serves, and with every variant of its routing type.
    fn all() -> Vec<Corridor> {
        let mut found = vec![];
        for record in RECORDS.iter() {
            let Key { country, currency, method, system } = &record.at;
            for entity in ["COMPANY", "PERSONAL"] {
                if record.only.as_deref().is_some_and(|only| only != entity) {
                    continue;
                }
                let wanted = Wanted {
                    country: Some(country.clone()),
                    currency: Some(currency.clone()),
                    method: Some(method.clone()),
                    system: system.clone(),
                    entity: Some(entity.to_owned()),
                    ..Wanted::default()
                };
                found.push(find(&wanted, newest()).unwrap_or_else(|| panic!("{:?} {entity}", record.at)));
                for variant in &record.variants {
                    let wanted = Wanted { routing_type: Some(variant.when.clone()), ..wanted.clone() };
                    found.push(find(&wanted, newest()).expect("a variant"));
                }
            }
        }
        found
    }

    /// A value for a pattern that has no example of its own.
    fn invented(pattern: &str) -> &'static str {
        [
            "+61-412345678",
            "+852-61234567",
            "+65-81234567",
            "+1-4165550123",
            "mira@example.test",
            "12345678901",
            "1234567",
            "A1234567",
            "S1234567A",
            "ORG1",
            "201912345K",
        ]
        .into_iter()
        .find(|text| matches(pattern, text))
        .unwrap_or_else(|| panic!("nothing fits {pattern}"))
    }

    fn document(corridor: &Corridor) -> Value {
        let mut document = json!({ "transfer_methods": [corridor.method] });
        for field in corridor.fields.iter().filter(|field| field.path != "transfer_method") {
            let example = field.example.clone().filter(|text| !text.is_empty());
            let example =
                example.unwrap_or_else(|| invented(field.pattern.as_deref().unwrap_or(".*")).to_owned());
            put(&mut document, &field.path, json!(example));
        }
        document
    }

    #[test]
    fn there_are_135_corridors() {
        assert_eq!(RECORDS.len(), 135);
        assert_eq!(
            all()
                .iter()
                .map(|corridor| corridor.condition.to_string())
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            269
        );
    }

    #[test]
    fn the_examples_of_every_corridor_pass_and_each_broken_field_is_named() {
        for corridor in all() {
            let good = document(&corridor);
            assert_eq!(check(&corridor, &good, false), vec![], "{}", corridor.condition);
            for field in corridor.fields.iter().filter(|field| field.path.starts_with("beneficiary.")) {
                let mut broken = good.clone();
                put(&mut broken, &field.path, json!("\u{7}\n\u{7}"));
                let faults = check(&corridor, &broken, false);
                let named: Vec<_> = faults.iter().map(|fault| &fault.source).collect();
                assert_eq!(named, [&field.path], "{}", corridor.condition);
            }
        }
    }

    #[test]
    fn each_missing_required_field_is_named_and_all_of_them_at_once() {
        for corridor in all() {
            let required: Vec<&String> =
                corridor.fields.iter().filter(|field| field.required).map(|field| &field.path).collect();
            let faults = check(&corridor, &json!({}), false);
            let named: Vec<&String> = faults.iter().map(|fault| &fault.source).collect();
            assert_eq!(named, required, "{}", corridor.condition);
            assert!(faults.iter().all(|fault| fault.code == "001"));
            for field in corridor.fields.iter().filter(|field| field.required && field.unless.is_none()) {
                if field.path == "transfer_method" {
                    continue;
                }
                let mut without = document(&corridor);
                put(&mut without, &field.path, Value::Null);
                let named: Vec<_> =
                    check(&corridor, &without, false).into_iter().map(|fault| fault.source).collect();
                assert_eq!(named, std::slice::from_ref(&field.path), "{}", corridor.condition);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_its_own_code() {
        let germany =
            Wanted { country: Some("DE".to_owned()), method: Some("SWIFT".to_owned()), ..Wanted::default() };
        let corridor = find(&germany, newest()).expect("a corridor");
        let code = |path: &str, value: &str| {
            let mut broken = document(&corridor);
            put(&mut broken, path, json!(value));
            check(&corridor, &broken, false).first().map(|fault| fault.code)
        };
        assert_eq!(code("beneficiary.bank_details.iban", "DE88370400440532013000"), Some("005"));
        assert_eq!(code("beneficiary.bank_details.swift_code", "BARCGB22"), Some("004"));
        assert_eq!(code("beneficiary.bank_details.swift_code", "barcgb22"), Some("003"));
        assert_eq!(code("beneficiary.bank_details.account_name", "x"), Some("002"));
        assert_eq!(code("beneficiary.entity_type", "ROBOT"), Some("011"));
        assert_eq!(code("beneficiary.address.street_address", "P.O. Box 12"), Some("003"));
        assert_eq!(code("beneficiary.address.street_address", "12 Box Hill"), None);
    }

    #[test]
    fn an_address_follows_its_own_country_and_is_lifted_at_home() {
        let wanted = |address: Option<&str>, own: Option<&str>| Wanted {
            country: Some("DE".to_owned()),
            address_country: address.map(str::to_owned),
            own_country: own.map(str::to_owned),
            ..Wanted::default()
        };
        let required = |wanted: Wanted, name: &str| {
            let corridor = find(&wanted, newest()).expect("a corridor");
            let path = format!("beneficiary.address.{name}");
            corridor.fields.iter().find(|field| field.path == path).map(|field| field.required)
        };
        assert_eq!(required(wanted(None, None), "state"), Some(false));
        assert_eq!(required(wanted(Some("US"), None), "state"), Some(true));
        assert_eq!(required(wanted(Some("HK"), None), "postcode"), None);
        assert_eq!(required(wanted(None, Some("DE")), "street_address"), Some(false));
        assert_eq!(required(wanted(None, Some("FR")), "street_address"), Some(true));
    }
}

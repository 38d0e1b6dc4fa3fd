//! The rules of the corridor against a document: all failing fields at once (03 §0.3, §7.3).

use regex::Regex;
use serde_json::{Value, json};

use super::corridors::{Corridor, Field};
use crate::wire::{FieldFault, text_at};

/// Every fault, in the order of the form.
pub fn check(corridor: &Corridor, document: &Value) -> Vec<FieldFault> {
    corridor.fields.iter().filter_map(|field| check_field(field, document)).collect()
}

fn value_of(field: &Field, document: &Value) -> Option<String> {
    if field.path == "transfer_method" {
        return document.pointer("/transfer_methods/0").and_then(Value::as_str).map(str::to_owned);
    }
    text_at(document, &field.path)
}

fn check_field(field: &Field, document: &Value) -> Option<FieldFault> {
    let fault = |code, params| Some(FieldFault { source: field.path.clone(), code, params });
    let Some(value) = value_of(field, document) else {
        let lifted = field.required_unless.as_ref().is_some_and(|path| text_at(document, path).is_some());
        return if field.required && !lifted { fault("001", Value::Null) } else { None };
    };
    if let Some(options) = choices(field) {
        return if options.contains(&value) {
            None
        } else {
            fault("011", json!({ "value_options": options.join(",") }))
        };
    }
    let pattern = field.pattern.as_deref()?;
    if Regex::new(pattern).is_ok_and(|rule| rule.is_match(&value)) {
        if field.path.ends_with(".iban") && !iban_is_valid(&value) {
            return fault("005", Value::Null);
        }
        return None;
    }
    match lengths(pattern) {
        Some((min, max)) if !(min..=max).contains(&value.chars().count()) => {
            fault("002", json!({ "length_min": min.to_string(), "length_max": max.to_string() }))
        }
        _ => fault("003", json!({ "pattern": pattern })),
    }
}

/// Options are membership; their pattern is an unanchored alternation.
fn choices(field: &Field) -> Option<Vec<String>> {
    let listed = field.options.as_ref()?;
    Some(listed.iter().filter_map(|option| option.get("value")?.as_str().map(str::to_owned)).collect())
}

/// The length bounds that a simple pattern such as `^[0-9]{6,9}$` implies.
fn lengths(pattern: &str) -> Option<(usize, usize)> {
    let simple = Regex::new(r"^\^(?:\[[^\]]+\]|\.)\{(\d+)(?:,(\d+))?\}\$$").ok()?;
    let found = simple.captures(pattern)?;
    let min = found.get(1)?.as_str().parse().ok()?;
    let max = found.get(2).map_or(Some(min), |max| max.as_str().parse().ok())?;
    Some((min, max))
}

/// Mod-97 (ISO 13616).
fn iban_is_valid(iban: &str) -> bool {
    let (head, tail) = iban.split_at(4.min(iban.len()));
    let remainder = format!("{tail}{head}").chars().try_fold(0u32, |rest, letter| {
        let value = letter.to_digit(36)?;
        Some(if value > 9 { (rest * 100 + value) % 97 } else { (rest * 10 + value) % 97 })
    });
    remainder == Some(1)
}

/// The document with only the fields that the corridor knows (D: irrelevant ones are dropped silently).
pub fn relevant(corridor: &Corridor, document: &Value) -> Value {
    let mut kept = json!({});
    for path in corridor.fields.iter().map(|field| field.path.as_str()).chain(["beneficiary.type"]) {
        if let Some(value) = text_at(document, path) {
            put(&mut kept, path, json!(value));
        }
    }
    kept["transfer_methods"] = document.get("transfer_methods").cloned().unwrap_or(json!(["LOCAL"]));
    kept
}

fn put(target: &mut Value, path: &str, value: Value) {
    let mut at = target;
    for key in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[key];
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beneficiaries::corridors::{Wanted, find};

    fn document(corridor: &Corridor) -> Value {
        let mut document = json!({ "transfer_methods": [corridor.transfer_method] });
        for field in &corridor.fields {
            if let Some(example) = field.example.as_ref().filter(|_| field.path != "transfer_method") {
                put(&mut document, &field.path, json!(example));
            }
        }
        document
    }

    #[test]
    fn the_examples_of_every_corridor_pass_and_each_broken_field_is_named() {
        for (country, entity) in ["GB", "US", "DE", "AU", "SG"]
            .into_iter()
            .flat_map(|country| [(country, "COMPANY"), (country, "PERSONAL")])
        {
            let wanted = Wanted {
                country: Some(country.to_owned()),
                entity: Some(entity.to_owned()),
                ..Wanted::default()
            };
            let corridor = find(&wanted).expect("a corridor");
            let good = document(&corridor);
            assert_eq!(check(&corridor, &good), vec![], "{country} {entity}");
            for field in corridor
                .fields
                .iter()
                .filter(|field| field.path.starts_with("beneficiary.") && field.pattern.is_some())
            {
                let mut broken = good.clone();
                put(&mut broken, &field.path, json!("\n"));
                put(&mut broken, &field.path, json!("\u{7}\n\u{7}"));
                let faults = check(&corridor, &broken);
                assert_eq!(
                    faults.iter().map(|fault| &fault.source).collect::<Vec<_>>(),
                    [&field.path],
                    "{country}"
                );
            }
        }
    }

    #[test]
    fn a_wrong_check_digit_is_a_fault_of_its_own() {
        assert!(iban_is_valid("DE89370400440532013000"));
        assert!(!iban_is_valid("DE88370400440532013000"));
        assert!(!iban_is_valid(""));
    }
}

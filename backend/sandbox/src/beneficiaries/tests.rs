//! What the schema endpoints serve, taken at their word: whoever follows them is accepted, and whoever breaks
//! one field hears its name.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::data::{Key, RECORDS};
use crate::testing::Stage;
use crate::wire::put;

const CREATE: &str = "/api/v1/beneficiaries/create";
const VALIDATE: &str = "/api/v1/beneficiaries/validate";

/// Every question that a form would ask: each corridor, for whom it serves, with each of its routing types.
fn conditions() -> Vec<Value> {
    let mut found = vec![];
    for record in RECORDS.iter() {
        let Key { country, currency, method, system } = &record.at;
        for entity in ["COMPANY", "PERSONAL"] {
            if record.only.as_deref().is_some_and(|only| only != entity) {
                continue;
            }
            let condition = json!({
                "bank_country_code": country, "account_currency": currency, "transfer_method": method,
                "local_clearing_system": system, "entity_type": entity,
            });
            let variants = record.variants.iter().map(|variant| {
                let mut asked = condition.clone();
                asked["account_routing_type1"] = json!(variant.when);
                asked
            });
            found.extend(variants);
            found.push(condition);
        }
    }
    found
}

/// A value by what is served of its field, and by nothing else. What a check digit rules is taken from the
/// example.
fn value(field: &Value, runner: &mut TestRunner) -> String {
    let (path, widget) = (field["path"].as_str().expect("a path"), &field["field"]);
    let text = |name: &str| widget[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if field["enabled"] == json!(false) {
        return text("default").unwrap_or_else(|| panic!("{path} is fixed and has no value"));
    }
    if let Some(options) = widget["options"].as_array() {
        let choice = (0..options.len()).new_tree(runner).expect("a choice").current();
        let is_asked = |option: &&Value| Some(&option["value"]) == widget.get("default");
        let option = options.iter().find(is_asked).unwrap_or(&options[choice]);
        return option["value"].as_str().expect("a choice").to_owned();
    }
    let pattern = field["rule"]["pattern"].as_str().filter(|_| !path.ends_with(".iban"));
    let Some(pattern) = pattern else { return text("example").unwrap_or_else(|| "Sample".to_owned()) };
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let drawn = string_regex(pattern).unwrap_or_else(|error| panic!("{path} {pattern}: {error}"));
    let visible = drawn.prop_filter("blank", |text| text.trim() == text && !text.is_empty());
    visible.new_tree(runner).unwrap_or_else(|error| panic!("{path} {pattern}: {error}")).current()
}

/// The document that a form would send.
fn filled(schema: &Value, runner: &mut TestRunner) -> Value {
    let mut document = json!({});
    for field in schema["fields"].as_array().expect("fields") {
        let value = value(field, runner);
        match field["path"].as_str().expect("a path") {
            "transfer_method" => document["transfer_methods"] = json!([value]),
            path => put(&mut document, path, json!(value)),
        }
    }
    document
}

fn serve(stage: &mut Stage, condition: &Value) -> Value {
    let path = "/api/v1/beneficiary_form_schemas/generate";
    stage.post(path, &[], true, condition.clone()).unwrap_or_else(|error| panic!("{condition}: {error:?}"))
}

#[test]
fn a_document_by_the_served_schema_is_accepted_and_each_broken_field_is_named() {
    let (mut stage, mut runner) = (Stage::new(), TestRunner::deterministic());
    let conditions = conditions();
    assert!(conditions.len() >= 269, "only {} are asked for", conditions.len());
    for condition in conditions {
        let schema = serve(&mut stage, &condition);
        let good = filled(&schema, &mut runner);
        let made = stage.post(CREATE, &[], true, good.clone());
        assert!(made.is_ok(), "{condition}: {made:?} of {good}");
        for field in schema["fields"].as_array().expect("fields") {
            let path = field["path"].as_str().expect("a path");
            let decides = ["bank_country_code", "account_currency", "local_clearing_system", "entity_type"];
            if !path.starts_with("beneficiary.") || decides.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let mut broken = good.clone();
            put(&mut broken, path, json!("\u{7}\n\u{7}"));
            let told = stage.post(VALIDATE, &[], true, broken).expect_err("broken");
            let errors = told.details.as_ref().map(|details| &details["errors"]);
            let named = errors.and_then(Value::as_array).into_iter().flatten();
            let named: Vec<_> = named.map(|one| one["source"].as_str().unwrap_or_default()).collect();
            assert!(named.contains(&path), "{condition}: {path} is broken, {named:?} are named");
        }
    }
}

//! From values to a document and from refusals back to fields. Pure.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Value, json};

use super::schema::{Field, FieldKind, FormSchema};
use crate::web::FieldProblem;

/// What was filled in, by path.
pub type Values = BTreeMap<String, String>;

/// Checks values against the form: unknown paths are refused, every broken rule is named.
pub fn check(schema: &FormSchema, values: &Values) -> Vec<FieldProblem> {
    let unknown = values
        .iter()
        .filter(|(path, value)| !value.trim().is_empty() && schema.field(path).is_none())
        .map(|(path, _)| {
            FieldProblem::new(path, "This form has no such field for the chosen country and method")
        });
    let broken = schema.fields.iter().filter_map(|field| check_field(field, value_of(field, values)));
    unknown.chain(broken).collect()
}

fn value_of<'a>(field: &'a Field, values: &'a Values) -> &'a str {
    match field.kind {
        FieldKind::Fixed => &field.default,
        _ => values.get(&field.path).map(|value| value.trim()).unwrap_or_default(),
    }
}

fn check_field(field: &Field, value: &str) -> Option<FieldProblem> {
    let problem = |words: String| Some(FieldProblem::new(&field.path, words));
    if value.is_empty() {
        return if field.required { problem(missing(field)) } else { None };
    }
    match field.kind {
        FieldKind::Fixed => None,
        FieldKind::Select | FieldKind::Radio | FieldKind::Method => {
            let known = field.choices.is_empty() || field.choices.iter().any(|choice| choice.value == value);
            if known {
                None
            } else {
                problem(format!("Choose one of the offered values for “{}”", field.label))
            }
        }
        FieldKind::Text => {
            let pattern = field.pattern.as_deref()?;
            let fits = Regex::new(pattern).is_ok_and(|rule| rule.is_match(value));
            if fits { None } else { problem(broken(field, pattern, value)) }
        }
    }
}

fn missing(field: &Field) -> String {
    match field.kind {
        FieldKind::Text | FieldKind::Fixed => format!("Enter the {}", lower_first(&field.label)),
        _ => format!("Choose the {}", lower_first(&field.label)),
    }
}

/// Labels begin with a capital, and so do both sides of "State/Province"; inside a sentence they do not,
/// unless they are initials.
fn lower_first(label: &str) -> String {
    let lower = |part: &str| {
        let mut letters = part.chars();
        match (letters.next(), letters.clone().next()) {
            (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
                format!("{}{}", first.to_lowercase(), letters.as_str())
            }
            _ => part.to_owned(),
        }
    };
    label.split('/').map(lower).collect::<Vec<_>>().join("/")
}

/// The rule with the person's own value in mind: "has eight digits; it needs nine".
fn broken(field: &Field, pattern: &str, value: &str) -> String {
    let label = &field.label;
    match simple(pattern) {
        Some((what, min, max)) => {
            // Blanks and dashes are how people write numbers, and never what is wrong with them.
            let value = if what == "characters" { value.to_owned() } else { bare(value) };
            let count = value.chars().count();
            let fits_kind = match what {
                "digits" => value.bytes().all(|byte| byte.is_ascii_digit()),
                "letters and digits" => value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                _ => true,
            };
            let needs =
                if min == max { in_words(min) } else { format!("{} to {}", in_words(min), in_words(max)) };
            if !fits_kind {
                return format!("The {} takes {what} only, {needs} of them", lower_first(label));
            }
            let what = if count == 1 { one_of(what) } else { what };
            format!("The {} has {} {what}; it needs {needs}", lower_first(label), in_words(count))
        }
        None => format!("The {} is not in the form that this country uses", lower_first(label)),
    }
}

/// What a simple pattern such as `^[0-9]{6,9}$` allows: kind, least and most.
fn simple(pattern: &str) -> Option<(&'static str, usize, usize)> {
    let rule = Regex::new(r"^\^(\[0-9\]|\[0-9A-Za-z\]|\.)\{(\d+)(?:,(\d+))?\}\$$").ok()?;
    let found = rule.captures(pattern)?;
    let what = match found.get(1)?.as_str() {
        "[0-9]" => "digits",
        "[0-9A-Za-z]" => "letters and digits",
        _ => "characters",
    };
    let min = found.get(2)?.as_str().parse().ok()?;
    let max = found.get(3).map_or(Some(min), |most| most.as_str().parse().ok())?;
    Some((what, min, max))
}

fn one_of(what: &str) -> &'static str {
    match what {
        "digits" => "digit",
        "letters and digits" => "letter or digit",
        _ => "character",
    }
}

fn bare(value: &str) -> String {
    value.chars().filter(|letter| !matches!(letter, ' ' | '-' | '\u{a0}')).collect()
}

fn in_words(count: usize) -> String {
    let words = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    words.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// The create body: each value at its path, the method in its array, fixed values included.
pub fn document(schema: &FormSchema, values: &Values) -> Value {
    let mut document = json!({ "beneficiary": { "type": "BANK_ACCOUNT" } });
    for field in &schema.fields {
        let value = value_of(field, values);
        if value.is_empty() {
            continue;
        }
        if field.path == "transfer_method" {
            document["transfer_methods"] = json!([value]);
        } else {
            put(&mut document, &field.path, value);
        }
    }
    document
}

fn put(target: &mut Value, path: &str, value: &str) {
    let mut at = target;
    for key in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[key];
    }
    *at = json!(value);
}

/// The values as the form wants them: numbers lose the blanks and dashes with which people write them, codes
/// get their capitals, where that and nothing else makes them fit.
pub fn tidy(schema: &FormSchema, values: &Values) -> Values {
    let tidied = |path: &String, value: &String| -> Option<String> {
        let field = schema.field(path).filter(|field| field.kind == FieldKind::Text)?;
        let rule = Regex::new(field.pattern.as_deref()?).ok()?;
        let plain = value.trim();
        let bare = bare(plain);
        let capitals = bare.to_uppercase();
        [plain, &bare, &capitals].into_iter().find(|value| rule.is_match(value)).map(str::to_owned)
    };
    values
        .iter()
        .map(|(path, value)| (path.clone(), tidied(path, value).unwrap_or_else(|| value.clone())))
        .collect()
}

/// Values that still fit after the form was asked for again, and the names of those that were dropped. What
/// the form fixes is the form's own, whatever another country's form had fixed; and a choice that is offered no
/// more gives way to what the form begins with.
pub fn carry_over(schema: &FormSchema, values: Values) -> (Values, Vec<String>) {
    let is_stale = |path: &String, value: &String| {
        schema.field(path).is_some_and(|field| {
            let is_offered = field.choices.is_empty() || field.choices.iter().any(|one| one.value == *value);
            field.kind == FieldKind::Fixed || !is_offered
        })
    };
    let values: Values = values.into_iter().filter(|(path, value)| !is_stale(path, value)).collect();
    let (kept, dropped): (Values, Values) =
        values.into_iter().partition(|(path, _)| schema.field(path).is_some());
    let name = |path: &String| path.rsplit('.').next().unwrap_or(path).replace('_', " ");
    // Which kind of routing number it is, the form says, not the person.
    let was_typed = |path: &str, value: &str| !value.is_empty() && !path.contains("routing_type");
    let named = dropped.iter().filter(|(path, value)| was_typed(path, value)).map(|(path, _)| name(path));
    let named = named.collect();
    (kept, named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beneficiaries::schema::Choice;

    fn text(path: &str, label: &str, required: bool, pattern: &str) -> Field {
        Field {
            path: path.to_owned(),
            kind: FieldKind::Text,
            label: label.to_owned(),
            hint: String::new(),
            required,
            pattern: Some(pattern.to_owned()),
            choices: vec![],
            default: String::new(),
            refreshes: false,
        }
    }

    fn schema() -> FormSchema {
        let fixed = Field {
            kind: FieldKind::Fixed,
            default: "aba".to_owned(),
            ..text("beneficiary.bank_details.account_routing_type1", "Routing code type", true, "^aba$")
        };
        let choice = |value: &str| Choice {
            value: value.to_owned(),
            label: value.to_owned(),
            arrives: None,
            limit: None,
        };
        let method = Field {
            kind: FieldKind::Method,
            pattern: None,
            choices: vec![choice("LOCAL")],
            ..text("transfer_method", "Transfer method", true, "")
        };
        FormSchema {
            fields: vec![
                method,
                fixed,
                text("beneficiary.bank_details.account_routing_value1", "Routing number", true, "^[0-9]{9}$"),
                text("beneficiary.bank_details.account_name", "Account name", true, "^.{2,200}$"),
                text("nickname", "Nickname", false, "^.{1,10}$"),
            ],
        }
    }

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_broken_rule_is_named_at_its_path_in_words() {
        let problems = check(
            &schema(),
            &values(&[
                ("transfer_method", "SWIFT"),
                ("beneficiary.bank_details.account_routing_value1", "11000000"),
                ("beneficiary.bank_details.colour", "blue"),
            ]),
        );
        let told: Vec<_> = problems
            .iter()
            .map(|one| (one.field.rsplit('.').next().unwrap_or(""), one.message.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("colour", "This form has no such field for the chosen country and method"),
                ("transfer_method", "Choose one of the offered values for “Transfer method”"),
                ("account_routing_value1", "The routing number has eight digits; it needs nine"),
                ("account_name", "Enter the account name"),
            ]
        );
    }

    #[test]
    fn letters_where_digits_belong_are_told_so() {
        let problems = check(
            &schema(),
            &values(&[
                ("transfer_method", "LOCAL"),
                ("beneficiary.bank_details.account_routing_value1", "11000000A"),
                ("beneficiary.bank_details.account_name", "Juniper"),
            ]),
        );
        assert_eq!(problems[0].message, "The routing number takes digits only, nine of them");
    }

    #[test]
    fn the_document_holds_fixed_values_and_the_method_in_its_array() {
        let filled = values(&[
            ("transfer_method", "LOCAL"),
            ("beneficiary.bank_details.account_routing_value1", "110000000"),
            ("beneficiary.bank_details.account_routing_type1", "something else"),
            ("beneficiary.bank_details.account_name", " Juniper "),
        ]);
        assert_eq!(
            document(&schema(), &filled),
            json!({
                "beneficiary": {
                    "type": "BANK_ACCOUNT",
                    "bank_details": {
                        "account_routing_type1": "aba",
                        "account_routing_value1": "110000000",
                        "account_name": "Juniper",
                    },
                },
                "transfer_methods": ["LOCAL"],
            })
        );
    }

    #[test]
    fn values_that_no_longer_fit_are_named() {
        let filled =
            values(&[("nickname", "main"), ("beneficiary.bank_details.swift_code", "X"), ("old.empty", "")]);
        let (kept, dropped) = carry_over(&schema(), filled);
        assert_eq!(kept.len(), 1);
        assert_eq!(dropped, ["swift code"]);
    }

    #[test]
    fn numbers_are_taken_as_people_write_them() {
        let number = |value: &str| {
            let given = values(&[("beneficiary.bank_details.account_routing_value1", value)]);
            tidy(&schema(), &given)["beneficiary.bank_details.account_routing_value1"].clone()
        };
        for written in ["110000000", "11-00-00-000", "110 000 000", " 110000000 "] {
            assert_eq!(number(written), "110000000", "{written}");
        }
        assert_eq!(number("11-00"), "11-00", "what does not fit stays as it was typed");
    }

    #[test]
    fn what_another_form_fixed_does_not_come_along() {
        let path = "beneficiary.bank_details.account_routing_type1";
        let (kept, dropped) = carry_over(&schema(), values(&[(path, "sort_code"), ("nickname", "Main")]));
        assert_eq!((kept, dropped), (values(&[("nickname", "Main")]), vec![]));
    }
}

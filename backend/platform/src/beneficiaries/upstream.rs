//! Documents in Airwallex's words, and its refusals at our fields. Calls nothing.

use serde_json::Value;

use super::schema::FormSchema;
use crate::kernel::digest::sha256_hex;
use crate::web::FieldProblem;

fn text<'a>(document: &'a Value, path: &str) -> Option<&'a str> {
    document.pointer(&format!("/{}", path.replace('.', "/")))?.as_str().filter(|text| !text.is_empty())
}

const BANK: &str = "beneficiary.bank_details";

/// The name on the account.
pub fn holder(document: &Value) -> String {
    text(document, &format!("{BANK}.account_name")).unwrap_or_default().to_owned()
}

pub fn bank(document: &Value) -> Option<String> {
    text(document, &format!("{BANK}.bank_name")).map(str::to_owned)
}

pub fn nickname(document: &Value) -> Option<String> {
    text(document, "nickname").map(str::to_owned)
}

/// The last four characters of whatever names the account.
pub fn number_last(document: &Value) -> String {
    let number = ["iban", "account_number", "account_routing_value1"]
        .iter()
        .find_map(|key| text(document, &format!("{BANK}.{key}")))
        .unwrap_or_default();
    let count = number.chars().count();
    number.chars().skip(count.saturating_sub(4)).collect()
}

/// Recognises the same bank account in a list: what names it, nothing that Airwallex adds.
pub fn fingerprint(document: &Value) -> String {
    let keys = [
        "bank_country_code",
        "account_currency",
        "account_name",
        "iban",
        "account_number",
        "swift_code",
        "account_routing_value1",
        "account_routing_value2",
    ];
    let parts: Vec<&str> =
        keys.iter().map(|key| text(document, &format!("{BANK}.{key}")).unwrap_or("")).collect();
    sha256_hex(parts.join("\n"))
}

/// What Airwallex refused, at the field that caused it and in our words.
pub fn problems(refusal: &airwallex::Refusal, schema: &FormSchema) -> Vec<FieldProblem> {
    let read = |fault: airwallex::FieldError| {
        let Some(field) = schema.field(&fault.source) else {
            return FieldProblem::new(
                "",
                "Airwallex did not accept these details. Compare them with a bank statement",
            );
        };
        let label = &field.label;
        let words = match fault.code.as_str() {
            "001" => format!("Airwallex needs “{label}” as well"),
            "002" | "066" | "086" => format!(
                "“{label}” has the wrong length for this bank. A zero at the front or the end may be missing"
            ),
            "004" => format!("“{label}” does not belong to a bank in this country"),
            "005" => format!("“{label}” has a wrong check digit. Two characters may be swapped"),
            "011" => format!("Choose one of the offered values for “{label}”"),
            _ => format!("Airwallex does not accept this as “{label}”. Compare it with a bank statement"),
        };
        FieldProblem::new(&field.path, words)
    };
    let listed: Vec<FieldProblem> = refusal.fields().into_iter().map(read).collect();
    if listed.is_empty() {
        return vec![FieldProblem::new(
            "",
            "Airwallex did not accept these details. Compare them with a bank statement",
        )];
    }
    listed
}

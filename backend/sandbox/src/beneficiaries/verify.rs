//! Bank account verification (03 §a.5): SEPA, the United Kingdom and Vietnam.

use serde_json::{Value, json};

use super::check_digits;
use crate::call::Call;
use crate::wire::{ApiError, FieldFault, Reply, ok, text_at};

pub const MEMBERS: &[&str] = &["entity_type", "transfer_method", "bank_details.*"];

/// Where names can be compared: the euro area by its payee verification (D).
const SEPA: &str = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK";

/// Names decide (A): one that holds `mismatch` does not match, one that holds `partial` matches in part, one
/// that holds `unavailable` finds the other side away.
pub fn verify(call: &mut Call<'_>) -> Reply {
    let bank = |name: &str| text_at(&call.body, &format!("bank_details.{name}"));
    let mut missing = vec![];
    for path in
        ["entity_type", "transfer_method", "bank_details.bank_country_code", "bank_details.account_name"]
    {
        if text_at(&call.body, path).is_none() {
            missing.push(FieldFault::missing(path));
        }
    }
    if bank("account_number").or_else(|| bank("iban")).is_none() {
        missing.push(FieldFault::missing("bank_details.account_number"));
    }
    if !missing.is_empty() {
        return Err(ApiError::fields(&missing));
    }
    let (country, name) =
        (bank("bank_country_code").unwrap_or_default(), bank("account_name").unwrap_or_default());
    let is_sepa = SEPA.split_whitespace().any(|code| code == country);
    if !is_sepa && country != "GB" && country != "VN" {
        return ok(answer("CANNOT_VERIFY", "this country is not covered", Value::Null));
    }
    let lower = name.to_lowercase();
    if lower.contains("unavailable") {
        return ok(answer("EXTERNAL_SERVICE_UNAVAILABLE", "the other side does not answer", Value::Null));
    }
    let is_broken = bank("iban").is_some_and(|iban| !check_digits::iban(&iban));
    if is_broken {
        // SEPA never answers INVALID (D).
        let code = if is_sepa { "CANNOT_VERIFY" } else { "INVALID" };
        return ok(answer(code, "the account number is not one", Value::Null));
    }
    let result = if lower.contains("mismatch") {
        "NOT_MATCHED"
    } else if lower.contains("partial") {
        "PARTIAL_MATCH"
    } else {
        "FULL_MATCH"
    };
    let resolved = if result == "NOT_MATCHED" { Value::Null } else { json!(name.to_uppercase()) };
    ok(answer(
        "VERIFIED",
        "",
        json!({
            "account_name_match_result": result,
            "resolved_account_name": resolved,
            "resolved_bank_name": "SAMPLE BANK",
        }),
    ))
}

fn answer(code: &str, message: &str, details: Value) -> Value {
    json!({ "code": code, "message": message, "details": details })
}

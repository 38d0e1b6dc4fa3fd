//! What Airwallex wants to know of an account, before and during its review (02 §1.7, §5.1).

use serde_json::{Value, json};

use crate::wire::{ApiError, text_at};

/// The data without which a submit is refused (A: minimum set).
pub fn check_complete(document: &Value) -> Result<(), ApiError> {
    let business = "account_details.business_details";
    for path in ["business_name", "business_structure", "registration_address.country_code"] {
        let path = format!("{business}.{path}");
        if text_at(document, &path).is_none() {
            return Err(ApiError::required(&path));
        }
    }
    let people = document.pointer("/account_details/business_person_details").and_then(Value::as_array);
    let Some(people) = people.filter(|people| !people.is_empty()) else {
        return Err(ApiError::required("account_details.business_person_details"));
    };
    for (index, person) in people.iter().enumerate() {
        for key in ["first_name", "last_name", "date_of_birth"] {
            if text_at(person, key).is_none() {
                return Err(ApiError::required(&format!(
                    "account_details.business_person_details[{index}].{key}"
                )));
            }
        }
    }
    if document.pointer("/customer_agreements/agreed_to_data_usage") != Some(&json!(true)) {
        return Err(ApiError::required("customer_agreements.agreed_to_data_usage"));
    }
    Ok(())
}

/// Documented constraints on single values, checked whenever they are sent.
pub fn check_values(change: &Value) -> Result<(), ApiError> {
    let business = "account_details.business_details";
    let structures = [
        "COMPANY",
        "CORPORATION",
        "GENERAL_PARTNERSHIP",
        "LIMITED_LIABILITY_COMPANY",
        "LIMITED_LIABILITY_PARTNERSHIP",
        "LIMITED_PARTNERSHIP",
        "PARTNERSHIP",
        "SELF_MANAGED_SUPER_FUND",
        "SOLE_PROPRIETOR",
        "NON_REGISTERED_SOLE_PROPRIETOR",
        "OTHER",
    ];
    let structure = format!("{business}.business_structure");
    if text_at(change, &structure).is_some_and(|value| !structures.contains(&value.as_str())) {
        return Err(ApiError::invalid(&structure, "not one of the documented structures"));
    }
    // Mandatory whenever the address is sent (2026-07-17, D).
    if change.pointer("/account_details/business_details/registration_address").is_some_and(Value::is_object)
    {
        let path = format!("{business}.registration_address.country_code");
        check_country(change, &path)?;
    }
    let description = format!("{business}.description_of_goods_or_services");
    if text_at(change, &description).is_some_and(|text| text.chars().count() > 500) {
        return Err(ApiError::invalid(&description, "at most 500 characters"));
    }
    let people = change.pointer("/account_details/business_person_details").and_then(Value::as_array);
    for (index, person) in people.into_iter().flatten().enumerate() {
        let path = format!("account_details.business_person_details[{index}].date_of_birth");
        let born = text_at(person, "date_of_birth");
        if born.is_some_and(|text| chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_err()) {
            return Err(ApiError::invalid(&path, "a date reads YYYY-MM-DD"));
        }
    }
    Ok(())
}

fn check_country(change: &Value, path: &str) -> Result<(), ApiError> {
    match text_at(change, path) {
        None => Err(ApiError::required(path)),
        Some(code) if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(()),
        Some(_) => Err(ApiError::invalid(path, "a country is two capital letters")),
    }
}

/// What a review misses; empty when nothing.
pub fn unmet(id: &str, document: &Value) -> Value {
    if document.pointer("/customer_agreements/agreed_to_terms_and_conditions") == Some(&json!(true)) {
        return json!({});
    }
    json!({ "agreement_to_terms_and_conditions_required": {
        "method": "POST",
        "endpoint": format!("/api/v1/accounts/{id}/terms_and_conditions/agree"),
        "message": "terms must be accepted",
    }})
}

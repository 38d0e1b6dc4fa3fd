//! What Airwallex wants to know of an account, before and during its review (02 §1.4.1, §1.7, §5.1).

use serde_json::{Value, json};

use crate::wire::{ApiError, flag_at, text_at};

pub const TERMS: &str = "agreement_to_terms_and_conditions_required";

/// The data without which a submit is refused (A: minimum set).
pub fn check_complete(document: &Value) -> Result<(), ApiError> {
    if is_individual(document) {
        for key in ["first_name", "last_name", "date_of_birth", "residential_address.country_code"] {
            need(document, &format!("account_details.individual_details.{key}"))?;
        }
    } else {
        check_business(document)?;
    }
    if flag_at(document, "customer_agreements.agreed_to_data_usage") != Some(true) {
        return Err(ApiError::required("customer_agreements.agreed_to_data_usage"));
    }
    Ok(())
}

fn is_individual(document: &Value) -> bool {
    text_at(document, "account_details.legal_entity_type").as_deref() == Some("INDIVIDUAL")
}

fn need(document: &Value, path: &str) -> Result<(), ApiError> {
    ApiError::need(document, path).map(drop)
}

fn check_business(document: &Value) -> Result<(), ApiError> {
    let business = "account_details.business_details";
    need(document, &format!("{business}.business_name"))?;
    need(document, &format!("{business}.business_structure"))?;
    let structure = text_at(document, &format!("{business}.business_structure"));
    let address = match structure.as_deref() {
        Some("NON_REGISTERED_SOLE_PROPRIETOR") => "business_address",
        _ => "registration_address",
    };
    need(document, &format!("{business}.{address}.country_code"))?;
    let people = document.pointer("/account_details/business_person_details").and_then(Value::as_array);
    let Some(people) = people.filter(|people| !people.is_empty()) else {
        return Err(ApiError::required("account_details.business_person_details"));
    };
    for (index, person) in people.iter().enumerate() {
        for key in ["first_name", "last_name", "date_of_birth"] {
            if text_at(person, key).is_none() {
                let path = format!("account_details.business_person_details[{index}].{key}");
                return Err(ApiError::required(&path));
            }
        }
    }
    Ok(())
}

/// What a review misses; empty when nothing. More conditions are not public (02 §5.1).
pub fn unmet(id: &str, document: &Value) -> Value {
    let mut wanted = json!({});
    if flag_at(document, "customer_agreements.agreed_to_terms_and_conditions") != Some(true) {
        wanted[TERMS] = json!({
            "method": "POST",
            "endpoint": format!("/api/v1/accounts/{id}/terms_and_conditions/agree"),
            "message": "terms must be accepted",
        });
    }
    if is_individual(document) {
        let details = "account_details.individual_details";
        if text_at(document, &format!("{details}.identifications.primary.identification_type")).is_none() {
            wanted["primary_identification_required"] = json!([{
                "error_code": "OTHER",
                "message": "a primary identification is needed",
                "first_name": text_at(document, &format!("{details}.first_name")),
                "last_name": text_at(document, &format!("{details}.last_name")),
            }]);
        }
        if text_at(document, &format!("{details}.live_selfie_file_id")).is_none() {
            wanted["photo_file_id_required"] =
                json!({ "error_code": "FACE_NOT_FOUND", "message": "a live selfie is needed" });
        }
    }
    wanted
}

/// A reviewer who asks for something although nothing is missing.
pub fn other() -> Value {
    json!({ "other": [{ "error_code": "OTHER", "message": "the review needs something more" }] })
}

/// What `account.action_required` carries (D); its terms key is spelt differently from the account's.
pub fn event(requirements: &Value) -> Value {
    let list = |name: &str| requirements.get(name).cloned().unwrap_or(json!([]));
    json!({
        "agreed_to_terms_and_conditions_required": requirements.get(TERMS).is_some(),
        "photo_file_id_required": requirements.get("photo_file_id_required").is_some(),
        "primary_identification_required": list("primary_identification_required"),
        "secondary_identification_required": list("secondary_identification_required"),
    })
}

//! Documented constraints on single values (02 §1.2–1.3), checked whenever they are sent.

use serde_json::Value;

use crate::wire::{ApiError, Version, each_at};

/// Where something stands, and the values that it may have.
const CHOICES: &[(&str, &[&str])] = &[
    ("account_details.legal_entity_type", &["BUSINESS", "INDIVIDUAL"]),
    ("customer_agreements.terms_and_conditions.service_agreement_type", &["FULL", "RECIPIENT"]),
    ("account_details.business_details.business_structure", STRUCTURES),
    ("account_details.business_details.business_identifiers.*.type", &["BRN", "EIN", "SSN", "VAT"]),
    ("account_details.business_details.account_usage.product_reference.*", BUSINESS_USES),
    ("account_details.business_details.attachments.business_documents.*.tag", BUSINESS_DOCUMENTS),
    ("account_details.business_person_details.*.roles.*", ROLES),
    (
        "account_details.business_person_details.*.identifications.primary.identification_type",
        &["DRIVERS_LICENCE", "PASSPORT", "PERSONAL_ID", "TAX_ID"],
    ),
    (
        "account_details.business_person_details.*.identifications.secondary.identification_type",
        &["DRIVERS_LICENCE", "PASSPORT", "PERSONAL_ID", "TAX_ID"],
    ),
    (
        "account_details.individual_details.identifications.primary.identification_type",
        &["DRIVERS_LICENSE", "MEDICARE_CARD", "PASSPORT", "PERSONAL_ID", "TAX_ID"],
    ),
    (
        "account_details.individual_details.identifications.secondary.identification_type",
        &["DRIVERS_LICENSE", "MEDICARE_CARD", "PASSPORT", "PERSONAL_ID", "TAX_ID"],
    ),
    ("account_details.individual_details.account_usage.product_reference.*", INDIVIDUAL_USES),
    ("account_details.trustee_details.legal_entity_type", &["BUSINESS", "INDIVIDUAL"]),
    (
        "account_details.trustee_details.business_details.business_structure",
        &["COMPANY", "PARTNERSHIP", "SOLE_PROPRIETOR"],
    ),
    (
        "account_details.store_details.operating_models.*",
        &["ONLINE_CHECKOUT", "INVOICES_OR_CUSTOM_ORDER_LINKS", "IN_PERSON"],
    ),
];

const STRUCTURES: &[&str] = &[
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
    "TRUST",
    "OTHER",
];

const BUSINESS_USES: &[&str] = &[
    "ACCEPT_ONLINE_PAYMENTS",
    "COLLECT_MARKETPLACE_PROCEEDS",
    "RECEIVE_TRANSFERS",
    "GET_PAID",
    "CONVERT_FUNDS",
    "MAKE_TRANSFERS",
    "CREATE_CARDS",
    "MANAGE_EXPENSES",
    "USE_AWX_API",
    "TRANSFER_CNY_INBOUND",
];

const INDIVIDUAL_USES: &[&str] = &[
    "CREATE_CARDS",
    "MAKE_TRANSFERS",
    "MARKETPLACE_WALLET",
    "MOBILITY_WALLET",
    "OTHERS",
    "PAYROLL_WALLET",
    "RECEIVE_TRANSFERS",
    "TRADE_SECURITIES",
    "TUITION_PAYMENTS",
];

const ROLES: &[&str] =
    &["AUTHORISED_PERSON", "BENEFICIAL_OWNER", "CONTROLLING_PERSON", "DIRECTOR", "LEGAL_REPRESENTATIVE"];

const BUSINESS_DOCUMENTS: &[&str] = &[
    "ACRA_COMPANY_PROFILE_DOCUMENT",
    "ANNUAL_REPORT",
    "ANNUAL_RETURN",
    "ARTICLES_OF_ASSOCIATION",
    "ASIC_CURRENT_COMPANY_EXTRACT",
    "ASSUMED_NAME_CERTIFICATE",
    "BUSINESS_LICENSE",
    "CERTIFICATE_OF_INCORPORATION",
    "CERTIFICATION_REGISTRATION",
    "COMPANY_CERTIFICATE",
    "COMPANY_CONSTITUTION",
    "COMPANY_PROFILE",
    "CONFIRMATION_STATEMENT",
    "DIRECTOR_LIST",
    "LEGAL_NAME_AND_ADDRESS",
    "OPERATING_AGREEMENT",
    "PARTNERSHIP_AGREEMENT",
    "REGISTRATION_CERTIFICATE",
    "SHAREHOLDING_STRUCTURE_CHART",
    "SUPPORTIVE_OTHER",
    "TRUST_DEED",
    "UNIT_HOLDER_REGISTER",
    "UBO_SUPPORTIVE",
    "THIRD_PARTY_SHAREHOLDING_DOCUMENT",
];

/// What must be an object wherever it stands, so that nothing is merged into a text.
const OBJECTS: &[&str] = &[
    "account_details",
    "account_details.business_details",
    "account_details.business_details.registration_address",
    "account_details.business_details.business_address",
    "account_details.business_person_details.*",
    "account_details.individual_details",
    "account_details.individual_details.residential_address",
    "account_details.store_details",
    "account_details.trustee_details",
    "account_details.attachments",
    "customer_agreements",
    "customer_agreements.terms_and_conditions",
    "metadata",
    "primary_contact",
];

const DATES: &[&str] = &[
    "account_details.business_details.business_start_date",
    "account_details.business_person_details.*.date_of_birth",
    "account_details.individual_details.date_of_birth",
];

const COUNTRIES: &[&str] = &[
    "account_details.business_details.registration_address.country_code",
    "account_details.business_details.business_address.country_code",
    "account_details.business_details.operating_country.*",
    "account_details.business_details.business_identifiers.*.country_code",
    "account_details.business_person_details.*.nationality",
    "account_details.business_person_details.*.residential_address.country_code",
    "account_details.individual_details.nationality",
    "account_details.individual_details.residential_address.country_code",
];

const FLAGS: &[&str] = &[
    "customer_agreements.agreed_to_data_usage",
    "customer_agreements.agreed_to_terms_and_conditions",
    "customer_agreements.agreed_to_biometrics_consent",
    "customer_agreements.opt_in_for_marketing",
];

/// The first value that is not as documented, by its path.
pub fn check(change: &Value, version: Version) -> Result<(), ApiError> {
    each(change, OBJECTS, Value::is_object, "an object is needed here")?;
    each(change, &["account_details.business_person_details"], Value::is_array, "a list is needed here")?;
    for (pattern, choices) in CHOICES {
        each(
            change,
            &[pattern],
            |value| value.as_str().is_some_and(|text| choices.contains(&text)),
            "not one of the documented values",
        )?;
    }
    each(change, DATES, is_date, "a date reads YYYY-MM-DD")?;
    each(change, COUNTRIES, is_country, "a country is two capital letters")?;
    each(change, FLAGS, Value::is_boolean, "true or false")?;
    for name in ["description_of_goods_or_services", "explanation_for_high_risk_countries_exposure"] {
        let path = format!("account_details.business_details.{name}");
        each(change, &[&path], |value| length(value) <= 500, "at most 500 characters")?;
    }
    check_metadata(change)?;
    if version.has("2026-07-17") { check_addresses(change) } else { Ok(()) }
}

fn each(
    change: &Value,
    patterns: &[&str],
    fits: impl Fn(&Value) -> bool,
    words: &str,
) -> Result<(), ApiError> {
    for pattern in patterns {
        let wrong = each_at(change, pattern).into_iter().find(|(_, value)| !value.is_null() && !fits(value));
        if let Some((path, _)) = wrong {
            return Err(ApiError::invalid(&path, words));
        }
    }
    Ok(())
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

fn is_date(value: &Value) -> bool {
    value.as_str().is_some_and(|text| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok())
}

pub fn is_country(value: &Value) -> bool {
    value.as_str().is_some_and(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// At most five keys of 20 characters, values of 150 (D).
pub fn check_metadata(change: &Value) -> Result<(), ApiError> {
    let Some(metadata) = change.get("metadata").and_then(Value::as_object) else { return Ok(()) };
    if metadata.len() > 5 {
        return Err(ApiError::invalid("metadata", "at most five keys"));
    }
    for (key, value) in metadata {
        if key.chars().count() > 20 || !value.is_string() || length(value) > 150 {
            let words = "keys have at most 20 characters, values are texts of at most 150";
            return Err(ApiError::invalid(&format!("metadata.{key}"), words));
        }
    }
    Ok(())
}

/// An address names its country (2026-07-17, D): the registered one of registered businesses, the business's
/// own of a sole proprietor who is not registered.
fn check_addresses(change: &Value) -> Result<(), ApiError> {
    let business = change.pointer("/account_details/business_details").unwrap_or(&Value::Null);
    let is_unregistered = business["business_structure"] == "NON_REGISTERED_SOLE_PROPRIETOR";
    let name = if is_unregistered { "business_address" } else { "registration_address" };
    if business[name].is_object() && business[name]["country_code"].is_null() {
        return Err(ApiError::required(&format!("account_details.business_details.{name}.country_code")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_broken_value_is_refused_at_its_path() {
        let newest = Version::parse(crate::wire::NEWEST).expect("served");
        let source = |change: Value| check(&change, newest).expect_err("refused").source.expect("a path");
        for (change, path) in [
            (json!({ "account_details": "x" }), "account_details"),
            (
                json!({ "account_details": { "legal_entity_type": "TRUST" } }),
                "account_details.legal_entity_type",
            ),
            (
                json!({ "account_details": { "business_person_details": [{}, { "roles": ["BOSS"] }] } }),
                "account_details.business_person_details[1].roles[0]",
            ),
            (
                json!({ "account_details": { "business_details": { "registration_address": { "suburb": "X" } } } }),
                "account_details.business_details.registration_address.country_code",
            ),
            (json!({ "metadata": { "a": 1 } }), "metadata.a"),
            (json!({ "metadata": { "a": "1", "b": "", "c": "", "d": "", "e": "", "f": "" } }), "metadata"),
            (
                json!({ "customer_agreements": { "agreed_to_data_usage": "yes" } }),
                "customer_agreements.agreed_to_data_usage",
            ),
        ] {
            assert_eq!(source(change), path);
        }
        let older = Version::parse("2026-06-30").expect("served");
        let address = json!({ "account_details": { "business_details": { "registration_address": {} } } });
        assert!(check(&address, older).is_ok());
        assert!(check(&json!({ "account_details": { "individual_details": null } }), newest).is_ok());
    }
}

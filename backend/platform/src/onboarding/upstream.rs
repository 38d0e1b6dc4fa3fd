//! Our form in Airwallex's words, and Airwallex's refusals back at our fields. Calls nothing.

use serde_json::{Value, json};

use super::form::{FIELDS, Values};
use crate::kernel::Instant;
use crate::web::FieldProblem;

/// The body of `accounts/{id}/update`.
pub fn document(values: &Values, agreed_at: Instant) -> Value {
    let get = |name: &str| values.get(name).cloned().unwrap_or_default();
    let country = get("country");
    json!({
        "primary_contact": { "email": get("contact_email") },
        "account_details": {
            "legal_entity_type": "BUSINESS",
            "business_details": {
                "business_name": get("business_name"),
                "business_structure": "COMPANY",
                "business_identifiers": [{ "country_code": country, "number": get("registration_number"), "type": "BRN" }],
                "description_of_goods_or_services": get("description"),
                "operating_country": [country],
                "registration_address": {
                    "address_line1": get("address_line1"),
                    "suburb": get("city"),
                    "postcode": get("postcode"),
                    "country_code": country,
                },
                "account_usage": { "product_reference": ["COLLECT_MARKETPLACE_PROCEEDS", "MAKE_TRANSFERS"] },
            },
            "business_person_details": [{
                "roles": ["DIRECTOR"],
                "first_name": get("first_name"),
                "last_name": get("last_name"),
                "date_of_birth": get("date_of_birth"),
                "nationality": get("nationality"),
                "residential_address": {
                    "address_line1": get("director_address"),
                    "suburb": get("director_city"),
                    "postcode": get("director_postcode"),
                    "country_code": get("director_country"),
                },
            }],
        },
        "customer_agreements": {
            "agreed_to_data_usage": true,
            "agreed_to_terms_and_conditions": true,
            "terms_and_conditions": {
                "agreed_at": airwallex::Timestamp(agreed_at).for_request(),
                "service_agreement_type": "FULL",
            },
        },
    })
}

/// Which of our fields a path of Airwallex's means, longest ending first.
const PATHS: [(&str, &str); 20] = [
    ("business_details.business_name", "business_name"),
    ("business_identifiers", "registration_number"),
    ("primary_contact.email", "contact_email"),
    ("description_of_goods_or_services", "description"),
    ("registration_address.address_line1", "address_line1"),
    ("registration_address.suburb", "city"),
    ("registration_address.postcode", "postcode"),
    ("registration_address.country_code", "country"),
    ("operating_country", "country"),
    ("first_name", "first_name"),
    ("last_name", "last_name"),
    ("date_of_birth", "date_of_birth"),
    ("nationality", "nationality"),
    ("residential_address.address_line1", "director_address"),
    ("residential_address.suburb", "director_city"),
    ("residential_address.postcode", "director_postcode"),
    ("residential_address.country_code", "director_country"),
    ("agreed_to_terms_and_conditions", "agree_terms"),
    ("agreed_to_data_usage", "agree_data"),
    ("business_person_details", "last_name"),
];

/// What Airwallex refused, at the field that caused it and in our words; what we cannot place stands
/// on top of the form.
pub fn problems(refusal: &airwallex::Refusal) -> Vec<FieldProblem> {
    let fields = refusal.fields();
    let read = |fault: airwallex::FieldError| {
        let ours = PATHS.iter().find(|(path, _)| fault.source.contains(path)).map(|(_, name)| *name);
        let label = ours.and_then(|name| FIELDS.iter().find(|field| field.name == name));
        match (label, fault.code.as_str()) {
            (Some(field), "001") => FieldProblem::new(field.name, field.missing),
            (Some(field), _) => FieldProblem::new(
                field.name,
                format!(
                    "Airwallex does not accept this as “{}”. Compare it with the register or the passport",
                    field.label
                ),
            ),
            (None, _) => {
                FieldProblem::new("", "Airwallex did not accept the details. Please check them once more")
            }
        }
    };
    let listed: Vec<FieldProblem> = fields.into_iter().map(read).collect();
    if listed.is_empty() {
        return vec![FieldProblem::new(
            "",
            "Airwallex did not accept the details. Please check them once more",
        )];
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_paths_find_their_fields() {
        let at = |source: &str, code: &str| {
            let refusal = airwallex::Refusal {
                status: 400,
                code: code.to_owned(),
                source: Some(source.to_owned()),
                ..Default::default()
            };
            problems(&refusal)[0].field.clone()
        };
        let business = "account_details.business_details";
        assert_eq!(at(&format!("{business}.registration_address.country_code"), "field_required"), "country");
        assert_eq!(
            at("account_details.business_person_details[0].date_of_birth", "invalid_argument"),
            "date_of_birth"
        );
        assert_eq!(at("something_new", "invalid_argument"), "");
    }
}

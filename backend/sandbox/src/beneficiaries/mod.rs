//! Beneficiaries, payers and the schema engine (03 §a, §b), driven by `fixtures/corridors.json`.

mod banks;
mod check_digits;
mod corridors;
mod data;
mod fields;
mod payers;
mod routes;
mod schema;
#[cfg(test)]
mod tests;
mod validation;
mod verify;

pub use corridors::{Rail, Wanted, currencies, method_of, rail};
pub use data::country_names;
pub use payers::check as payer_faults;
pub use routes::{checked, relevant_document};

use crate::call::{Endpoint, Needs};

const READ: Needs = Needs::Scope("beneficiary:read");
const WRITE: Needs = Needs::Scope("beneficiary:write");

const BENEFICIARY: &[&str] = &[
    "request_id",
    "nickname",
    "payer_entity_type",
    "transfer_reason",
    "transfer_methods.*",
    "sca_exemptible",
    "bank_country_code",
    "currency",
    "beneficiary.type",
    "beneficiary.entity_type",
    "beneficiary.company_name",
    "beneficiary.first_name",
    "beneficiary.last_name",
    "beneficiary.date_of_birth",
    "beneficiary.address.country_code",
    "beneficiary.address.street_address",
    "beneficiary.address.city",
    "beneficiary.address.state",
    "beneficiary.address.postcode",
    "beneficiary.additional_info.*",
    "beneficiary.bank_details.*",
    "beneficiary.digital_wallet.*",
];

const CONDITION: &[&str] = &[
    "bank_country_code",
    "account_currency",
    "transfer_method",
    "local_clearing_system",
    "entity_type",
    "provider",
    "type",
    "country_code",
    "account_routing_type1",
];

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/api/v1/beneficiary_form_schemas/generate", READ, CONDITION, schema::form),
    Endpoint::post("/api/v1/beneficiary_api_schemas/generate", READ, CONDITION, schema::api),
    Endpoint::get("/api/v1/beneficiary_form_schemas/supported_financial_institutions", READ, banks::list),
    Endpoint::get("/api/v1/beneficiaries", READ, routes::list),
    Endpoint::post("/api/v1/beneficiaries/create", WRITE, BENEFICIARY, routes::create),
    Endpoint::post("/api/v1/beneficiaries/validate", WRITE, BENEFICIARY, routes::validate),
    Endpoint::post("/api/v1/beneficiaries/verify_account", WRITE, verify::MEMBERS, verify::verify),
    Endpoint::get("/api/v1/beneficiaries/{id}", READ, routes::get),
    Endpoint::post("/api/v1/beneficiaries/{id}/update", WRITE, BENEFICIARY, routes::update),
    Endpoint::post("/api/v1/beneficiaries/{id}/delete", WRITE, &[], routes::delete),
    // Older spellings of the same (D).
    Endpoint::post("/api/v1/beneficiaries/update/{id}", WRITE, BENEFICIARY, routes::update),
    Endpoint::post("/api/v1/beneficiaries/delete/{id}", WRITE, &[], routes::delete),
    Endpoint::get("/api/v1/payers", READ, payers::list),
    Endpoint::post("/api/v1/payers/create", WRITE, payers::MEMBERS, payers::create),
    Endpoint::post("/api/v1/payers/validate", WRITE, payers::MEMBERS, payers::validate),
    Endpoint::get("/api/v1/payers/{id}", READ, payers::get),
    Endpoint::post("/api/v1/payers/{id}/update", WRITE, payers::MEMBERS, payers::update),
    Endpoint::post("/api/v1/payers/{id}/delete", WRITE, &[], payers::delete),
    Endpoint::post("/api/v1/payers/update/{id}", WRITE, payers::MEMBERS, payers::update),
    Endpoint::post("/api/v1/payers/delete/{id}", WRITE, &[], payers::delete),
];

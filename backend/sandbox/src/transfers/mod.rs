//! Transfers, that is payouts (03 §c).

mod amounts;
mod body;
mod draft;
pub mod failures;
mod funding;
mod letters;
pub mod lifecycle;
mod routes;
#[cfg(test)]
mod tests;

pub use body::{body, draft_body};
pub use draft::{dated, read};
pub use letters::pdf;
pub use routes::{book, is_used};

use crate::call::{Endpoint, Needs};

const READ: Needs = Needs::Scope("transfer:read");
const WRITE: Needs = Needs::Active("transfer:write");

pub const TRANSFER: &[&str] = &[
    "request_id",
    "reason",
    "reference",
    "transfer_currency",
    "source_currency",
    "transfer_amount",
    "source_amount",
    "beneficiary_id",
    "beneficiary.**",
    "payer_id",
    "payer.**",
    "transfer_method",
    "transfer_date",
    "fee_paid_by",
    "swift_charge_option",
    "quote_id",
    "lock_rate_on_create",
    "remarks",
    "metadata.*",
    "client_data",
    "application_fee_options.*.source_type",
    "application_fee_options.*.type",
    "application_fee_options.*.amount",
    "application_fee_options.*.currency",
    "application_fee_options.*.percentage",
    "application_fee_options.*.metadata.*",
    "security_question",
    "security_answer",
];

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/transfers", READ, routes::list),
    Endpoint::post("/api/v1/transfers/create", WRITE, TRANSFER, routes::create),
    Endpoint::post("/api/v1/transfers/validate", WRITE, TRANSFER, routes::validate),
    Endpoint::get("/api/v1/transfers/{id}", READ, routes::get),
    // Stopping is allowed whatever became of the account since.
    Endpoint::post("/api/v1/transfers/{id}/cancel", Needs::Scope("transfer:write"), &[], routes::cancel),
    // One page still prints it so (D).
    Endpoint::post("/api/v1/transfers/cancel/{id}", Needs::Scope("transfer:write"), &[], routes::cancel),
    Endpoint::post(
        "/api/v1/transfers/{id}/confirm_funding",
        Needs::Scope("transfer:write"),
        &["funding_source_id", "deposit_type", "reference"],
        routes::confirm_funding,
    ),
    Endpoint::post(
        "/api/v1/confirmation_letters/create",
        READ,
        &["transaction_id", "format"],
        letters::create,
    ),
    Endpoint::post(
        "/api/v1/simulation/transfers/{id}/transition",
        Needs::Scope("simulation:write"),
        &["next_status", "failure_type"],
        routes::transition,
    ),
];

//! Money between the platform and its connected accounts (02 §7.1–7.4): connected-account transfers push,
//! charges pull.

mod movements;

pub use movements::{settle, transition};

use crate::call::{Endpoint, Needs};

const TRANSFER: &[&str] = &[
    "request_id",
    "amount",
    "currency",
    "destination",
    "reason",
    "reference",
    "description",
    "additional_info.**",
];
const CHARGE: &[&str] = &["request_id", "amount", "currency", "source", "reason", "reference", "description"];

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get(
        "/api/v1/connected_account_transfers",
        Needs::Scope("connected_account_transfer:read"),
        movements::transfers,
    ),
    Endpoint::post(
        "/api/v1/connected_account_transfers/create",
        Needs::Active("connected_account_transfer:write"),
        TRANSFER,
        movements::create_transfer,
    ),
    Endpoint::get(
        "/api/v1/connected_account_transfers/{id}",
        Needs::Scope("connected_account_transfer:read"),
        movements::get_transfer,
    ),
    Endpoint::get("/api/v1/charges", Needs::Platform("charge:read"), movements::charges),
    Endpoint::post(
        "/api/v1/charges/create",
        Needs::Platform("charge:write"),
        CHARGE,
        movements::create_charge,
    ),
    Endpoint::get("/api/v1/charges/{id}", Needs::Platform("charge:read"), movements::get_charge),
];

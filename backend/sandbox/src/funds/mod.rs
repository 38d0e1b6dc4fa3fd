//! Money between the platform and its connected accounts (02 §7.1–7.4): connected-account transfers push,
//! charges pull.

mod movements;

pub use movements::{settle, transition};

use serde_json::Value;

use crate::call::{Endpoint, Needs};
use crate::wire::ApiError;

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

/// The one linked account that everybody has: linking others is not imitated.
const SOURCE: &str = "fs_sandbox";

/// Refuses a funding source that there is not (A: the code, as for batches).
pub fn check_source(body: &Value, path: &str) -> Result<(), ApiError> {
    if ApiError::need(body, path)? == SOURCE {
        return Ok(());
    }
    let message = format!("no linked account has this id; the sandbox's is {SOURCE}");
    Err(ApiError::new(400, "invalid_funding_source", message).at(path))
}

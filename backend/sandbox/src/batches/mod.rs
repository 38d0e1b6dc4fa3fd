//! Batch transfers (03 §d): payouts that are checked one by one and sent together.

mod items;
mod lifecycle;
mod routes;

pub use lifecycle::{advance, decide};

use crate::call::{Endpoint, Needs};

const READ: Needs = Needs::Scope("transfer:read");
const WRITE: Needs = Needs::Active("transfer:write");

const BATCH: &[&str] = &[
    "request_id",
    "name",
    "remarks",
    "metadata.*",
    "transfer_date",
    "funding_source.id",
    "funding_source.deposit_type",
    "funding_source.reference",
];

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/batch_transfers", READ, routes::list),
    Endpoint::post("/api/v1/batch_transfers/create", WRITE, BATCH, routes::create),
    Endpoint::get("/api/v1/batch_transfers/{id}", READ, routes::get),
    Endpoint::post("/api/v1/batch_transfers/{id}/add_items", WRITE, &["items.*.**"], items::add),
    Endpoint::get("/api/v1/batch_transfers/{id}/items", READ, items::list),
    Endpoint::post("/api/v1/batch_transfers/{id}/delete_items", WRITE, &["item_ids.*"], items::delete),
    Endpoint::post("/api/v1/batch_transfers/{id}/quote", WRITE, &["validity"], routes::quote),
    Endpoint::post("/api/v1/batch_transfers/{id}/submit", WRITE, &[], routes::submit),
    Endpoint::post("/api/v1/batch_transfers/{id}/delete", WRITE, &[], routes::delete),
];

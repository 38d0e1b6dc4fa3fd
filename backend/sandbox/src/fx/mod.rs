//! Foreign exchange (03 §e): rates, quotes, conversions and taking them back.

mod amendments;
mod conversions;
mod quotes;
pub mod rates;

pub use conversions::{retry_overdue, settle};
pub use quotes::{fees as told_fees, held as held_quote, percentage, use_up as use_up_quote};

use crate::call::{Endpoint, Needs};

const READ: Needs = Needs::Scope("fx.conversion:read");
const WRITE: Needs = Needs::Active("fx.conversion:write");

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/fx/rates/current", READ, quotes::current),
    Endpoint::post("/api/v1/fx/quotes/create", WRITE, quotes::MEMBERS, quotes::create),
    Endpoint::get("/api/v1/fx/quotes/{id}", READ, quotes::get),
    Endpoint::get("/api/v1/fx/conversions", READ, conversions::list),
    Endpoint::post("/api/v1/fx/conversions/create", WRITE, conversions::MEMBERS, conversions::create),
    Endpoint::get("/api/v1/fx/conversions/{id}", READ, conversions::get),
    Endpoint::post("/api/v1/fx/conversion_amendments/quote", WRITE, amendments::MEMBERS, amendments::quote),
    Endpoint::post("/api/v1/fx/conversion_amendments/create", WRITE, amendments::MEMBERS, amendments::create),
    Endpoint::get("/api/v1/fx/conversion_amendments", READ, amendments::list),
    Endpoint::get("/api/v1/fx/conversion_amendments/{id}", READ, amendments::get),
    // Older spellings of the same (D).
    Endpoint::get("/api/v1/conversions", READ, conversions::list),
    Endpoint::post("/api/v1/conversions/create", WRITE, conversions::MEMBERS, conversions::create),
    Endpoint::get("/api/v1/conversions/{id}", READ, conversions::get),
    Endpoint::post("/api/v1/conversion_amendments/quote", WRITE, amendments::MEMBERS, amendments::quote),
    Endpoint::post("/api/v1/conversion_amendments/create", WRITE, amendments::MEMBERS, amendments::create),
    Endpoint::get("/api/v1/conversion_amendments", READ, amendments::list),
    Endpoint::get("/api/v1/conversion_amendments/{id}", READ, amendments::get),
    Endpoint::get("/api/v1/reference/supported_currencies", READ, quotes::currencies),
    Endpoint::get("/api/v1/reference/invalid_conversion_dates", READ, quotes::closed_days),
];

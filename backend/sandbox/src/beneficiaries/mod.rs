//! Beneficiaries and the schema engine (03 §a, §b), driven by `fixtures/corridors.json`.

pub mod corridors;
pub mod routes;
pub mod schema;
pub mod validation;

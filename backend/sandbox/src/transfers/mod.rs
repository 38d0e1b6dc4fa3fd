//! Transfers (03 §c): creation, the status machine, funding from the wallet, fees.

pub mod funding;
pub mod lifecycle;
pub mod routes;

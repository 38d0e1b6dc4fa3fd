//! Application fees: what the operator charges for a payout.
//!
//! A plan has a percentage and a fixed part per currency. The fee is computed by us, once, when the
//! payout is made, and sent to Airwallex as one FIXED fee in the source currency.

mod entity;
pub mod model;
pub mod rules;
pub mod service;

pub use model::FeePlan;

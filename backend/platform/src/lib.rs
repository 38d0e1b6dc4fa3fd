//! Souk's marketplace. Read the features in this order; each is one folder and reads like a story.
//!
//! Three strata: the foundation knows no feature, a feature knows the foundation and the features to
//! its left (through `model` and `service` only), the app knows everything and nobody uses it.

#[cfg(test)]
#[macro_use]
#[expect(clippy::disallowed_methods, reason = "which databases a test run requires, its environment says")]
#[path = "../../../tests/support/databases.rs"]
mod databases;

// The foundation.
pub mod db;
pub mod graphql;
pub mod idempotency;
pub mod jobs;
pub mod kernel;
pub mod live;
pub mod mail;
pub mod pace;
pub mod platform;
pub mod web;

// The features, left to right.
pub mod accounts;
pub mod audit;
pub mod beneficiaries;
pub mod connections;
pub mod fees;
pub mod notifications;
pub mod onboarding;
pub mod sellers;
pub mod users;

pub mod payouts;
pub mod webhooks;

// Everything put together.
pub mod app;

#[cfg(test)]
pub(crate) mod testing;

//! A seller's link to Airwallex: consent, code exchange, tokens in the vault, rotation without loss.
//!
//! Invariants. A code is sent once. One token chain exists per (application, account). Nobody uses a
//! token that was not read from a committed row. A refresh token is sent only by the rules of the
//! `rotation` crate, each send recorded before it leaves; after the window it is never sent again.

mod adopting;
mod attempt;
mod borrowing;
mod connecting;
mod diagnosis;
mod ending;
mod entity;
mod error;
pub mod graphql;
mod inspecting;
pub mod jobs;
pub mod metrics;
pub mod model;
mod outcome;
pub mod pages;
mod reason;
mod refresh;
pub mod rules;
mod scopes;
mod security;
pub mod service;
mod store;
mod vault;
pub mod web;

#[cfg(test)]
mod tests;

pub use error::ConnectionRefusal;
pub use model::{Connection, ConnectionStatus};
pub use scopes::Permission;

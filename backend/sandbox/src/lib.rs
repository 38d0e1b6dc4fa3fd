//! airwallex-sandbox: a simulator of Airwallex's API and hosted pages.
//!
//! Written from the wire contract, never from our client: the two share HTTP and the documents in
//! `tests/contract`, nothing else. Public are [`Options`] and [`start`].

mod accounts;
mod auth;
mod beneficiaries;
mod clock;
mod control;
mod engine;
mod options;
mod pages;
mod router;
mod serve;
mod store;
mod transfers;
mod webhooks;
mod wire;
mod world;

pub use options::Options;
pub use serve::{Running, start};

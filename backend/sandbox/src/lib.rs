//! airwallex-sandbox: a simulator of Airwallex's API and hosted pages.
//!
//! Written from the wire contract, never from our client: the two share HTTP and the documents in
//! `tests/contract`, nothing else. Public are [`Options`] and [`start`].
//!
//! Inside, from the ground up: `wire` (the words), `world` (all state), `call` (one call and who may make
//! it), then the areas, each with a table of its endpoints, and above them `dispatch`, which plays a call.

mod accounts;
mod auth;
mod batches;
mod bend;
mod beneficiaries;
mod browse;
mod call;
mod clock;
mod control;
mod dispatch;
mod engine;
mod funds;
mod fx;
mod global_accounts;
mod journal;
mod keep;
mod limits;
mod options;
mod pages;
mod reports;
mod router;
mod serve;
mod store;
#[cfg(test)]
mod testing;
mod transfers;
mod wallet;
mod webhooks;
mod wire;
mod world;

pub use options::Options;
pub use serve::{Running, start};

//! The payouts engine: at most one transfer per payout, whatever crashes, repeats or comes late.
//!
//! A payout is an intent first: `request_id`, acting account and the exact body are frozen before
//! anything is sent. Every send is recorded before it leaves. What Airwallex says, by answer, event or
//! look-up, enters through one function; forward moves apply, repeats and stale moves change nothing.
//! Status changes are compare-and-set and written with their history, audit, feed and mail.

mod entity;
mod error;
pub mod graphql;
mod holds;
pub mod jobs;
pub mod model;
pub mod pages;
mod reports;
mod restoring;
pub mod rules;
mod sending;
pub mod service;
mod store;
mod sweeping;
mod upstream;

#[cfg(test)]
mod tests;

pub use error::PayoutRefusal;
pub use model::{Payout, PayoutStatus};

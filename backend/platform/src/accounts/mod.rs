//! Connected accounts as we last saw them: status, wallet, balances.
//!
//! Airwallex is the truth; these rows are the newest copy of it. Events only say "look again", so
//! their order does not matter.

mod entity;
mod error;
pub mod graphql;
pub mod jobs;
pub mod model;
pub mod service;
mod store;
mod sync;

pub use error::AccountRefusal;
pub use model::{Account, AccountStatus};

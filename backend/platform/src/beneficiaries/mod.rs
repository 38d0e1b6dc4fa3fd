//! Where a seller's money goes: bank accounts, entered through a form that Airwallex's schema dictates.
//!
//! The full document stays upstream; here are the holder, the bank and the last four characters. A
//! beneficiary whose creation was not answered is a pending row with its document sealed until the
//! upstream id is known, then erased.

mod entity;
mod error;
pub mod form;
pub mod graphql;
pub mod jobs;
mod making;
pub mod model;
pub mod pages;
pub mod schema;
pub mod service;
mod store;
mod upstream;

pub use error::BeneficiaryRefusal;
pub use model::{Beneficiary, BeneficiaryStatus};
pub use store::JoinedBeneficiary;

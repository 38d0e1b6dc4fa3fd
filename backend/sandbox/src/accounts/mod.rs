//! Accounts (02): bodies, KYC statuses, hosted pages.

pub mod hosted;
pub mod lifecycle;
pub mod requirements;
pub mod routes;

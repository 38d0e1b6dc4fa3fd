//! One resource per file: its request, its answer, its calls, and how a lost answer is recovered.

pub mod accounts;
pub mod balances;
pub mod beneficiaries;
pub mod hosted_flows;
pub mod login;
pub mod oauth;
pub mod schemas;
pub mod transfers;
pub mod webhooks;

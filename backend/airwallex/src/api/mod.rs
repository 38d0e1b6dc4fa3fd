//! One resource per file: what is asked, what is answered, and the call.
//!
//! Lists come as a stream over all pages (`all`) and, where callers need it, as one page (`list`). Answers keep
//! the members that this version does not know in `rest`.

pub mod account_details;
pub mod accounts;
pub mod amendments;
pub mod balances;
pub mod batch_transfers;
pub mod beneficiaries;
pub mod capabilities;
pub mod charges;
pub mod components;
pub mod connected_account_transfers;
pub mod deposits;
pub mod files;
pub mod financial_transactions;
pub mod fx;
pub mod global_accounts;
pub mod hosted_flows;
pub mod invitation_links;
pub(crate) mod login;
pub mod oauth;
pub mod partner;
pub mod payers;
pub mod platform_reports;
pub mod reference;
pub mod rfis;
pub mod schemas;
pub mod simulation;
pub mod transfers;
pub mod webhooks;

//! A typed client of the Airwallex API, for platforms whose sellers hold connected accounts.
//!
//! It knows HTTP and Airwallex's words, and nothing of marketplaces. Covered so far: the platform's
//! login, OAuth partner connections, accounts, hosted flows, balances, beneficiary schemas,
//! beneficiaries, transfers, partner webhooks, and the verification of events.
//!
//! Every failure is split by what the caller must do next, see [`Error`]. Facts carry the mark of the
//! wire contract: D documented by Airwallex, C seen in clients, A assumed.
//!
//! ```no_run
//! # async fn example() -> Result<(), airwallex::Error> {
//! use airwallex::{Access, Client, Config, api::balances};
//!
//! let client = Client::new(Config {
//!     api_url: "https://api-demo.airwallex.com".parse().expect("a URL"),
//!     api_version: "2026-08-21".to_owned(),
//!     client_id: "…".to_owned(),
//!     api_key: airwallex::Token::new("…".to_owned()),
//!     deadline: std::time::Duration::from_secs(30),
//!     limits: airwallex::Limits::Sandbox,
//! })?;
//! let account = Access::OnBehalfOf("acct_7QmXv0Zr2kTnB4yLc9WpHd".to_owned());
//! for balance in balances::current(&client, &account).await? {
//!     println!("{} {}", balance.available_amount, balance.currency);
//! }
//! # Ok(())
//! # }
//! ```

mod access;
mod amount;
pub mod api;
mod client;
mod error;
pub mod event;
mod pace;
mod timestamp;
pub mod token_transport;

pub use access::{Access, Token};
pub use amount::Amount;
pub use client::{Client, Config, Page, Ready};
pub use error::{Error, FieldError, Refusal};
pub use pace::Limits;
pub use timestamp::Timestamp;

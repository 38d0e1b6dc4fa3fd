//! A typed client of the Airwallex API, for platforms whose sellers hold connected accounts.
//!
//! It knows HTTP and Airwallex's words, and nothing of marketplaces. Covered is the partner flow: logins, OAuth
//! partner connections, accounts and their checks, hosted flows, questions, files, beneficiaries and their
//! schemas, transfers and batches, platform funds, foreign exchange, wallets, global accounts, deposits, webhook
//! subscriptions and the verification of events.
//!
//! - Authority is a value, see [`Access`]; logins happen by themselves and are shared by concurrent callers.
//! - Every failure is split by what the caller must do next, see [`Error`]. After [`Error::Unknown`] only
//!   Airwallex knows what happened; the error names the way to find out, see [`Recovery`].
//! - What is safe to repeat is repeated, with the same bytes; nothing else ever is.
//! - Calls keep below Airwallex's limits, see [`Limits`] and [`Quota`].
//! - Amounts are exact, unknown words and members survive, lists are streams.
//!
//! Facts carry where they are from ("01 §a.4", which `docs/wire.md` of the repository spells out as a page) and a mark: D
//! documented by Airwallex, C seen in clients, A assumed.
//!
//! ```no_run
//! # async fn example() -> Result<(), airwallex::Error> {
//! use airwallex::api::{balances, transfers};
//! use airwallex::{Access, Client, Config, Token};
//! use futures_util::TryStreamExt;
//!
//! let client = Client::new(Config::demo("my-client-id", Token::new("my-key".to_owned())))?;
//! let account = Access::on_behalf_of("acct_7QmXv0Zr2kTnB4yLc9WpHd");
//! for balance in balances::current(&client, &account).await? {
//!     println!("{} {}", balance.available_amount, balance.currency);
//! }
//! let mut paid = std::pin::pin!(transfers::all(
//!     &client,
//!     &account,
//!     transfers::Filter { status: Some(transfers::TransferStatus::Paid), ..Default::default() },
//! ));
//! while let Some(transfer) = paid.try_next().await? {
//!     println!("{} {:?}", transfer.id, transfer.amount_beneficiary_receives);
//! }
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod access;
mod amount;
pub mod api;
mod call;
mod client;
mod config;
mod document;
mod error;
pub mod event;
mod exchange;
mod pace;
mod paging;
mod rest;
mod session;
mod timestamp;
pub mod token_transport;
mod word;

pub use access::{Access, Link, Token};
pub use amount::Amount;
pub use call::Recovery;
pub use client::{Client, Ready};
pub use config::{Application, Config};
pub use document::{Document, Unreadable};
pub use error::{Error, FieldError, Lost, Refusal};
pub use pace::{Limits, Quota};
pub use paging::Page;
pub use rest::Rest;
pub use timestamp::Timestamp;

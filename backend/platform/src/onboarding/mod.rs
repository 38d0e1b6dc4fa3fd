//! The way through Airwallex's checks: its hosted pages, or a form of ours sent by update and submit.
//!
//! Links into the hosted pages live 15 seconds, so they are asked for inside the handler that
//! redirects and never mailed; our own page is the stable address. What became of the checks is read
//! from the account, never from the redirect.

mod entity;
mod error;
pub mod form;
pub mod graphql;
pub mod pages;
pub mod service;
mod upstream;

pub use error::OnboardingRefusal;

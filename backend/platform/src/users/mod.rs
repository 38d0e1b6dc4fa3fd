//! People who sign in, and the programs that act for them.
//!
//! Passwords are argon2id; sessions, mailed links and API tokens are random and stored as hashes.
//! A refusal never says which part was wrong, and asking for a mail never says whether there is an
//! account. Only this feature turns a cookie or a token into an actor.

pub mod api_token;
mod entity;
mod error;
pub mod graphql;
pub mod jobs;
mod mails;
pub mod model;
pub mod pages;
mod password;
pub mod service;
pub mod session;
mod store;
mod throttle;

pub use error::UserRefusal;
pub use model::Person;

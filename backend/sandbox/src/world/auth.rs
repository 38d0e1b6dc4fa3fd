//! Who may call: keys, people, consents, connections and the tokens of all of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Instant;

/// A key of the API (01 §b.2): an admin key may do everything at its level, a scoped one what it lists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    pub client_id: String,
    pub api_key: String,
    /// Accounts that it opens; more than one needs `x-login-as`.
    pub accounts: Vec<String>,
    /// Whether it also opens the organisation, which account-level calls do not take.
    pub organisation: bool,
    /// `None` for an admin key; otherwise scopes in the new vocabulary.
    pub permissions: Option<Vec<String>>,
    pub is_expired: bool,
}

/// A token of 30 minutes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Login {
    /// The account that it is for; none for the organisation's own.
    pub account: Option<String>,
    pub permissions: Option<Vec<String>>,
    pub expires_at: Instant,
}

/// Somebody with a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    pub email: String,
    pub name: String,
    pub password: String,
    /// Accounts and the role held there.
    pub roles: BTreeMap<String, String>,
}

/// One browser on its way through the hosted consent pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Consent {
    pub id: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub scopes: Vec<String>,
    pub state: Option<String>,
    pub challenge: Option<String>,
    pub sign_up: bool,
    pub step: String,
    pub email: Option<String>,
    pub account: Option<String>,
    /// What the person said the account is for.
    pub intended_use: Vec<String>,
    /// The invitation that brought the person, if one did.
    pub invitation: Option<String>,
    pub done: bool,
}

/// An authorization code: five minutes, once (D).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Code {
    pub account: String,
    pub email: String,
    pub scopes: Vec<String>,
    pub redirect_uri: String,
    pub challenge: Option<String>,
    pub expires_at: Instant,
    pub used: bool,
}

/// What a customer has granted the application. One per application and account (A, register 6).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connection {
    pub id: String,
    pub account: String,
    pub email: String,
    pub scopes: Vec<String>,
    pub connected: bool,
    /// Counts consents; tokens of an earlier one are dead.
    pub grant: u64,
    /// The refresh token in force.
    pub current: String,
    pub refreshes: u64,
    pub created_at: Instant,
    pub sequence: u64,
}

/// A refresh token, in force or replaced.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshToken {
    pub account: String,
    pub grant: u64,
    pub expires_at: Instant,
    /// When it was replaced, and by what pair.
    pub superseded: Option<(Instant, Value)>,
}

/// An access token: five minutes (D).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessToken {
    pub account: String,
    pub grant: u64,
    pub scopes: Vec<String>,
    pub expires_at: Instant,
}

/// A code for one embedded component: 30 seconds, once (D).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComponentCode {
    pub account: String,
    pub scopes: Vec<String>,
    pub challenge: String,
    pub identity: Option<String>,
    pub expires_at: Instant,
}

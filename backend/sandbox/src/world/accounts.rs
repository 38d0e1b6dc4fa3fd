//! Accounts and what belongs to them: flows, files, questions, amendments, invitations.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Instant;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    pub id: String,
    pub status: String,
    pub created_at: Instant,
    /// Everything else of the account body: details, agreements, contact, metadata.
    pub document: Value,
    pub requirements: Value,
    pub wallet_number: String,
    /// Accounts of one legal entity are suspended and reactivated together (D).
    pub legal_entity: String,
    /// Linked to the platform, so that `x-on-behalf-of` works.
    pub linked: bool,
    pub suspensions: Vec<Value>,
    pub reactivation: Option<Value>,
    /// Refused by its review, so that the platform may not reactivate it (A).
    pub is_refused: bool,
    /// Capabilities and their status.
    pub capabilities: BTreeMap<String, String>,
    /// Higher limits of direct debits that were asked for.
    pub funding_limits: Vec<Value>,
    pub balances: BTreeMap<String, Balance>,
}

impl Account {
    /// As pages call it.
    pub fn name(&self) -> &str {
        let business = self.document.pointer("/account_details/business_details/business_name");
        let nickname = self.document.get("nickname");
        nickname.and_then(Value::as_str).or_else(|| business.and_then(Value::as_str)).unwrap_or("No name yet")
    }
}

/// One currency of a wallet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Balance {
    pub available: Decimal,
    /// Deposits that have not settled.
    pub pending: Decimal,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    pub id: String,
    pub account: String,
    pub template: String,
    pub status: String,
    pub return_url: String,
    pub error_url: Option<String>,
    pub metadata: Value,
    pub identity: Option<String>,
    /// The code in the link that `authorize` gave last, and when it dies.
    pub link: Option<(String, Instant)>,
    /// Names the browser that opened the link.
    pub session: Option<String>,
    /// What the person entered before leaving, by the page's field names.
    pub entered: BTreeMap<String, String>,
}

/// A request for information (02 §3).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rfi {
    pub id: String,
    pub account: String,
    pub kind: String,
    pub sub_type: Option<String>,
    pub status: String,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub active: Option<Round>,
    pub answered: Vec<Round>,
}

/// One round of questions; about seven days to answer (D).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Round {
    pub created_at: Instant,
    pub updated_at: Instant,
    pub expires_at: Instant,
    pub questions: Vec<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct File {
    pub id: String,
    /// Who uploaded it.
    pub account: String,
    pub filename: String,
    pub notes: Option<String>,
    pub content_type: String,
    /// In base64.
    pub content: String,
    pub size: usize,
    pub created_at: Instant,
    /// Links to download it by, and when they die.
    pub links: BTreeMap<String, Instant>,
}

/// A change after activation (02 §1.8).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Amendment {
    pub id: String,
    pub account: String,
    pub status: String,
    pub target: String,
    pub content: Value,
    pub created_at: Instant,
}

/// An invitation of an existing customer (01 §a.9).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invitation {
    pub id: String,
    pub request: Value,
    pub created_at: Instant,
    pub expires_at: Instant,
}

//! The tester's side: switches, subscriptions and deliveries, and what is due.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Instant;

/// The switches and their present positions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Reviews, transfer steps and endowments happen by themselves.
    pub auto: bool,
    /// Unknown members of a body are refused everywhere, and simulated moves that the real one answers with
    /// a breakdown break down.
    pub strict: bool,
    /// A consent also links the account to the platform (A).
    pub consent_links_account: bool,
    /// A missing permission answers 401 `unauthorized` instead of 403.
    pub unauthorized_for_forbidden: bool,
    /// A replay inside the grace: `fresh_pair` or `same_successor`.
    pub rotation: Rotation,
    /// Disconnects are told by the older event.
    pub older_disconnect_event: bool,
    /// Events are spelt in camelCase, as before 2024-02-22.
    pub camel_case_events: bool,
    /// A repeated delivery is signed at its own time; off keeps the first timestamp.
    pub resign_on_retry: bool,
    /// The token endpoint's answer names the account (D; absent in older copies of the documents).
    pub token_names_account: bool,
    /// Errors that are redirected carry an `error_description` (A: not by default).
    pub describe_redirected_errors: bool,
    /// What people who consent leave out, in either spelling (A: RFC 6749 §3.3, less may be granted than is asked).
    #[serde(default)]
    pub withheld_scopes: Vec<String>,
    /// How long a refresh token lives.
    pub refresh_token_days: u32,
    /// National check digits (ABA, CLABE, CPF, CNPJ, Chinese resident ids) are verified (A).
    pub check_digits: bool,
    /// US ACH transfers cost 3 USD, as one sandbox was seen to charge (C).
    pub sandbox_fees: bool,
    /// Transfers begin IN_APPROVAL, as in an account with an approval workflow.
    pub approval_workflow: bool,
    /// Connected-account transfers and charges settle by themselves (A).
    pub settle_platform_funds: bool,
    /// Which limits apply.
    pub limits: Profile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    FreshPair,
    SameSuccessor,
}

/// The rate limits of 01 §d.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    Off,
    Sandbox,
    Production,
}

impl Settings {
    pub fn new(auto: bool, strict: bool) -> Self {
        Self {
            auto,
            strict,
            consent_links_account: true,
            unauthorized_for_forbidden: false,
            rotation: Rotation::FreshPair,
            older_disconnect_event: false,
            camel_case_events: false,
            resign_on_retry: true,
            token_names_account: true,
            describe_redirected_errors: false,
            withheld_scopes: vec![],
            refresh_token_days: 60,
            check_digits: false,
            sandbox_fees: false,
            approval_workflow: false,
            settle_platform_funds: true,
            limits: Profile::Off,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subscription {
    pub id: String,
    pub url: String,
    pub secret: String,
    /// Empty means all.
    pub events: Vec<String>,
    /// Decides the spelling of the payload.
    pub version: String,
    /// Of the partner application, or of the platform itself.
    pub partner: bool,
    /// Accounts whose events a partner's subscription delivers.
    pub accounts: Vec<String>,
    pub request_id: Option<String>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub sequence: u64,
}

/// One event on its way to one subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    pub id: String,
    pub subscription: String,
    pub event: Value,
    pub due_at: Instant,
    /// When it was tried first.
    pub signed_at: Option<Instant>,
    pub attempts: usize,
    /// QUEUED, DELIVERED, LOST (by a fault) or GIVEN_UP.
    pub status: String,
    pub last_answer: Option<u16>,
    pub bad_signature: bool,
    pub stale: bool,
    pub fail_first: bool,
    /// How often somebody ordered it again.
    pub order: u32,
}

/// Something that happens by itself when its time has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Due {
    /// The reviewer looks at a submitted account.
    Review { account: String },
    /// Nobody answered these questions in time.
    RfiExpiry { rfi: String },
    /// An amendment is decided.
    AmendmentDecision { amendment: String, approved: bool },
    /// A capability that was asked for is given.
    Capability { account: String, capability: String },
    /// A transfer moves on.
    Step { transfer: String },
    /// A transfer whose cancellation was asked for is cancelled.
    Cancellation { transfer: String },
    /// A connected-account transfer or a charge settles.
    Settlement { movement: String },
    /// A report is written.
    Report { report: String },
    /// A conversion's date has come.
    Conversion { conversion: String },
    /// A global account gets its numbers.
    GlobalAccount { global_account: String },
    /// A deposit that was pulled from a linked account arrives.
    Deposit { deposit: String },
    /// The items of a submitted batch are booked.
    Batch { batch: String },
}

//! Accounts as other features know them.

use crate::kernel::id::{AccountId, SellerId};
use crate::kernel::{Instant, Money, words};

/// A fact: an account's status changed. Payload: seller, account (ours) and the new status.
pub const STATUS_CHANGED: &str = "fact.account_status_changed";

words! {
    /// As Airwallex says it; words that we do not know are UNKNOWN and count as not usable.
    AccountStatus {
        Created = "CREATED",
        Submitted = "SUBMITTED",
        ActionRequired = "ACTION_REQUIRED",
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
        Dormant = "DORMANT",
        Closed = "CLOSED",
        Unknown = "UNKNOWN",
    }
}

/// A connected account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub seller: SellerId,
    /// `acct_…` at Airwallex.
    pub upstream_id: String,
    pub status: AccountStatus,
    /// Airwallex's own word, kept even when we do not know it.
    pub status_text: String,
    pub name: Option<String>,
    pub wallet_name: Option<String>,
    pub wallet_number: Option<String>,
    pub next_action: Option<String>,
    /// Whether the platform may act for it with its own key.
    pub linked: bool,
    pub synced_at: Option<Instant>,
}

/// What the wallet held in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    pub available: Money,
    pub pending: Money,
    pub reserved: Money,
    pub as_of: Instant,
}

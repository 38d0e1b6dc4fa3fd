//! Connections as other features know them.

use crate::kernel::id::{AttemptId, ConnectionId, SellerId};
use crate::kernel::{Instant, words};

/// A fact: tokens for an account were sealed and committed. Payload: seller and account.
pub const CONNECTED: &str = "fact.connection_connected";

words! {
    /// Where a connection stands.
    ConnectionStatus {
        Pending = "PENDING",
        Connected = "CONNECTED",
        Paused = "PAUSED",
        NeedsReauthorization = "NEEDS_REAUTHORIZATION",
        Disconnected = "DISCONNECTED",
    }
}

words! {
    /// Why it stands there.
    Reason {
        NotYet = "NOT_YET",
        Consent = "CONSENT",
        Refreshed = "REFRESHED",
        /// Airwallex refused the refresh token.
        Refused = "REFUSED",
        /// Refused on a repeat inside the grace, which contradicts the documents.
        RefusedOnRepeat = "REFUSED_ON_REPEAT",
        /// The window ended and only Airwallex knows what became of our requests.
        OutcomeUnknown = "OUTCOME_UNKNOWN",
        /// The refresh token's life ended unused.
        Expired = "EXPIRED",
        /// The customer took the permission back.
        ByCustomer = "DISCONNECTED_BY_CUSTOMER",
        /// A restore may have lost commits; see `souk restored`.
        Restored = "RESTORED",
    }
}

words! {
    /// How an attempt to connect went, or where it stands.
    Outcome {
        Connected = "CONNECTED",
        Declined = "DECLINED",
        Expired = "EXPIRED",
        ExchangeRefused = "EXCHANGE_REFUSED",
        ExchangeLost = "EXCHANGE_LOST",
        AccountTaken = "ACCOUNT_TAKEN",
        OtherAccount = "OTHER_ACCOUNT",
        AccountUnknown = "ACCOUNT_UNKNOWN",
        NotAMember = "NOT_A_MEMBER",
        Misconfigured = "MISCONFIGURED",
    }
}

/// A seller's link to Airwallex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub id: ConnectionId,
    pub seller: SellerId,
    pub status: ConnectionStatus,
    pub reason: Reason,
    pub scopes: Vec<String>,
    pub connected_at: Option<Instant>,
    pub updated_at: Instant,
}

/// A step in a connection's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionEvent {
    pub status: ConnectionStatus,
    pub reason: Reason,
    pub at: Instant,
}

/// An attempt, as its person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub seller: SellerId,
    pub sign_up: bool,
    /// Absent while the person is at Airwallex or the exchange runs.
    pub outcome: Option<Outcome>,
    pub is_running: bool,
}

/// Where to go next to connect.
#[derive(Debug, Clone)]
pub struct Begun {
    pub attempt: AttemptId,
    /// The consent page (cookie sessions) or our start link (programs).
    pub url: String,
    /// To be set in the browser: name and value of the per-attempt cookie.
    pub cookie: Option<(String, crate::kernel::Secret<String>)>,
}

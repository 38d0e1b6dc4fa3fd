//! Connections as other features know them.

use crate::kernel::id::{AttemptId, ConnectionId, SecurityEventId, SellerId};
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
        /// Refused although the consent stands at Airwallex: whoever gave it may not give it any more.
        UserDowngraded = "USER_DOWNGRADED",
        /// A newer consent replaced this one at Airwallex, and its tokens never reached us.
        Replaced = "REPLACED_BY_CONSENT",
        /// A refresh token that the rules forbid was about to be presented; it was not.
        ReuseBlocked = "REUSE_BLOCKED",
        /// Airwallex ended what a refresh had given us, and no customer is known to have wished it.
        RevokedAfterRefresh = "REVOKED_AFTER_REFRESH",
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
        /// The code never left, or was told to come later.
        NotReached = "NOT_REACHED",
        AccountTaken = "ACCOUNT_TAKEN",
        OtherAccount = "OTHER_ACCOUNT",
        AccountUnknown = "ACCOUNT_UNKNOWN",
        NotAMember = "NOT_A_MEMBER",
        Misconfigured = "MISCONFIGURED",
    }
}

words! {
    /// What looked like the reuse of a refresh token. Each pauses its connection.
    SecurityEventKind {
        ReuseBlocked = "REUSE_BLOCKED",
        RefusedOnRepeat = "REFUSED_ON_REPEAT",
        RevokedAfterRefresh = "REVOKED_AFTER_REFRESH",
    }
}

/// A seller's link to Airwallex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub id: ConnectionId,
    pub seller: SellerId,
    pub status: ConnectionStatus,
    pub reason: Reason,
    /// Granted by the consent.
    pub scopes: Vec<String>,
    /// What the application asks for and may not do: not granted, or refused in practice.
    pub missing_scopes: Vec<String>,
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

/// Where to go next to connect. Never printed: the address holds the state.
#[derive(Clone)]
pub struct Begun {
    pub attempt: AttemptId,
    /// The consent page (cookie sessions) or our start link (programs).
    pub url: String,
    /// To be set in the browser: name and value of the per-attempt cookie.
    pub cookie: Option<(String, crate::kernel::Secret<String>)>,
}

/// Something that looked like the reuse of a refresh token, for staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    pub id: SecurityEventId,
    pub kind: SecurityEventKind,
    pub connection: ConnectionId,
    pub seller: SellerId,
    /// The generation of tokens that it was about.
    pub generation: i64,
    pub actor: String,
    pub place: String,
    pub detail: String,
    pub at: Instant,
    /// When a staff member looked into it.
    pub seen_at: Option<Instant>,
}

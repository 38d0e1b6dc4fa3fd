//! How early tokens are refreshed, how many at once, and how long one waits. When a refresh token may be sent at all is
//! decided by the `rotation` crate.

use chrono::Duration;

/// Tokens in demand are refreshed with this much life left.
pub const EARLY: Duration = Duration::seconds(90);
/// A token with less life than this is not lent to anybody.
pub const LEAST: Duration = Duration::seconds(5);
/// Refreshes in flight in the whole cluster.
pub const IN_FLIGHT: u64 = 10;
/// After this many unresolved outcomes in a row no untouched generation is sent (rule 14).
pub const UNRESOLVED_IN_A_ROW: i64 = 3;
/// Between two questions whether the endpoint answers again.
pub const PROBE: Duration = Duration::seconds(15);
/// How long a reconnect keeps everybody else from its chain: waiting, exchanging, learning the account.
pub const CONSENT_LEASE: Duration = Duration::seconds(60);
/// How long a settling refresh that has to wait is tried again.
pub const SETTLE_PATIENCE: Duration = Duration::seconds(20);

//! How early tokens are refreshed, how many at once, and how long one waits. When a refresh token may be sent at all is
//! decided by the `rotation` crate.

use chrono::Duration;

/// Tokens in demand are refreshed with this much life left.
pub const EARLY: Duration = Duration::seconds(90);
/// A token with less life than this is not lent to anybody.
pub const LEAST: Duration = Duration::seconds(5);
/// Refreshes in flight in the whole cluster, and chains whose outcome nobody knows.
pub const IN_FLIGHT: usize = 10;
/// After this many unresolved outcomes in a row no untouched generation is sent (rule 14).
pub const UNRESOLVED_IN_A_ROW: i64 = 3;
/// Between two questions whether the endpoint answers again.
pub const PROBE: Duration = Duration::seconds(15);
/// How many idle connections are begun to be renewed each minute: a million in a week.
pub const RENEWALS: u64 = 100;
/// The renewal of rows that do not say when.
pub const UNSAID: Duration = Duration::days(20);
/// How long a reconnect keeps everybody else from its chain: waiting for open sends, its turn, the exchange, and asking for
/// the account. From the exchange on the old tokens are dead at Airwallex.
pub const CONSENT_LEASE: Duration = Duration::seconds(180);
/// How long after its commit a pair may turn out to have been overtaken: until its settling is over.
pub const DOUBT: Duration = Duration::seconds(150);
/// How long after a connection was given up its tokens are kept for a late pair, which comes within minutes or never.
pub const GIVEN_UP: Duration = Duration::hours(1);
/// How long a settling refresh that has to wait is tried again.
pub const SETTLE_PATIENCE: Duration = Duration::seconds(20);

/// How long after its commit an idle pair is renewed: at a third of the refresh token's life, a quarter of that more
/// or less by chance (`share`, from 0 to 1), so that connections which were made together do not meet again.
pub fn renewal(life: Duration, share: f64) -> Duration {
    let third = life / 3;
    let spread = third.num_seconds() as f64 / 2.0;
    third - third / 4 + Duration::seconds((spread * share) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewals_are_spread_around_a_third_of_a_life() {
        let life = Duration::days(60);
        assert_eq!(renewal(life, 0.0), Duration::days(15));
        assert_eq!(renewal(life, 0.5), Duration::days(20));
        assert_eq!(renewal(life, 1.0), Duration::days(25));
    }
}

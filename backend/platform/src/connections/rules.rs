//! When a refresh token may be sent. Pure; the numbers and their inequalities are those of the
//! rotation protocol (`docs/decisions/0003-refresh-protocol.md`).

use chrono::Duration;

use crate::kernel::Instant;

/// How long a superseded refresh token still works (documented).
pub const GRACE: Duration = Duration::seconds(60);
/// Over one whole token call; connecting is part of it.
pub const TIMEOUT: Duration = Duration::seconds(8);
pub const CONNECT_TIMEOUT: Duration = Duration::seconds(3);
/// From the record of a send to its last byte handed over.
pub const LAST_LOOK: Duration = Duration::seconds(1);
/// What may be left of a request after we gave it up: packets, Airwallex's edge and queues.
pub const REMAINDER: Duration = Duration::seconds(5);
/// How far replicas' clocks may differ.
pub const SKEW: Duration = Duration::seconds(4);
/// Between two sends of one generation.
pub const QUIET: Duration = Duration::seconds(15);
pub const LEASE: Duration = Duration::seconds(20);
/// The latest send after the oldest unresolved one.
pub const WINDOW: Duration = Duration::seconds(40);
/// How often whoever waits looks again.
pub const POLL: Duration = Duration::seconds(1);
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
/// The longest pause while a send is open: the window goes on meanwhile.
pub const SHORT_PAUSE: Duration = Duration::seconds(5);
/// The longest pause between sends that were answered as not executed.
pub const LONGEST_PAUSE: Duration = Duration::seconds(60);
/// After a commit with older open sends: refresh again then, and then.
pub const SETTLE: [Duration; 2] = [Duration::seconds(35), Duration::seconds(70)];

/// A recorded send of the stored generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    pub recorded_at: Instant,
    pub owner: String,
    /// When it was answered in a way that tells what happened; of the stored generation, always "not
    /// executed".
    pub resolved_at: Option<Instant>,
}

impl Send {
    pub fn is_resolved(&self) -> bool {
        self.resolved_at.is_some()
    }
}

/// What to do about the stored generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Record a send, then send.
    Send,
    /// Look again after this long.
    Wait(Duration),
    /// The window is over with open sends: ask the seller to connect again.
    GiveUp,
}

/// Decides whether the stored generation may be sent now, by `owner`.
///
/// `lease` is who holds the chain's lease and whether it is still running on the lease clock.
pub fn step(sends: &[Send], lease: Option<(&str, bool)>, owner: &str, now: Instant) -> Step {
    let open: Vec<&Send> = sends.iter().filter(|send| !send.is_resolved()).collect();
    let pause = pause(sends, now);
    let (Some(oldest), Some(newest)) =
        (open.iter().map(|send| send.recorded_at).min(), open.iter().max_by_key(|send| send.recorded_at))
    else {
        // Untouched: no window. A lease without a send is a reconnect in the middle of its exchange.
        let is_held = lease.is_some_and(|(_, is_running)| is_running);
        return match pause {
            Some(pause) => Step::Wait(pause),
            None if is_held => Step::Wait(POLL),
            None => Step::Send,
        };
    };
    if now - oldest > WINDOW {
        return Step::GiveUp;
    }
    if let Some(pause) = pause {
        return Step::Wait(pause);
    }
    if now - newest.recorded_at < -SKEW {
        return Step::Wait(POLL);
    }
    let quiet = if newest.owner == owner { QUIET } else { QUIET + SKEW };
    let since = now - newest.recorded_at;
    if since < quiet {
        return Step::Wait(quiet - since);
    }
    match lease {
        Some((holder, true)) if holder != owner => Step::Wait(POLL),
        _ => Step::Send,
    }
}

/// What is left of the pause after sends that were not executed (429, no connection, our own
/// configuration): one second, doubled with each, so that nobody hammers an endpoint that says no.
fn pause(sends: &[Send], now: Instant) -> Option<Duration> {
    let newest = sends.iter().filter_map(|send| send.resolved_at).max()?;
    let count = sends.iter().filter(|send| send.is_resolved()).count();
    let longest = if sends.iter().all(Send::is_resolved) { LONGEST_PAUSE } else { SHORT_PAUSE };
    let whole = Duration::seconds(1 << (count - 1).min(10)).min(longest);
    let left = newest + whole - now;
    (left > Duration::zero()).then_some(left)
}

/// The inequalities without which a connection could be burnt; checked at start.
pub fn constants_hold() -> bool {
    WINDOW + LAST_LOOK + TIMEOUT + REMAINDER + SKEW < GRACE
        && QUIET > LAST_LOOK + TIMEOUT + REMAINDER
        && LEASE >= QUIET + SKEW
        && LEASE + SKEW + POLL <= WINDOW
        && SETTLE[0] < GRACE - LAST_LOOK - TIMEOUT - REMAINDER - SKEW
        && SETTLE[1] >= GRACE + SKEW
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        chrono::DateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    fn open(seconds: i64, owner: &str) -> Send {
        Send { recorded_at: at(seconds), owner: owner.to_owned(), resolved_at: None }
    }

    #[test]
    fn the_constants_satisfy_the_inequalities() {
        assert!(constants_hold());
    }

    #[test]
    fn an_untouched_generation_is_sent_unless_another_replica_holds_the_lease() {
        assert_eq!(step(&[], None, "a", at(0)), Step::Send);
        assert_eq!(step(&[], Some(("b", false)), "a", at(0)), Step::Send);
        assert_eq!(step(&[], Some(("b", true)), "a", at(0)), Step::Wait(POLL));
        assert_eq!(step(&[], Some(("a", true)), "a", at(0)), Step::Wait(POLL));
        let resolved = Send { resolved_at: Some(at(1)), ..open(0, "a") };
        assert_eq!(step(&[resolved], None, "a", at(1000)), Step::Send);
    }

    #[test]
    fn sends_that_were_not_executed_are_repeated_at_leisure() {
        let limited = |second| Send { resolved_at: Some(at(second)), ..open(second, "a") };
        assert_eq!(step(&[limited(0)], None, "a", at(0)), Step::Wait(Duration::seconds(1)));
        assert_eq!(step(&[limited(0)], None, "a", at(1)), Step::Send);
        let three = [limited(0), limited(1), limited(3)];
        assert_eq!(step(&three, None, "a", at(4)), Step::Wait(Duration::seconds(3)));
        let many: Vec<Send> = (0..40).map(limited).collect();
        assert_eq!(step(&many, None, "a", at(39)), Step::Wait(LONGEST_PAUSE));
        // With an open send the window goes on meanwhile.
        let both = [open(0, "a"), limited(16)];
        assert_eq!(step(&both, None, "a", at(16)), Step::Wait(Duration::seconds(1)));
        assert_eq!(step(&both, None, "a", at(17)), Step::Send);
        assert_eq!(step(&both, None, "a", at(41)), Step::GiveUp);
        // Many that were not executed before leave room for the repeats that the window allows.
        let mut late: Vec<Send> = (-6..0).map(limited).collect();
        late.extend([open(0, "a"), limited(16)]);
        assert_eq!(step(&late, None, "a", at(17)), Step::Wait(Duration::seconds(4)));
        assert_eq!(step(&late, None, "a", at(21)), Step::Send);
    }

    #[test]
    fn the_owner_repeats_after_the_quiet_time_and_others_after_the_skew_as_well() {
        let sends = [open(0, "a")];
        assert_eq!(step(&sends, None, "a", at(14)), Step::Wait(Duration::seconds(1)));
        assert_eq!(step(&sends, None, "a", at(15)), Step::Send);
        assert_eq!(step(&sends, Some(("a", false)), "b", at(15)), Step::Wait(Duration::seconds(4)));
        assert_eq!(step(&sends, Some(("a", false)), "b", at(19)), Step::Send);
    }

    #[test]
    fn the_window_counts_from_the_oldest_open_send_and_never_moves() {
        let sends = [open(0, "a"), open(15, "a"), open(30, "a")];
        assert_eq!(step(&sends, None, "a", at(40)), Step::Wait(Duration::seconds(5)));
        assert_eq!(step(&sends, None, "a", at(41)), Step::GiveUp);
    }

    proptest::proptest! {
        /// Whatever was sent before, a send that the rule permits arrives inside the grace of the
        /// first one, even if everything takes as long as it may.
        #[test]
        fn no_permitted_send_can_arrive_after_the_grace(
            times in proptest::collection::vec((0i64..120, proptest::bool::ANY), 0..5),
            now in 0i64..200,
        ) {
            let sends: Vec<Send> = times
                .into_iter()
                .filter(|(second, _)| *second <= now)
                .map(|(second, resolved)| Send { resolved_at: resolved.then(|| at(second)), ..open(second, "a") })
                .collect();
            if step(&sends, None, "a", at(now)) == Step::Send
                && let Some(oldest) = sends.iter().filter(|send| !send.is_resolved()).map(|send| send.recorded_at).min()
            {
                let latest = at(now) + LAST_LOOK + TIMEOUT + REMAINDER + SKEW;
                proptest::prop_assert!(latest - oldest < GRACE);
            }
        }
    }
}

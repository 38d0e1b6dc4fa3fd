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
/// Refreshes in flight in the whole cluster.
pub const IN_FLIGHT: usize = 10;
/// After a commit with older open sends: refresh again then, and then.
pub const SETTLE: [Duration; 2] = [Duration::seconds(35), Duration::seconds(70)];

/// A recorded send of the stored generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    pub recorded_at: Instant,
    pub owner: String,
    /// Answered in a way that tells what happened.
    pub is_resolved: bool,
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
    let open: Vec<&Send> = sends.iter().filter(|send| !send.is_resolved).collect();
    let (Some(oldest), Some(newest)) =
        (open.iter().map(|send| send.recorded_at).min(), open.iter().max_by_key(|send| send.recorded_at))
    else {
        // Untouched: no window. A lease without a send is a reconnect in the middle of its exchange.
        return if lease.is_some_and(|(_, is_running)| is_running) { Step::Wait(POLL) } else { Step::Send };
    };
    if now - oldest > WINDOW {
        return Step::GiveUp;
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
        Send { recorded_at: at(seconds), owner: owner.to_owned(), is_resolved: false }
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
        let resolved = Send { is_resolved: true, ..open(0, "a") };
        assert_eq!(step(&[resolved], None, "a", at(1000)), Step::Send);
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
                .map(|(second, resolved)| Send { is_resolved: resolved, ..open(second, "a") })
                .collect();
            if step(&sends, None, "a", at(now)) == Step::Send
                && let Some(oldest) = sends.iter().filter(|send| !send.is_resolved).map(|send| send.recorded_at).min()
            {
                let latest = at(now) + LAST_LOOK + TIMEOUT + REMAINDER + SKEW;
                proptest::prop_assert!(latest - oldest < GRACE);
            }
        }
    }
}

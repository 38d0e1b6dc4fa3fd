//! The numbers of the rotation protocol, and the inequalities without which a connection could be burnt.

use chrono::Duration;

/// The protocol's constants; [`PROTOCOL`](Constants::PROTOCOL) is what Souk lives by. Tests may take smaller
/// ones that keep the inequalities, the model broken ones that do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constants {
    /// G: how long a superseded refresh token still works (documented: one minute).
    pub grace: Duration,
    /// T: over one whole token call; connecting is part of it.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    /// δ: from the record of a send to its last byte handed over.
    pub last_look: Duration,
    /// K: what may be left of a request after we gave it up: packets, Airwallex's edge and queues (assumed).
    pub remainder: Duration,
    /// e: how far two replicas' clocks may differ.
    pub skew: Duration,
    /// Q: between two sends of one generation.
    pub quiet: Duration,
    /// W: the latest further send after the oldest unresolved one.
    pub window: Duration,
    /// L: how long whoever records a send keeps others from the chain.
    pub lease: Duration,
    /// p: how often whoever waits looks again.
    pub poll: Duration,
    /// After a commit with older open sends: refresh again then, and then.
    pub settle: [Duration; 2],
    /// How many sends of one generation may be unresolved; 1 turns repeats off.
    pub max_sends: usize,
}

/// An inequality that does not hold: in words, for whoever set the constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the constants of token rotation do not hold: {0}")]
pub struct Broken(&'static str);

const fn seconds(seconds: i64) -> Duration {
    Duration::seconds(seconds)
}

impl Constants {
    pub const PROTOCOL: Self = Self {
        grace: seconds(60),
        timeout: seconds(8),
        connect_timeout: seconds(3),
        last_look: seconds(1),
        remainder: seconds(5),
        skew: seconds(4),
        quiet: seconds(15),
        window: seconds(40),
        lease: seconds(20),
        poll: seconds(1),
        settle: [seconds(35), seconds(70)],
        max_sends: 3,
    };

    /// From the record of a send until nothing of it can be executed any more: δ+T+K.
    pub fn life_of_a_request(&self) -> Duration {
        self.last_look + self.timeout + self.remainder
    }

    /// Checked at start; nothing is refreshed under constants that fail.
    pub fn check(&self) -> Result<(), Broken> {
        let life = self.life_of_a_request();
        for (holds, words) in [
            (self.window + life + self.skew < self.grace, "W + δ + T + K + e < G"),
            (self.quiet > life, "Q > δ + T + K"),
            (self.lease >= self.quiet + self.skew, "L ≥ Q + e"),
            (self.lease + self.skew + self.poll <= self.window, "L + e + p ≤ W"),
            (self.settle[0] + life + self.skew < self.grace, "the first settling + δ + T + K + e < G"),
            (self.settle[1] - self.settle[0] + life + self.skew < self.grace, "the gap + δ + T + K + e < G"),
            (self.settle[1] >= self.grace + self.skew, "the last settling ≥ G + e"),
            (self.connect_timeout < self.timeout, "connecting is part of T"),
            (self.max_sends >= 1, "at least one send"),
        ] {
            if !holds {
                return Err(Broken(words));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocols_own_constants_hold_and_worse_ones_are_told() {
        assert_eq!(Constants::PROTOCOL.check(), Ok(()));
        let wide = Constants { window: seconds(45), ..Constants::PROTOCOL };
        assert_eq!(wide.check(), Err(Broken("W + δ + T + K + e < G")));
        let hasty = Constants { quiet: seconds(14), ..Constants::PROTOCOL };
        assert_eq!(hasty.check(), Err(Broken("Q > δ + T + K")));
        let mute = Constants { max_sends: 0, ..Constants::PROTOCOL };
        assert!(mute.check().is_err());
    }
}

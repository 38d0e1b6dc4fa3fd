//! The protocol with one rule left out: each must make a checked property fail, or the rule is no rule and the
//! model no check.

use chrono::Duration;

use rotation::Constants;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// A send leaves before its row is there.
    RecordFirst,
    /// The clock is not read again where the body is handed over.
    LastLook,
    /// The same owner repeats at once.
    Quiet,
    /// Others' clocks are taken for one's own, where nothing but the quiet time keeps them away.
    Skew,
    /// A repeat may leave at any time.
    Window,
    /// Each repeat starts the window anew.
    WindowNeverMoves,
    /// A time-out or a 5xx is taken for "not executed".
    UnknownStaysOpen,
    /// A 429 is taken for "nothing has happened", whatever was sent before.
    OlderStayOpen,
    /// Only who holds the lease may commit.
    LeaseIsNoFence,
    /// A pair that comes after giving up is dropped.
    LatePairReturns,
    /// A pair is committed although a later send of its generation is open.
    LastSendDecides,
    /// Nobody keeps others away.
    Lease,
    /// A pair that may have been overtaken is left as it is.
    Settle,
    /// Somebody presents a generation that was read a while ago.
    StoredOnly,
    /// When the window is over, nobody says so.
    GiveUp,
}

impl Without {
    /// The constants where the rule is one of numbers.
    pub fn constants(self) -> Constants {
        let protocol = Constants::PROTOCOL;
        match self {
            Self::Quiet => Constants { quiet: Duration::zero(), ..protocol },
            Self::Skew => Constants { skew: Duration::zero(), lease: Duration::zero(), ..protocol },
            Self::Window => Constants { window: Duration::days(1), ..protocol },
            Self::Lease => Constants { lease: Duration::zero(), ..protocol },
            _ => protocol,
        }
    }
}

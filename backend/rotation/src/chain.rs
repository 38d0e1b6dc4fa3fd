//! One chain as the database knows it, and the one function that decides every step about it.

use chrono::{DateTime, Duration, Utc};

use crate::Constants;

/// An instant on whichever clock is named beside it.
pub type Instant = DateTime<Utc>;

/// What is known of a chain: the stored generation and its sends. `O` names who sends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Chain<O> {
    /// The stored generation: the only one that may ever be sent.
    pub generation: i64,
    pub standing: Standing,
    /// The number of the last recorded send, of whatever generation.
    pub last_number: i64,
    /// Every recorded send of the stored generation, by number.
    pub sends: Vec<Send<O>>,
    /// Keeps others away for a while. Safety does not rest on it.
    pub lease: Option<Lease<O>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    Connected,
    /// Given up because nobody knows what became of our sends; a late pair brings it back.
    Unknown,
    /// Ended in any other way.
    Over,
}

/// A recorded send. Its number is the fence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Send<O> {
    pub number: i64,
    pub owner: O,
    /// On the owner's clock.
    pub recorded_at: Instant,
    /// None while only Airwallex knows.
    pub outcome: Option<Outcome>,
    pub resolved_at: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease<O> {
    pub holder: O,
    /// On the lease clock.
    pub until: Instant,
}

/// What became of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Committed,
    /// Its pair came when the chain had moved on or was over.
    Overtaken,
    NotSent,
    /// 429.
    Limited,
    /// Our client id, secret or request is refused.
    Misconfigured,
    /// `invalid_grant`.
    Refused,
}

impl Outcome {
    pub const ALL: [Self; 6] =
        [Self::Committed, Self::Overtaken, Self::NotSent, Self::Limited, Self::Misconfigured, Self::Refused];

    /// How it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "COMMITTED",
            Self::Overtaken => "OVERTAKEN",
            Self::NotSent => "NOT_SENT",
            Self::Limited => "LIMITED",
            Self::Misconfigured => "MISCONFIGURED",
            Self::Refused => "REFUSED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Whether Airwallex has not executed the send, and never will.
    pub fn is_not_executed(self) -> bool {
        matches!(self, Self::NotSent | Self::Limited | Self::Misconfigured)
    }
}

/// What whoever sent came to know. Silence is no event: the send stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    Pair,
    NotExecuted(Outcome),
    /// `invalid_grant`.
    Refused,
}

/// What happens to a chain.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a, O> {
    /// `by` wants to send the stored generation. `now` is its clock, `lease_now` the lease clock.
    Asked { by: &'a O, now: Instant, lease_now: Instant },
    /// Of the send with this number of this generation.
    Answered { generation: i64, number: i64, answer: Answer },
}

/// What is to be done about it, in one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Record a send under this number and take the lease; then it may leave.
    Record { number: i64 },
    /// Nothing; look again after this long.
    Wait(Duration),
    /// The window is over with open sends: ask the seller to connect again.
    GiveUp,
    /// The chain is over: nothing may be sent.
    Leave,
    /// Insert the next generation, retire this one. The pair may have been overtaken by an open send: `settle`
    /// means to refresh again soon. `returns`: a connection that was given up is back.
    Commit { settle: bool, returns: bool },
    /// A later send of the same generation is open: only what becomes of it tells whether this pair is the newest.
    /// The send stays open, for it was executed.
    Undecided,
    /// Write down what became of the send; the chain goes on.
    Resolve(Outcome),
    /// Airwallex refuses the stored generation: the connection is over. On a repeat that contradicts the grace.
    End { is_repeat: bool },
}

/// Decides one step. Reads no clock, no database and no network; whoever calls writes down what it says in the
/// transaction in which it read the chain.
pub fn step<O: PartialEq + Clone>(chain: &Chain<O>, event: &Event<'_, O>, constants: &Constants) -> Step {
    match event {
        Event::Asked { .. } if chain.standing != Standing::Connected => Step::Leave,
        Event::Asked { by, now, lease_now } => asked(chain, by, *now, *lease_now, constants),
        Event::Answered { generation, number, answer } => answered(chain, *generation, *number, *answer),
    }
}

/// The quiet time, the window that never moves, and the lease.
fn asked<O: PartialEq>(
    chain: &Chain<O>,
    by: &O,
    now: Instant,
    lease_now: Instant,
    constants: &Constants,
) -> Step {
    let held_by = chain.lease.as_ref().filter(|lease| lease.until > lease_now).map(|lease| &lease.holder);
    let pause = pause(&chain.sends, now);
    let record = Step::Record { number: chain.last_number + 1 };
    let open = || chain.sends.iter().filter(|send| send.is_open());
    let Some((oldest, newest)) = open()
        .map(|send| send.recorded_at)
        .min()
        .zip(open().max_by_key(|send| (send.recorded_at, send.number)))
    else {
        // Untouched: no window. A lease without an open send is a reconnect in the middle of its exchange.
        return match pause {
            Some(pause) => Step::Wait(pause),
            None if held_by.is_some() => Step::Wait(constants.poll),
            None => record,
        };
    };
    if now - oldest > constants.window {
        return Step::GiveUp;
    }
    if let Some(pause) = pause {
        return Step::Wait(pause);
    }
    let since = now - newest.recorded_at;
    if since < -constants.skew || open().count() >= constants.max_sends {
        return Step::Wait(constants.poll);
    }
    let quiet = if newest.owner == *by { constants.quiet } else { constants.quiet + constants.skew };
    if since < quiet {
        return Step::Wait(quiet - since);
    }
    match held_by {
        Some(holder) if holder != by => Step::Wait(constants.poll),
        _ => record,
    }
}

/// A pair is committed whatever the lease says and even if the connection was given up meanwhile; a refusal
/// counts for the last send of the stored generation; what was not executed only resolves itself.
fn answered<O>(chain: &Chain<O>, generation: i64, number: i64, answer: Answer) -> Step {
    if let Answer::NotExecuted(outcome) = answer {
        return Step::Resolve(outcome);
    }
    let is_stored = chain.generation == generation && chain.standing != Standing::Over;
    let is_last = !chain.sends.iter().any(|send| send.number > number && send.may_be_executed());
    let others_are_open = chain.sends.iter().any(|send| send.number != number && send.is_open());
    match answer {
        Answer::Pair if !is_stored => Step::Resolve(Outcome::Overtaken),
        Answer::Pair if !is_last => Step::Undecided,
        Answer::Pair => {
            Step::Commit { settle: others_are_open, returns: chain.standing == Standing::Unknown }
        }
        _ if is_stored && is_last => Step::End { is_repeat: others_are_open },
        _ => Step::Resolve(Outcome::Refused),
    }
}

impl<O> Send<O> {
    /// Whether only Airwallex knows what became of it.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }

    fn may_be_executed(&self) -> bool {
        self.outcome.is_none_or(|outcome| !outcome.is_not_executed())
    }
}

/// The longest pause while a send is open: the window goes on meanwhile.
const SHORT_PAUSE: Duration = Duration::seconds(5);
/// The longest pause between sends that were answered as not executed.
const LONGEST_PAUSE: Duration = Duration::seconds(60);

/// What is left of the pause after sends that were not executed (429, no connection, our own configuration): one
/// second, doubled with each, so that nobody hammers an endpoint that says no.
fn pause<O>(sends: &[Send<O>], now: Instant) -> Option<Duration> {
    let newest = sends.iter().filter_map(|send| send.resolved_at).max()?;
    let count = sends.iter().filter(|send| !send.is_open()).count();
    let longest = if sends.iter().any(Send::is_open) { SHORT_PAUSE } else { LONGEST_PAUSE };
    let whole = Duration::seconds(1 << (count - 1).min(10)).min(longest);
    let left = newest + whole - now;
    (left > Duration::zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Instant {
        DateTime::UNIX_EPOCH + Duration::seconds(second)
    }

    fn send(number: i64, outcome: Option<Outcome>) -> Send<&'static str> {
        Send { number, owner: "a", recorded_at: at(0), outcome, resolved_at: outcome.map(|_| at(1)) }
    }

    fn asked(sends: Vec<Send<&'static str>>, second: i64) -> Step {
        let last_number = sends.iter().map(|send| send.number).max().unwrap_or(0);
        let chain = Chain { generation: 1, standing: Standing::Connected, last_number, sends, lease: None };
        let event = Event::Asked { by: &"a", now: at(second), lease_now: at(second) };
        step(&chain, &event, &Constants::PROTOCOL)
    }

    /// 429s and refused credentials are not hammered; each pause is twice the last one, up to a minute.
    #[test]
    fn what_was_not_executed_is_tried_again_after_a_growing_pause() {
        for (count, pause) in [(1, 1), (2, 2), (4, 8), (7, 60), (40, 60)] {
            let limited =
                || (1..=count).map(|number| send(number, Some(Outcome::Limited))).collect::<Vec<_>>();
            assert_eq!(asked(limited(), pause), Step::Wait(Duration::seconds(1)), "{count} limits");
            assert_eq!(asked(limited(), pause + 1), Step::Record { number: count + 1 }, "{count} limits");
        }
    }

    /// A send from the future says that a clock is wrong: nothing is sent until it is right again.
    #[test]
    fn who_finds_a_send_from_the_future_waits() {
        let early = Send { recorded_at: at(10), ..send(1, None) };
        assert_eq!(asked(vec![early.clone()], 5), Step::Wait(Constants::PROTOCOL.poll));
        assert!(matches!(asked(vec![early], 6), Step::Wait(left) if left > Constants::PROTOCOL.poll));
    }

    /// The window goes on meanwhile: however many 429s there were, it is not slept away.
    #[test]
    fn while_a_send_is_open_no_pause_is_long() {
        let mut sends = vec![send(1, None)];
        sends.extend((2..=40).map(|number| send(number, Some(Outcome::Limited))));
        assert_eq!(asked(sends.clone(), 5), Step::Wait(Duration::seconds(1)));
        assert_eq!(asked(sends.clone(), 15), Step::Record { number: 41 });
        assert_eq!(asked(sends, 41), Step::GiveUp);
    }
}

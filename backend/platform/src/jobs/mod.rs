//! The outbox: steps in the background, written in the transaction of the change that wants them.
//!
//! A job is a kind and a small payload of ids. It re-reads the world, may run twice, and ends in
//! *done*, *again later* or *give up*. Claiming is a lease with a fencing number, never a held lock.
//! Work that was given up stays visible to staff and can be run again.

mod backoff;
mod entity;
mod lease;
mod queue;
mod registry;
mod schedule;
pub mod worker;

use chrono::Duration;

use crate::kernel::refusal::{Problem, Refusal};
use crate::kernel::{Error, Failure, Kind};

pub use backoff::after as backoff;
#[cfg(test)]
pub use queue::unfinished;
pub use queue::{
    GivenUp, NewJob, count_by_state, enqueue, enqueue_once, give_up, given_up, is_known, run_again,
};
pub use registry::{Registry, Run};
pub use schedule::Schedule;

/// How one run of a job ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Run again after this long; says why, for staff.
    Later(Duration, String),
    /// A person has to look; says why.
    GiveUp(String),
}

/// Turns the refusal of a use case into what a job does about it: waiting helps against an
/// unavailable Airwallex, nothing helps against a rule.
pub fn outcome_of<R: Refusal>(result: Result<Outcome, Error<R>>) -> Result<Outcome, Failure> {
    match result {
        Ok(outcome) => Ok(outcome),
        Err(error) => error.into_problem().map(|Problem { kind, code, .. }| match kind {
            Kind::Unavailable | Kind::Limited => Outcome::Later(Duration::zero(), code.to_owned()),
            _ => Outcome::GiveUp(code.to_owned()),
        }),
    }
}

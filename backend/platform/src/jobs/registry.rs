//! Which function runs which kind of job. Filled by the app, which alone knows all features.

use std::collections::HashMap;

use futures_util::future::BoxFuture;

use super::{Outcome, Schedule};
use crate::kernel::{Failure, System};
use crate::platform::Platform;

/// A job's body: gets the platform, the system as actor, and the payload.
pub type Run = fn(Platform, System, serde_json::Value) -> BoxFuture<'static, Result<Outcome, Failure>>;

/// All kinds of jobs and all schedules.
#[derive(Default)]
pub struct Registry {
    kinds: HashMap<&'static str, Run>,
    pub(super) schedules: Vec<Schedule>,
}

impl Registry {
    pub fn add(mut self, kind: &'static str, run: Run) -> Self {
        self.kinds.insert(kind, run);
        self
    }

    /// Runs `kind` once per period in the whole cluster.
    pub fn every(mut self, kind: &'static str, period: chrono::Duration) -> Self {
        self.schedules.push(Schedule { kind, period });
        self
    }

    /// The kinds that this version can run: another version's jobs are left to it.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.kinds.keys().copied().collect()
    }

    pub(super) fn find(&self, kind: &str) -> Option<Run> {
        self.kinds.get(kind).copied()
    }
}

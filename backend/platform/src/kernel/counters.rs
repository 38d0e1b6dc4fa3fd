//! Counts of what this process has seen since its start, for its metrics. Prometheus adds up the replicas.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Counters by name and label; one that was never added to is not there.
#[derive(Default)]
pub struct Counters(Mutex<BTreeMap<(&'static str, &'static str), u64>>);

impl Counters {
    /// Counts one more of `name`, with a label's value that tells kinds apart.
    pub fn add(&self, name: &'static str, label: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((name, label)).or_default() += 1;
    }

    /// How many there were.
    pub fn of(&self, name: &'static str, label: &'static str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(name, label)).copied().unwrap_or(0)
    }
}

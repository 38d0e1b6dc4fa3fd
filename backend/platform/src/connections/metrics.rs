//! What is counted and measured about connections.

use rotation::Outcome;

use super::{inspecting, security};
use crate::kernel::Failure;
use crate::platform::Platform;

/// Refreshes by outcome, since this process began.
const REFRESHES: &str = "refreshes";
/// Callers that had to wait for somebody else's refresh.
const WAITS: &str = "lease_waits";
/// What nobody knows is counted where an outcome would be.
const UNKNOWN: &str = "unknown";

pub(super) fn refreshed(platform: &Platform, outcome: Option<Outcome>) {
    platform.counters.add(REFRESHES, outcome.map_or(UNKNOWN, Outcome::as_str));
}

pub(super) fn waited(platform: &Platform) {
    platform.counters.add(WAITS, "");
}

/// One reading of everything.
pub struct Reading {
    pub by_status: Vec<(String, u64)>,
    /// By outcome, at this process.
    pub refreshes: Vec<(String, u64)>,
    /// At this process.
    pub lease_waits: u64,
    pub open_sends: u64,
    /// Refreshes in a row whose outcome nobody knows.
    pub silence: u64,
    pub oldest_pair_seconds: u64,
    /// Security events by kind.
    pub security_events: Vec<(String, u64)>,
}

pub async fn read(platform: &Platform) -> Result<Reading, Failure> {
    let health = inspecting::health(platform).await?;
    let outcomes = Outcome::ALL.iter().map(|outcome| outcome.as_str()).chain([UNKNOWN]);
    let count = |outcome: &'static str| (outcome.to_owned(), platform.counters.of(REFRESHES, outcome));
    let age = health.oldest_pair.map(|at| (platform.clock.now() - at).num_seconds());
    Ok(Reading {
        by_status: health.counts,
        refreshes: outcomes.map(count).collect(),
        lease_waits: platform.counters.of(WAITS, ""),
        open_sends: health.open_sends,
        silence: health.silence,
        oldest_pair_seconds: age.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0),
        security_events: security::count_by_kind(platform).await?,
    })
}

//! All jobs of all features.

use tokio_util::sync::CancellationToken;

use super::reactions;
use crate::jobs::{Registry, worker};
use crate::kernel::Failure;
use crate::platform::Platform;
use crate::{
    accounts, beneficiaries, connections, idempotency, live, notifications, payouts, users, webhooks,
};

/// Every kind of job that this version knows.
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    for register in [
        idempotency::jobs::register,
        live::jobs::register,
        users::jobs::register,
        notifications::jobs::register,
        connections::jobs::register,
        accounts::jobs::register,
        beneficiaries::jobs::register,
        payouts::jobs::register,
        webhooks::jobs::register,
        reactions::register,
    ] {
        registry = register(registry);
    }
    registry
}

/// Runs jobs until stopped.
pub async fn run(platform: Platform, stop: CancellationToken) {
    worker::run(platform, registry(), stop).await;
}

/// What a scenario must not leave behind: jobs that are due, that were given up, or that fail.
#[cfg(test)]
pub async fn unfinished(platform: &Platform) -> Result<Vec<String>, Failure> {
    crate::jobs::unfinished(platform).await
}

/// Runs everything that is due now. For tests and the seed.
pub async fn drain(platform: &Platform) -> Result<usize, Failure> {
    worker::drain(platform, &registry()).await
}

//! The loop that claims and runs jobs, on every replica that has the worker role.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::entity::Model;
use super::{Outcome, Registry, lease, schedule};
use crate::kernel::{Failure, System};
use crate::platform::Platform;

/// How many jobs run at once on one replica.
const AT_ONCE: usize = 8;
/// Slots besides, that only urgent jobs take: token recovery must not wait behind calls that hang.
const URGENT: usize = 2;
/// How long an idle worker waits before it looks again; commits of this process wake it earlier.
const POLL: Duration = Duration::from_millis(500);

/// Runs until `stop` is cancelled, then lets the running jobs end.
pub async fn run(platform: Platform, registry: Registry, stop: CancellationToken) {
    let registry = Arc::new(registry);
    let kinds = registry.kinds();
    // Tasks of their own: a job that holds the writer must go on while this loop waits for it.
    let mut running = JoinSet::new();
    loop {
        let woken = platform.db.work.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        if let Err(failure) = tick_schedules(&platform, &registry).await {
            failure.report();
        }
        while running.try_join_next().is_some() {}
        let room = AT_ONCE + URGENT - running.len();
        let claimed = match lease::claim(&platform, &kinds, room as u64, URGENT as u64).await {
            Ok(claimed) => claimed,
            Err(failure) => {
                failure.report();
                vec![]
            }
        };
        let idle = claimed.is_empty();
        for job in claimed {
            let (platform, registry) = (platform.clone(), registry.clone());
            running.spawn(async move { run_one(&platform, &registry, job).await });
        }
        if stop.is_cancelled() {
            break;
        }
        if idle || running.len() >= AT_ONCE + URGENT {
            tokio::select! {
                () = stop.cancelled() => break,
                () = woken => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// Claims and runs what is due now, one after another, until nothing is. For tests and the seed.
pub async fn drain(platform: &Platform, registry: &Registry) -> Result<usize, Failure> {
    let mut count = 0;
    let kinds = registry.kinds();
    loop {
        let claimed = lease::claim(platform, &kinds, 1, 0).await?;
        let Some(job) = claimed.into_iter().next() else {
            return Ok(count);
        };
        run_one(platform, registry, job).await;
        count += 1;
    }
}

async fn tick_schedules(platform: &Platform, registry: &Registry) -> Result<(), Failure> {
    for each in &registry.schedules {
        schedule::tick(platform, *each).await?;
    }
    Ok(())
}

async fn run_one(platform: &Platform, registry: &Registry, job: Model) {
    let result = match (registry.find(&job.kind), serde_json::from_str(&job.payload)) {
        (Some(run), Ok(payload)) => {
            let running = AssertUnwindSafe(run(platform.clone(), System::new("worker"), payload));
            running.catch_unwind().await.unwrap_or_else(|_| Err(Failure::new("a job panicked")))
        }
        (None, _) => Ok(Outcome::GiveUp("no job of this kind is known to this version".to_owned())),
        (_, Err(broken)) => Ok(Outcome::GiveUp(format!("the payload cannot be read: {broken}"))),
    };
    if let Err(failure) = lease::finish(platform, &job, result).await {
        failure.report();
    }
}

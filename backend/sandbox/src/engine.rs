//! What happens by itself: reviews and transfer steps, when the sandbox's clock reaches them.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::{Sandbox, State};
use crate::world::DueWhat;
use crate::{accounts, transfers};

const POLL: Duration = Duration::from_millis(50);

/// Runs until stopped.
pub async fn run(sandbox: Sandbox, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if run_due(&mut sandbox.lock()) {
            if let Err(error) = sandbox.keep() {
                tracing::error!(%error, "the sandbox's state cannot be kept");
            }
            sandbox.wake();
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Runs everything that is due, in the order of its time. Answers whether anything was.
pub fn run_due(state: &mut State) -> bool {
    let mut ran = false;
    loop {
        let now = state.now();
        let next = state
            .world
            .due
            .iter()
            .enumerate()
            .filter(|(_, due)| due.at <= now)
            .min_by_key(|(index, due)| (due.at, *index))
            .map(|(index, _)| index);
        let Some(index) = next else { return ran };
        let due = state.world.due.remove(index);
        ran = true;
        match due.what {
            DueWhat::Review { account } => accounts::lifecycle::review(&mut state.world, &account, due.at),
            DueWhat::Step { transfer } => transfers::lifecycle::step(&mut state.world, &transfer, due.at),
        }
    }
}

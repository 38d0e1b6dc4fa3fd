//! What happens by itself: reviews, steps of transfers, settlements, when the sandbox's clock reaches them.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Instant;
use crate::global_accounts::Outcome;
use crate::store::{Sandbox, State};
use crate::world::World;
use crate::world::steering::Due;
use crate::{accounts, batches, funds, fx, global_accounts, reports, transfers};

/// Longer than anything takes, and short enough to be run through at once.
const CATCH_UP: chrono::Duration = chrono::Duration::days(400);

const POLL: Duration = Duration::from_millis(50);

/// Runs until stopped.
pub async fn run(sandbox: Sandbox, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let ran = {
            let mut state = sandbox.lock();
            let ran = run_due(&mut state);
            if ran {
                state.settle();
            }
            ran
        };
        if ran {
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
        let Some(due) = state.world.next_due(now) else { return ran };
        ran = true;
        // However far the clock jumped, what comes again and again is caught up with for this long only.
        run_one(&mut state.world, due.what, due.at.max(now - CATCH_UP), &state.public_url);
    }
}

/// Does one thing that is due.
pub fn run_one(world: &mut World, what: Due, at: Instant, public_url: &str) {
    match what {
        Due::Review { account } => accounts::lifecycle::review(world, &account, at),
        Due::RfiExpiry { rfi } => accounts::expire_rfi(world, &rfi, at),
        Due::AmendmentDecision { amendment, approved } => {
            accounts::decide_amendment(world, &amendment, approved, at)
        }
        Due::Capability { account, capability } => {
            accounts::set_capability(world, &account, &capability, "ENABLED", at)
        }
        Due::Step { transfer } => transfers::lifecycle::step(world, &transfer, at),
        Due::Cancellation { transfer } => transfers::lifecycle::finish_cancellation(world, &transfer, at),
        Due::Settlement { movement } => {
            if let Some(account) = funds::settle(world, &movement, at) {
                money_came(world, &account, at);
            }
        }
        Due::Report { report } => reports::write(world, &report, at, public_url),
        Due::Conversion { conversion } => fx::settle(world, &conversion, at),
        Due::GlobalAccount { global_account } => global_accounts::open(world, &global_account, at),
        Due::Deposit { deposit } => {
            global_accounts::conclude(world, &deposit, Outcome::Settled, at);
        }
        Due::Batch { batch } => batches::advance(world, &batch, at),
    }
}

/// What waited for money is tried again (A: on a deposit).
pub fn money_came(world: &mut World, account: &str, now: Instant) {
    fx::retry_overdue(world, account, now);
    transfers::lifecycle::retry_overdue(world, account, now);
}

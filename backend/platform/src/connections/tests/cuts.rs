//! Seeded runs in which a connection is refreshed while everything goes wrong: requests and answers are lost, the
//! endpoint breaks down or limits, replicas are cut at every checkpoint, and time jumps. Judged by what the sandbox
//! saw: nothing is burnt, and nothing is given up that could have been kept.
//!
//! `SOUK_TEST_CUTS` sets how many runs there are on each database.

use chrono::Duration;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rotation::{Constants, Standing};
use serde_json::json;

use super::super::model::Reason;
use super::super::{ConnectionStatus, refresh, service, store, vault};
use super::{TOKEN, access, chain_of};
use crate::databases::Engine;
use crate::kernel::Instant;
use crate::kernel::checkpoint::cut_at;
use crate::kernel::id::ChainId;
use crate::platform::Platform;
use crate::testing::{TestPlatform, Wire};

on_every_database!(nothing_is_burnt_and_nothing_is_lost_for_nothing);

const CHECKPOINTS: [&str; 4] = [
    "connections.refresh_recorded",
    "connections.refresh_guarded",
    "connections.refresh_answered",
    "connections.refresh_committed",
];
/// How many runs share a world.
const WORLD: usize = 50;
/// How long the token endpoint is waited for; what is held until then is never executed.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(400);
/// How late a request is executed whose connection is gone, in real time: long enough for another replica to come before.
const LATE_MS: u64 = 60;
/// Every other world does not settle: what settling heals must not happen in the first place.
const NEVER: [Duration; 2] = [Duration::days(1); 2];
/// Seconds between two troubles: around everything that the rules count.
const GAPS: [i64; 12] = [0, 0, 1, 2, 5, 13, 15, 16, 19, 20, 24, 36];

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the product")]
fn runs() -> u64 {
    std::env::var("SOUK_TEST_CUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(50)
}

async fn nothing_is_burnt_and_nothing_is_lost_for_nothing(engine: Engine) {
    let mut kept = 0;
    // Small worlds: the sandbox's journal grows with each run.
    for first in (0..runs()).step_by(WORLD) {
        let settle =
            if (first / WORLD as u64).is_multiple_of(2) { Constants::PROTOCOL.settle } else { NEVER };
        let rotation = Constants { settle, ..Constants::PROTOCOL };
        let wire = Wire { patience: PATIENCE, rotation, ..Wire::default() };
        let mut test = TestPlatform::start_with(&engine, wire).await;
        let other = test.another_replica().await;
        for seed in first..runs().min(first + WORLD as u64) {
            let run =
                Run { replicas: [&test.platform, &other], test: &test, chance: StdRng::seed_from_u64(seed) };
            kept += u64::from(run.live(seed).await == ConnectionStatus::Connected);
        }
        assert_eq!(test.sandbox.revocations().await, json!([]), "a step of ours was taken for reuse");
        let staff = test.staff().await;
        let events = service::security_events(&test.platform, &staff, None).await.expect("reads");
        assert_eq!(events, [], "an alarm without a cause");
        assert_eq!(vault::retired_with_values(test.platform.db.read()).await.expect("reads"), 0);
        test.finish().await;
    }
    assert!(kept * 2 > runs(), "{kept} of {} were kept", runs());
}

struct Run<'a> {
    test: &'a TestPlatform,
    replicas: [&'a Platform; 2],
    chance: StdRng,
}

impl Run<'_> {
    async fn live(mut self, seed: u64) -> ConnectionStatus {
        let replay = ["fresh_pair", "same_successor"].choose(&mut self.chance).expect("one of two");
        self.test.sandbox.order("rotation", json!({ "replay": replay })).await;
        let seller = self.test.connected(&format!("Seller{seed}")).await;
        let chain = chain_of(self.test, &seller).await.id;
        self.pass(301).await;
        for _ in 0..self.chance.random_range(1..6) {
            self.trouble(&chain).await;
        }
        let must_be_kept = self.could_be_kept(&chain).await;
        // Nothing goes wrong any more: small steps while a send may still be open, larger ones while it settles.
        for step in [4; 13].into_iter().chain([20; 4]) {
            self.work().await;
            self.pass(step).await;
        }
        self.work().await;
        let found = service::of_seller(&self.test.platform, &seller.actor, &seller.id).await.expect("reads");
        let found = found.expect("a connection");
        match found.status {
            ConnectionStatus::Connected => {
                // What is stored is what Airwallex holds for current: it is taken once more.
                self.pass(301).await;
                let lent = access(&self.test.platform, self.test, &seller).await;
                assert_eq!(lent, Ok(()), "seed {seed}");
            }
            _ => {
                let ended = (found.status, found.reason);
                assert_eq!(found.reason, Reason::OutcomeUnknown, "seed {seed}: {ended:?}");
                assert!(!must_be_kept, "seed {seed}: there was time left");
                let waited = self.waited_for(&chain, found.updated_at).await;
                let window = self.test.platform.settings.rotation.window;
                assert!(waited > window, "seed {seed}: given up after {waited}");
            }
        }
        found.status
    }

    /// One refresh under one fault, perhaps cut, and some time.
    async fn trouble(&mut self, chain: &ChainId) {
        let faults =
            ["none", "drop_before", "drop_after", "refuse", "fail_after", "limit", "late", "late", "late"];
        // Rare, for each costs the whole patience.
        let is_held = self.chance.random_bool(0.05);
        let fault = if is_held { "hold" } else { faults.choose(&mut self.chance).expect("one of them") };
        let more = match fault {
            "refuse" | "fail_after" => json!({ "status": 502 }),
            "late" => json!({ "ms": LATE_MS }),
            _ => json!({}),
        };
        if fault != "none" {
            let action = if fault == "fail_after" { "drop_after" } else { fault };
            self.test.sandbox.fault(TOKEN, action, Some(1), more).await;
        }
        let replica = *self.replicas.choose(&mut self.chance).expect("one of two");
        let is_cut = self.chance.random_bool(0.6);
        let cut = CHECKPOINTS.choose(&mut self.chance).copied().filter(|_| is_cut);
        let before = if fault == "late" { self.executed_late().await } else { 0 };
        // Cut or not, what counts is what is left behind.
        let system = self.test.system();
        let refreshed = refresh::refresh_now(replica, &system, chain);
        let _ = match cut {
            Some(at) => cut_at(at, refreshed).await,
            None => Some(refreshed.await),
        };
        // What is executed late is executed within the protocol's time for it. Others may come before.
        if fault == "late" && self.test.sandbox.look("faults").await == json!([]) {
            let other = *self.replicas.choose(&mut self.chance).expect("one of two");
            let meanwhile = self.chance.random_range(0..=13);
            self.pass(meanwhile).await;
            refresh::refresh_now(other, &self.test.system(), chain).await.expect("the database answers");
            let started = std::time::Instant::now();
            while self.executed_late().await == before {
                assert!(started.elapsed().as_secs() < 10, "a late request was never executed");
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
        self.test.sandbox.mend().await;
        let gap = *GAPS.choose(&mut self.chance).expect("one of them");
        self.pass(gap).await;
        if self.chance.random_bool(0.5) {
            self.work().await;
        }
    }

    /// How many token calls the sandbox has executed late so far.
    async fn executed_late(&self) -> usize {
        let calls = self.test.sandbox.look(&format!("journal?path={TOKEN}&fault=late")).await;
        calls["items"].as_array().expect("a list").len()
    }

    async fn pass(&self, seconds: i64) {
        let by = Duration::seconds(seconds);
        self.test.advance(by).await;
        self.replicas[1].db.advance_lease_clock(by);
    }

    async fn work(&mut self) {
        let replica = *self.replicas.choose(&mut self.chance).expect("one of two");
        self.test.work_at(replica).await;
    }

    /// How old the oldest send was whose outcome nobody knew when the connection was given up.
    async fn waited_for(&self, id: &ChainId, given_up_at: Instant) -> Duration {
        let db = self.test.platform.db.read();
        let row = store::chain(db, id).await.expect("reads").expect("a chain");
        let chain = refresh::seen(db, &row).await.expect("reads");
        let was_open = |send: &&rotation::Send<String>| send.resolved_at.is_none_or(|at| at > given_up_at);
        let oldest = chain.sends.iter().filter(was_open).map(|send| send.recorded_at).min();
        given_up_at - oldest.expect("something was open")
    }

    /// Whether there is still time for a send that the rules permit, whoever is alive.
    async fn could_be_kept(&self, id: &ChainId) -> bool {
        let db = self.test.platform.db.read();
        let row = store::chain(db, id).await.expect("reads").expect("a chain");
        let chain = refresh::seen(db, &row).await.expect("reads");
        let constants = &self.test.platform.settings.rotation;
        let open: Vec<_> =
            chain.sends.iter().filter(|send| send.is_open()).map(|send| send.recorded_at).collect();
        let (Some(oldest), Some(newest)) = (open.iter().min(), open.iter().max()) else {
            return chain.standing == Standing::Connected;
        };
        // A taker-over's quiet time, the lease, the pause after limits, and a step of this test.
        let slack = Duration::seconds(4 + 5 + 4);
        let earliest = (*newest + constants.quiet + constants.skew).max(self.test.platform.clock.now());
        chain.standing == Standing::Connected
            && open.len() < constants.max_sends
            && earliest + slack <= *oldest + constants.window
    }
}

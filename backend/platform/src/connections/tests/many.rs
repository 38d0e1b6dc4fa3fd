//! Many connections at once: all due in the same minute, and a token endpoint that hangs.

use std::collections::BTreeSet;
use std::time::Duration as StdDuration;

use chrono::Duration;
use futures_util::StreamExt;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::super::entity::refresh_attempt;
use super::super::model::Reason;
use super::super::{ConnectionStatus, refresh};
use super::{TOKEN, access, chain_of, standing};
use crate::accounts;
use crate::databases::Engine;
use crate::kernel::id::ChainId;
use crate::testing::{TestPlatform, Wire};

on_every_database!(
    all_that_are_due_at_once_are_refreshed_once_below_the_limit,
    an_endpoint_that_hangs_exposes_ten_and_loses_no_other
);

/// How many chains are due at once.
#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the product")]
fn chains() -> usize {
    std::env::var("SOUK_TEST_CHAINS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

/// At two replicas where the database is shared, below Airwallex's twenty calls a second, with the sandbox counting: each is refreshed once, nobody is
/// told to slow down, and other calls are served meanwhile.
async fn all_that_are_due_at_once_are_refreshed_once_below_the_limit(engine: Engine) {
    let wire = Wire {
        patience: StdDuration::from_secs(8),
        limits: airwallex::Limits::Production,
        ..Wire::default()
    };
    let mut test = TestPlatform::start_with(&engine, wire).await;
    // Only a database that is shared knows of two replicas; the other has fewer customers as well.
    let count = if test.platform.db.is_shared() { chains() } else { chains().min(200) };
    let sellers = test.many_connected(count).await;
    test.advance(Duration::seconds(301)).await;
    let busy = test.connected("Hazel").await;
    test.sandbox.order("limits", json!({ "profile": "production" })).await;
    let other = test.another_replica().await;
    let second = if test.platform.db.is_shared() { &other } else { &test.platform };
    let replicas = [&test.platform, second];
    let mut due: Vec<(usize, ChainId)> = vec![];
    for (index, seller) in sellers.iter().enumerate() {
        due.push((index, chain_of(&test, seller).await.id));
    }
    let system = &test.system();
    // As many at a time as the workers of two replicas would take.
    let refreshing = futures_util::stream::iter(due).for_each_concurrent(16, async |(index, chain)| {
        while refresh::refresh_now(replicas[index % 2], system, &chain).await.expect("the database answers") {
            tokio::time::sleep(StdDuration::from_millis(50)).await;
        }
    });
    let mut served = vec![];
    let serving = async {
        loop {
            let asked = std::time::Instant::now();
            let synced = accounts::service::sync(&test.platform, system, &busy.id).await;
            synced.expect("other calls are served meanwhile");
            served.push(asked.elapsed());
        }
    };
    // The calls are paced in real time, and the sandbox counts them on the clock of the test.
    let passing = async {
        let mut last = std::time::Instant::now();
        loop {
            tokio::time::sleep(StdDuration::from_millis(20)).await;
            let now = std::time::Instant::now();
            test.advance(Duration::from_std(now - last).expect("a short time")).await;
            last = now;
        }
    };
    tokio::select! {
        () = refreshing => {}
        () = serving => {}
        () = passing => {}
    }
    let slowest = served.iter().max().expect("other calls were served");
    assert!(slowest.as_secs() < 3, "another call took {slowest:?}");
    let totals = test.sandbox.look("totals").await;
    for seller in &sellers {
        assert_eq!(totals["refreshes"][&seller.account], json!(1), "each is refreshed once");
    }
    let journal = test.sandbox.look("journal").await;
    let limited = |line: &&Value| line["status"] == json!(429);
    assert_eq!(journal["items"].as_array().expect("a list").iter().filter(limited).count(), 0);
    assert_eq!(totals["revocations"], json!([]));
    test.settle().await;
    test.finish().await;
}

/// Five minutes in which the token endpoint takes requests and never answers, while everybody asks for tokens.
async fn an_endpoint_that_hangs_exposes_ten_and_loses_no_other(engine: Engine) {
    let wire = Wire { patience: StdDuration::from_millis(400), ..Wire::default() };
    let test = TestPlatform::start_with(&engine, wire).await;
    let sellers = test.many_connected(24).await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.fault(TOKEN, "hold", None, json!({})).await;
    for _ in 0..20 {
        let asking = sellers.iter().map(|seller| async {
            let chain = chain_of(&test, seller).await.id;
            refresh::refresh_now(&test.platform, &test.system(), &chain).await.expect("the database answers");
        });
        futures_util::future::join_all(asking).await;
        test.advance(Duration::seconds(15)).await;
        test.work().await;
    }
    let sends = refresh_attempt::Entity::find().all(test.platform.db.read()).await.expect("reads");
    let exposed: BTreeSet<ChainId> = sends.into_iter().map(|send| send.chain_id).collect();
    assert!((3..=10).contains(&exposed.len()), "{} were exposed", exposed.len());

    test.sandbox.mend().await;
    test.advance(Duration::seconds(15)).await;
    test.work().await;
    for seller in &sellers {
        let is_exposed = exposed.contains(&chain_of(&test, seller).await.id);
        match standing(&test, seller).await {
            (ConnectionStatus::Connected, _) => {
                assert_eq!(access(&test.platform, &test, seller).await, Ok(()));
            }
            (ConnectionStatus::NeedsReauthorization, Reason::OutcomeUnknown) => {
                assert!(is_exposed, "one that was never exposed was lost");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.advance(Duration::seconds(71)).await;
    test.work().await;
    test.finish().await;
}

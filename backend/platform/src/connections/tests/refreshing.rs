//! A token endpoint that misbehaves in every way it can, and a connection that survives it.

use chrono::Duration;
use serde_json::json;

use super::super::model::{Outcome, Reason};
use super::super::{ConnectionStatus, refresh, service};
use super::{TOKEN, access, chain_of, standing};
use crate::databases::Engine;
use crate::jobs::{NewJob, count_by_state, enqueue_once};
use crate::kernel::checkpoint::cut_at;
use crate::testing::{TestPlatform, Wire};

on_every_database!(
    a_token_in_demand_is_refreshed_once_for_all_who_ask,
    a_lost_answer_is_asked_for_again_inside_the_window_and_settled,
    a_server_that_repeats_its_answer_is_understood,
    a_mistake_of_our_own_never_ends_a_connection,
    an_endpoint_that_is_silent_until_we_hang_up_loses_nothing,
    a_window_that_ends_unanswered_ends_in_a_new_consent_and_never_in_reuse,
    a_limit_costs_nothing_and_is_not_hammered,
    an_endpoint_that_does_not_answer_exposes_three_connections_and_loses_none,
    a_replica_that_stops_at_any_step_of_a_refresh_is_taken_over,
    a_pair_whose_account_is_not_told_is_kept_until_it_is,
    a_stop_after_the_code_was_sent_is_a_failed_attempt_and_never_a_second_send,
    after_a_restore_every_connection_asks_for_a_new_consent,
    an_answer_that_comes_after_a_later_send_waits_for_what_becomes_of_it,
    idle_connections_are_renewed_and_do_not_meet
);

/// A thousand callers at three replicas: one of them refreshes, the others are lent the old token to its end, or read
/// what was committed.
async fn a_token_in_demand_is_refreshed_once_for_all_who_ask(engine: Engine) {
    for age in [250, 301] {
        all_ask_for_a_token_of(&engine, Duration::seconds(age)).await;
    }
}

async fn all_ask_for_a_token_of(engine: &Engine, age: Duration) {
    let limits = airwallex::Limits::Production;
    let mut test = TestPlatform::start_with(engine, Wire { limits, ..Wire::default() }).await;
    let seller = test.connected("Hazel").await;
    let before = test.sandbox.refreshes(&seller.account).await;
    test.advance(age).await;
    let (second, third) = (test.another_replica().await, test.another_replica().await);
    let replicas = [&test.platform, &second, &third];
    // Who is told to come again comes again: one machine is busy with a thousand.
    let asked = (0..1000).map(async |index| {
        loop {
            match access(replicas[index % 3], &test, &seller).await {
                Err(told) if told.contains("RefreshUnderWay") => {}
                answer => return answer,
            }
        }
    });
    let answers = futures_util::future::join_all(asked).await;
    assert_eq!(answers.iter().find(|answer| answer.is_err()), None);
    assert_eq!(test.sandbox.refreshes(&seller.account).await, before + 1);
    test.work().await;
    test.finish().await;
}

async fn a_lost_answer_is_asked_for_again_inside_the_window_and_settled(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.fault(TOKEN, "drop_after", Some(1), json!({})).await;
    assert!(access(&test.platform, &test, &seller).await.is_err(), "nobody knows what became of it");
    for (wait, refreshes) in [(14, 1), (6, 2), (35, 3), (35, 4)] {
        test.advance(Duration::seconds(wait)).await;
        test.work().await;
        assert_eq!(test.sandbox.refreshes(&seller.account).await, refreshes, "after {wait} s more");
    }
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    assert_eq!(test.sandbox.revocations().await, json!([]));
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
    test.finish().await;
}

/// Nobody knows what becomes of a request that was not answered in time: it is asked again inside the window.
async fn an_endpoint_that_is_silent_until_we_hang_up_loses_nothing(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.fault(TOKEN, "hold", Some(1), json!({})).await;
    assert!(access(&test.platform, &test, &seller).await.is_err(), "nobody knows what became of it");
    for wait in [14, 6, 35, 35] {
        test.advance(Duration::seconds(wait)).await;
        test.work().await;
    }
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    assert_eq!(test.sandbox.revocations().await, json!([]));
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
    test.finish().await;
}

/// The application's secret is refused: nobody's connection is over, and it goes on when that is mended.
async fn a_mistake_of_our_own_never_ends_a_connection(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(301)).await;
    let refusal = json!({ "status": 401, "code": "invalid_client" });
    test.sandbox.fault(TOKEN, "refuse", None, refusal).await;
    for _ in 0..5 {
        assert!(access(&test.platform, &test, &seller).await.is_err());
        test.advance(Duration::seconds(60)).await;
        test.work().await;
    }
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
    test.sandbox.mend().await;
    test.advance(Duration::seconds(300)).await;
    test.work().await;
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.finish().await;
}

/// Airwallex may answer a repeat inside the grace with the pair that it gave first.
async fn a_server_that_repeats_its_answer_is_understood(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.sandbox.order("rotation", json!({ "replay": "same_successor" })).await;
    let seller = test.connected("Hazel").await;
    for round in 1..=3 {
        test.advance(Duration::seconds(301)).await;
        test.sandbox.fault(TOKEN, "drop_after", Some(1), json!({})).await;
        assert!(access(&test.platform, &test, &seller).await.is_err(), "nobody knows what became of it");
        for wait in [14, 6, 35, 35] {
            test.advance(Duration::seconds(wait)).await;
            test.work().await;
        }
        assert_eq!(access(&test.platform, &test, &seller).await, Ok(()), "round {round}");
    }
    assert_eq!(test.sandbox.revocations().await, json!([]));
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
    test.finish().await;
}

async fn a_window_that_ends_unanswered_ends_in_a_new_consent_and_never_in_reuse(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(250)).await;
    test.sandbox.fault(TOKEN, "refuse", None, json!({ "status": 502 })).await;
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()), "the last token is good to its end");
    for _ in 0..45 {
        test.advance(Duration::seconds(1)).await;
        test.work().await;
    }
    assert_eq!(
        standing(&test, &seller).await,
        (ConnectionStatus::NeedsReauthorization, Reason::OutcomeUnknown)
    );
    let mails = test.mails();
    assert!(mails.iter().any(|mail| mail.to == "hazel@studio.example" && mail.subject.contains("Airwallex")));
    test.sandbox.mend().await;
    test.advance(Duration::seconds(600)).await;
    test.work().await;
    assert!(access(&test.platform, &test, &seller).await.is_err());
    assert_eq!(test.consent(&seller).await.outcome, Some(Outcome::Connected), "and consent mends it");
    test.settle().await;
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.finish().await;
}

async fn a_limit_costs_nothing_and_is_not_hammered(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.fault(TOKEN, "limit", None, json!({})).await;
    let before = test.sandbox.calls(TOKEN).await;
    assert!(access(&test.platform, &test, &seller).await.is_err());
    assert_eq!(test.sandbox.calls(TOKEN).await, before + 1, "one try, then a pause");
    test.sandbox.mend().await;
    test.advance(Duration::seconds(1)).await;
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    test.advance(Duration::seconds(20)).await;
    test.work().await;
    test.finish().await;
}

async fn an_endpoint_that_does_not_answer_exposes_three_connections_and_loses_none(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let mut sellers = vec![];
    for name in ["Hazel", "June", "Mo", "Ada", "Noor", "Pia"] {
        sellers.push(test.connected(name).await);
    }
    test.advance(Duration::seconds(301)).await;
    test.sandbox.fault(TOKEN, "refuse", None, json!({ "status": 503 })).await;
    let before = test.sandbox.calls(TOKEN).await;
    for seller in &sellers {
        let chain = chain_of(&test, seller).await.id;
        refresh::refresh_now(&test.platform, &test.system(), &chain).await.expect("the database answers");
    }
    assert_eq!(test.sandbox.calls(TOKEN).await, before + 3, "the others wait untouched");
    assert_eq!(service::health(&test.platform).await.expect("reads").silence, 3);

    // A probe asks after 15 s and hears nothing; when the endpoint is well again, the next one opens it. It endangers
    // nobody: it is the exchange of a code that never was.
    test.advance(Duration::seconds(16)).await;
    test.work().await;
    assert_eq!(exchanges(&test).await, sellers.len() + 1);
    test.sandbox.mend().await;
    test.advance(Duration::seconds(15)).await;
    test.work().await;
    assert_eq!(exchanges(&test).await, sellers.len() + 2);
    assert_eq!(service::health(&test.platform).await.expect("reads").silence, 0);
    for seller in &sellers {
        assert_eq!(access(&test.platform, &test, seller).await, Ok(()));
        assert_eq!(standing(&test, seller).await.0, ConnectionStatus::Connected);
    }
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.advance(Duration::seconds(71)).await;
    test.work().await;
    test.finish().await;
}

/// How many codes the sandbox was sent.
async fn exchanges(test: &TestPlatform) -> usize {
    let calls = test.sandbox.look(&format!("journal?path={TOKEN}&grant_type=authorization_code")).await;
    calls["items"].as_array().expect("a list").len()
}

async fn a_replica_that_stops_at_any_step_of_a_refresh_is_taken_over(engine: Engine) {
    for at in ["connections.refresh_recorded", "connections.refresh_answered"] {
        let mut test = TestPlatform::start(&engine).await;
        let seller = test.connected("Hazel").await;
        test.advance(Duration::seconds(301)).await;
        let (system, chain) = (test.system(), chain_of(&test, &seller).await.id);
        let cut = cut_at(at, refresh::refresh_now(&test.platform, &system, &chain)).await;
        assert!(cut.is_none(), "{at} is on the way");
        let other = test.another_replica().await;
        assert!(access(&other, &test, &seller).await.is_err(), "too early to know");
        test.advance(Duration::seconds(20)).await;
        other.db.advance_lease_clock(Duration::seconds(20));
        crate::app::worker::drain(&other).await.expect("jobs run");
        assert_eq!(access(&other, &test, &seller).await, Ok(()), "{at}");
        for wait in [36, 36] {
            test.advance(Duration::seconds(wait)).await;
            test.work().await;
        }
        assert_eq!(test.sandbox.revocations().await, json!([]), "{at}");
        assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
        test.finish().await;
    }
}

async fn a_pair_whose_account_is_not_told_is_kept_until_it_is(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.sandbox.order("settings", json!({ "token_names_account": false })).await;
    test.sandbox.fault("/api/v1/account", "refuse", Some(2), json!({ "status": 503 })).await;
    let seller = test.seller("Hazel").await;
    let attempt = test.consent(&seller).await;
    assert_eq!((attempt.outcome, attempt.is_running), (None, true));
    // The job asks, is not answered, and asks again.
    test.work().await;
    test.advance(Duration::seconds(5)).await;
    test.settle().await;
    let attempt = service::see(&test.platform, &seller.actor, &attempt.id).await.expect("the attempt");
    assert_eq!(attempt.outcome, Some(Outcome::Connected));
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    test.advance(Duration::seconds(90)).await;
    test.work().await;
    test.finish().await;
}

async fn a_stop_after_the_code_was_sent_is_a_failed_attempt_and_never_a_second_send(engine: Engine) {
    for at in ["connections.code_recorded", "connections.code_exchanged"] {
        let test = TestPlatform::start(&engine).await;
        let seller = test.seller("Hazel").await;
        let cut = cut_at(at, test.consent(&seller)).await;
        assert!(cut.is_none(), "{at} is on the way");
        let sent = test.sandbox.calls(TOKEN).await;
        test.advance(Duration::seconds(91)).await;
        test.work().await;
        assert_eq!(test.sandbox.calls(TOKEN).await, sent, "{at}");
        let found = service::of_seller(&test.platform, &seller.actor, &seller.id).await.expect("reads");
        assert!(found.is_none(), "nothing is half-made");
        assert_eq!(test.consent(&seller).await.outcome, Some(Outcome::Connected), "she starts again");
        test.settle().await;
        test.advance(Duration::seconds(91)).await;
        test.work().await;
        test.finish().await;
    }
}

/// Any of them may have been renewed in a lost commit, however fresh it looks: a 401 renews at any age.
async fn after_a_restore_every_connection_asks_for_a_new_consent(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let old = test.connected("Hazel").await;
    test.advance(Duration::seconds(280)).await;
    let fresh = test.connected("June").await;
    let held = service::restored(&test.platform, &test.system()).await;
    assert_eq!(held.expect("holds"), 2);
    let calls = test.sandbox.calls(TOKEN).await;
    for seller in [&old, &fresh] {
        let held = (ConnectionStatus::NeedsReauthorization, Reason::Restored);
        assert_eq!(standing(&test, seller).await, held);
        assert!(access(&test.platform, &test, seller).await.is_err());
    }
    test.work().await;
    assert_eq!(test.sandbox.calls(TOKEN).await, calls, "no token leaves");
    let states = count_by_state(&test.platform).await.expect("counts");
    assert!(states.contains(&("GIVEN_UP".to_owned(), 0)), "{states:?}");
    assert_eq!(test.consent(&old).await.outcome, Some(Outcome::Connected));
    test.settle().await;
    test.finish().await;
}

async fn an_answer_that_comes_after_a_later_send_waits_for_what_becomes_of_it(engine: Engine) {
    let mut test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(301)).await;
    // The first send is executed, but its answer is held back on the way to us.
    test.sandbox.fault(TOKEN, "hold", Some(1), json!({})).await;
    let first = {
        let (platform, system) = (test.platform.clone(), test.system());
        let chain = chain_of(&test, &seller).await.id;
        async move { refresh::refresh_now(&platform, &system, &chain).await }
    };
    let mut running = tokio::task::JoinSet::new();
    running.spawn(first);
    while test.sandbox.look("faults").await != json!([]) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // A second replica takes over, and its send is told to wait: it was not executed.
    test.sandbox.fault(TOKEN, "limit", Some(1), json!({})).await;
    test.advance(Duration::seconds(20)).await;
    let other = test.another_replica().await;
    assert!(access(&other, &test, &seller).await.is_err());
    test.sandbox.order("faults", json!({ "action": "release" })).await;
    running.join_next().await.expect("it ran").expect("it ended").expect("it was written");
    assert_eq!(access(&other, &test, &seller).await, Ok(()), "the first pair counts");
    test.advance(Duration::seconds(600)).await;
    test.work().await;
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.work().await;
    test.finish().await;
}

/// Connected in the same hour, renewed on different days, and long before the refresh token's end.
async fn idle_connections_are_renewed_and_do_not_meet(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let mut sellers = vec![];
    for name in ["Hazel", "June", "Mo", "Ada"] {
        sellers.push(test.connected(name).await);
    }
    let mut days = std::collections::BTreeMap::new();
    for day in 1..=26 {
        test.advance(Duration::days(1)).await;
        let due = NewJob::about(service::REFRESH_IDLE, day.to_string());
        enqueue_once(&test.platform, due).await.expect("the database answers");
        test.work().await;
        for seller in &sellers {
            if test.sandbox.refreshes(&seller.account).await > 0 {
                days.entry(seller.account.clone()).or_insert(day);
            }
        }
    }
    assert_eq!(days.len(), sellers.len(), "{days:?}");
    assert!(days.values().all(|day| (15..=26).contains(day)), "{days:?}");
    let different: std::collections::BTreeSet<_> = days.values().collect();
    assert!(different.len() > 1, "{days:?}");
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.finish().await;
}

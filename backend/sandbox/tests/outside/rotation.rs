//! Rotation over the wire: refreshes that meet, that come late, that are lost on the way there or back, under
//! both behaviours on a replay, with the clock jumping between them.

use airwallex_sandbox::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Stranger, answer, text};

const TOKEN: &str = "/oauth/token";

/// A fault for the next request to the token endpoint.
async fn fault(stranger: &Stranger, action: &str) {
    stranger.control("faults", json!({ "path": TOKEN, "action": action, "ms": 1, "times": 1 })).await;
}

/// Until the sandbox has taken the fault: the request is there.
async fn taken(stranger: &Stranger) {
    while stranger.look("faults").await != json!([]) {
        tokio::task::yield_now().await;
    }
}

async fn refreshes(stranger: &Stranger) -> u64 {
    stranger.look("totals").await["refreshes"][&stranger.account].as_u64().expect("a number")
}

async fn present(stranger: &Stranger, token: &str) -> (StatusCode, Value) {
    answer(stranger.refresh(token)).await
}

/// One refresh is held, others of the same token meet it.
async fn meeting(stranger: &Stranger, token: &str, others: usize) -> String {
    fault(stranger, "hold").await;
    let mut first = tokio::task::JoinSet::new();
    first.spawn(answer(stranger.refresh(token)));
    taken(stranger).await;
    let before = refreshes(stranger).await;
    for _ in 0..others {
        let (status, told) = present(stranger, token).await;
        assert_eq!((status.as_u16(), &told["error"]), (429, &json!("too_many_requests")), "{told}");
    }
    stranger.control("faults", json!({ "action": "release" })).await;
    let (status, pair) = first.join_next().await.expect("one").expect("an answer");
    assert_eq!(status, 200, "{pair}");
    assert_eq!(refreshes(stranger).await, before + 1, "only one was executed");
    text(&pair["refresh_token"])
}

/// A refresh whose answer nobody heard, done before or after its connection broke; the same is presented again
/// within its minute.
async fn lost(stranger: &Stranger, token: &str, action: &str, is_same: bool) -> String {
    let before = refreshes(stranger).await;
    fault(stranger, action).await;
    assert!(stranger.refresh(token).send().await.is_err(), "the connection is cut");
    let is_executed = action != "drop_before";
    while is_executed && refreshes(stranger).await == before {
        tokio::task::yield_now().await;
    }
    stranger.control("clock", json!({ "advance_seconds": 60 })).await;
    let (status, pair) = present(stranger, token).await;
    assert_eq!(status, 200, "{action}: {pair}");
    let executed = refreshes(stranger).await - before;
    let wanted = if is_executed && !is_same { 2 } else { 1 };
    assert_eq!(executed, wanted, "{action}");
    text(&pair["refresh_token"])
}

#[tokio::test]
async fn a_connection_outlives_every_trouble_that_the_rules_allow_and_none_other() {
    for behaviour in ["fresh_pair", "same_successor"] {
        let mut stranger = Stranger::start(Options { seed: Some(3), ..Options::default() }).await;
        stranger.control("clock", json!({ "freeze": true })).await;
        stranger.control("rotation", json!({ "replay": behaviour })).await;
        let is_same = behaviour == "same_successor";
        let mut token = stranger.refresh_token.clone();
        for round in 0..12usize {
            token = match round % 4 {
                0 => meeting(&stranger, &token, 1 + round % 3).await,
                1 => lost(&stranger, &token, "late", is_same).await,
                2 => lost(&stranger, &token, "drop_after", is_same).await,
                _ => lost(&stranger, &token, "drop_before", is_same).await,
            };
            // Up to the very end of its life.
            let seconds = [1, 61, 3600, 5_183_999][round % 4];
            stranger.control("clock", json!({ "advance_seconds": seconds })).await;
        }
        let (status, pair) = present(&stranger, &token).await;
        assert_eq!(status, 200, "{behaviour}: {pair}");
        assert_eq!(stranger.look("totals").await["revocations"], json!([]), "{behaviour}");

        // A late refresh that arrives after the minute is a reuse, whoever sent it.
        stranger.control("clock", json!({ "advance_seconds": 61 })).await;
        let (status, told) = present(&stranger, &token).await;
        assert_eq!((status.as_u16(), &told["error"]), (400, &json!("invalid_grant")));
        stranger.refresh_token = text(&pair["refresh_token"]);
        let (status, _) = present(&stranger, &stranger.refresh_token).await;
        assert_eq!(status, 400, "the current one died with it");
        let revoked = stranger.look("totals").await["revocations"].as_array().map(Vec::len);
        assert_eq!(revoked, Some(1), "{behaviour}");
    }
}

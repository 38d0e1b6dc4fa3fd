//! What a tester can order, seen from the outside.

use crate::support::{Stranger, answer, text};
use airwallex_sandbox::Options;
use serde_json::{Value, json};

async fn stage() -> Stranger {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    stranger.control("clock", json!({ "freeze": true })).await;
    stranger
}

async fn transfers_named(stranger: &Stranger, request_id: &str) -> u64 {
    stranger.look("totals").await["transfers"][request_id].as_u64().unwrap_or(0)
}

const CREATE: &str = "/api/v1/transfers/create";

#[tokio::test]
async fn a_refused_or_limited_request_is_not_run_and_answers_as_ordered() {
    let stranger = stage().await;
    let orders = [
        json!({ "action": "refuse", "status": 403, "code": "forbidden", "source": "account" }),
        json!({ "action": "refuse" }),
        json!({ "action": "limit" }),
    ];
    for (mut order, status, code) in orders
        .into_iter()
        .zip([403, 500, 429])
        .zip(["forbidden", "service_unavailable", "too_many_requests"])
        .map(|((order, status), code)| (order, status, code))
    {
        order["path"] = json!(CREATE);
        order["times"] = json!(1);
        stranger.control("faults", order).await;
        let (given, told) = stranger.behalf("POST", CREATE, stranger.transfer("r-1")).await;
        assert_eq!((given.as_u16(), &told["code"]), (status, &json!(code)));
        assert!(told["trace_id"].is_string());
    }
    assert_eq!(transfers_named(&stranger, "r-1").await, 0);
    assert_eq!(stranger.look("faults").await, json!([]));
    let (status, _) = stranger.behalf("POST", CREATE, stranger.transfer("r-1")).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn a_cut_connection_leaves_what_was_ordered_behind() {
    let stranger = stage().await;
    for (action, made) in [("drop_before", 0), ("drop_after", 1), ("late", 1)] {
        let order = json!({ "path": CREATE, "action": action, "times": 1, "ms": 20 });
        stranger.control("faults", order).await;
        let request = stranger.request("POST", CREATE, &stranger.transfer(action));
        let cut = request.header("x-on-behalf-of", &stranger.account).send().await;
        assert!(cut.is_err(), "{action} has an answer");
        if action == "late" {
            while transfers_named(&stranger, action).await == 0 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(transfers_named(&stranger, action).await, made, "{action}");
        let lines = stranger.look(&format!("journal?request_id={action}")).await;
        let line = &lines["items"][0];
        assert_eq!(line["fault"], action);
        let touched =
            line["effect"].as_array().is_some_and(|rows| rows.iter().any(|row| row["table"] == "transfers"));
        assert_eq!(touched, made == 1, "{line}");
    }
}

#[tokio::test]
async fn a_held_request_keeps_its_request_id_and_its_refresh_token_to_itself() {
    let stranger = stage().await;
    for (path, action) in [(CREATE, "transfer"), ("/oauth/token", "refresh")] {
        stranger.control("faults", json!({ "path": path, "action": "hold", "times": 1 })).await;
        let send = || match action {
            "transfer" => {
                let request = stranger.request("POST", CREATE, &stranger.transfer("r-1"));
                request.header("x-on-behalf-of", &stranger.account)
            }
            _ => stranger.refresh(&stranger.refresh_token),
        };
        let mut tasks = tokio::task::JoinSet::new();
        let first = send();
        tasks.spawn(async move { answer(first).await });
        // The fault is taken when the request has arrived.
        while stranger.look("faults").await != json!([]) {
            tokio::task::yield_now().await;
        }
        let (status, told) = answer(send()).await;
        match action {
            "transfer" => assert_eq!((status.as_u16(), &told["code"]), (409, &json!("request_in_progress"))),
            _ => assert_eq!((status.as_u16(), &told["error"]), (429, &json!("too_many_requests"))),
        }
        stranger.control("faults", json!({ "action": "release" })).await;
        let (status, told) = tasks.join_next().await.expect("the first").expect("it ends");
        assert!(status.is_success(), "{told}");
    }
    assert_eq!(transfers_named(&stranger, "r-1").await, 1);
}

#[tokio::test]
async fn lists_lag_as_ordered_and_the_object_itself_does_not() {
    let stranger = stage().await;
    stranger
        .control("faults", json!({ "action": "list_lag", "path": "/api/v1/transfers", "seconds": 30 }))
        .await;
    let (_, made) = stranger.behalf("POST", CREATE, stranger.transfer("r-1")).await;
    let find = || stranger.behalf("GET", "/api/v1/transfers?request_id=r-1", Value::Null);
    assert_eq!(find().await.1["items"], json!([]));
    let (status, _) =
        stranger.behalf("GET", &format!("/api/v1/transfers/{}", text(&made["id"])), Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(stranger.look("faults").await[0]["action"], "list_lag");
    stranger.control("clock", json!({ "advance_seconds": 30 })).await;
    assert_eq!(find().await.1["items"][0]["id"], made["id"]);
}

/// A gateway that gives up: the request was executed, its answer is somebody else's 502.
#[tokio::test]
async fn an_executed_request_can_be_answered_by_somebody_on_the_way() {
    let stranger = stage().await;
    let fault = json!({ "path": CREATE, "action": "drop_after", "status": 502, "times": 1 });
    stranger.control("faults", fault).await;
    assert_eq!(stranger.behalf("POST", CREATE, stranger.transfer("g-1")).await.0, 502);
    assert_eq!(stranger.look("totals").await["transfers"]["g-1"], 1);
}

#[tokio::test]
async fn limits_refuse_without_running_and_without_headers() {
    let stranger = stage().await;
    stranger.control("limits", json!({ "profile": "sandbox" })).await;
    let mut refused = 0;
    for number in 0..15 {
        let request = stranger.request("POST", CREATE, &stranger.transfer(&format!("r-{number}")));
        let response = request.header("x-on-behalf-of", &stranger.account).send().await.expect("an answer");
        if response.status() == 429 {
            refused += 1;
            let told =
                response.headers().keys().any(|name| name.as_str().contains("rate") || name == "retry-after");
            assert!(!told, "no header tells of limits");
        }
    }
    assert_eq!(refused, 5);
    let transfers = stranger.look("totals").await["transfers"].as_object().map_or(0, serde_json::Map::len);
    assert_eq!(transfers, 10);
    stranger.control("clock", json!({ "advance_seconds": 1 })).await;
    assert_eq!(stranger.behalf("POST", CREATE, stranger.transfer("r-14")).await.0, 201);
    let wrong = stranger.http.post(format!("{}/_control/limits", stranger.url)).body(r#"{"profile":"none"}"#);
    assert_eq!(answer(wrong).await.0, 400);
}

#[tokio::test]
async fn strict_refuses_unknown_fields_by_their_path_and_otherwise_ignores_them() {
    let stranger = stage().await;
    let mut odd = stranger.transfer("r-1");
    odd["colour"] = json!("red");
    assert_eq!(stranger.behalf("POST", "/api/v1/transfers/validate", odd.clone()).await.0, 200);
    stranger.control("settings", json!({ "strict": true })).await;
    let (status, told) = stranger.behalf("POST", CREATE, odd).await;
    assert_eq!((status.as_u16(), &told["source"]), (400, &json!("colour")));
    assert_eq!(stranger.behalf("POST", &format!("{CREATE}?_t=1"), stranger.transfer("r-1")).await.0, 201);
    let unknown =
        stranger.http.post(format!("{}/_control/settings", stranger.url)).body(r#"{"colour":true}"#);
    assert_eq!(answer(unknown).await.0, 400);
}

/// The same seed and the same requests give the same ids, tokens and journal.
#[tokio::test]
async fn a_seed_makes_a_run_repeatable() {
    let run = || async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let options = Options { seed: Some(7), ..Options::default() };
        let running = airwallex_sandbox::start(listener, options).await.expect("the sandbox starts");
        let mut stranger = Stranger::at(running.url());
        stranger.control("clock", json!({ "freeze": true, "set": "2026-03-04T05:06:07Z" })).await;
        stranger.settle_in().await;
        let (_, made) = stranger.behalf("POST", CREATE, stranger.transfer("r-1")).await;
        let journal = stranger.look("journal").await;
        running.stop().await;
        (stranger.account.clone(), stranger.refresh_token.clone(), made, journal)
    };
    assert_eq!(run().await, run().await);
}

/// Tokens of the world before are dead with it.
#[tokio::test]
async fn a_reset_leaves_nothing_behind() {
    let stranger = stage().await;
    stranger.behalf("POST", CREATE, stranger.transfer("r-1")).await;
    stranger.control("reset", json!({})).await;
    assert_eq!(stranger.look("totals").await["transfers"], json!({}));
    let (status, told) = stranger.platform("GET", "/api/v1/accounts", Value::Null).await;
    assert_eq!((status.as_u16(), &told["code"]), (401, &json!("credentials_invalid")));
}

/// A held request whose client goes away was never executed; `late` is the order for the other case.
#[tokio::test]
async fn a_held_request_ends_with_its_connection() {
    let stranger = stage().await;
    stranger.control("faults", json!({ "path": CREATE, "action": "hold", "times": 1 })).await;
    let request = stranger.request("POST", CREATE, &stranger.transfer("held"));
    let request = request.header("x-on-behalf-of", &stranger.account);
    let gone = request.timeout(std::time::Duration::from_millis(100)).send().await;
    assert!(gone.is_err_and(|error| error.is_timeout()));
    let release = stranger.http.delete(format!("{}/_control/faults", stranger.url));
    assert!(answer(release).await.0.is_success());
    let (status, _) = stranger.behalf("POST", CREATE, stranger.transfer("held")).await;
    assert_eq!(status, 201, "its request_id is free");
    assert_eq!(transfers_named(&stranger, "held").await, 1);
}

/// How often somebody looks changes no id.
#[tokio::test]
async fn a_seed_repeats_ids_whatever_is_read_in_between() {
    let mut made = vec![];
    for looks in [0, 3] {
        let stranger = stage().await;
        for _ in 0..looks {
            stranger.platform("GET", "/api/v1/account", json!({})).await;
        }
        let (status, transfer) = stranger.behalf("POST", CREATE, stranger.transfer("r-1")).await;
        assert_eq!(status, 201);
        made.push(text(&transfer["id"]));
    }
    assert_eq!(made[0], made[1]);
}

/// Status, id and requirements are not the platform's to say.
#[tokio::test]
async fn what_is_airwallexs_to_say_cannot_be_sent() {
    let stranger = stage().await;
    let wanted = json!({
        "id": "acct_mine", "status": "ACTIVE", "nickname": "Kiln", "primary_contact": { "email": "a@b.example" },
    });
    let (status, made) = stranger.platform("POST", "/api/v1/accounts/create", wanted).await;
    assert_eq!((status.as_u16(), &made["status"]), (201, &json!("CREATED")), "{made}");
    assert_ne!(made["id"], "acct_mine");
    let path = format!("/api/v1/accounts/{}/update", text(&made["id"]));
    let (_, changed) =
        stranger.platform("POST", &path, json!({ "status": "ACTIVE", "nickname": "Loom" })).await;
    assert_eq!((&changed["status"], &changed["nickname"]), (&json!("CREATED"), &json!("Loom")));
}

/// Dates beyond reckoning are refused, not reckoned with.
#[tokio::test]
async fn absurd_dates_and_settings_are_refused() {
    let stranger = stage().await;
    let (status, told) =
        stranger.platform("GET", "/api/v1/balances/history?to_post_at=-262143-01-01", json!({})).await;
    assert_eq!(status, 400, "{told}");
    let order = stranger.http.post(format!("{}/_control/settings", stranger.url));
    let (status, told) = answer(order.body(json!({ "refresh_token_days": u32::MAX }).to_string())).await;
    assert_eq!((status.as_u16(), &told["source"]), (400, &json!("refresh_token_days")));
}

/// A hundred logins a minute for each key, whatever else is free.
#[tokio::test]
async fn logins_have_a_limit_of_their_own() {
    let stranger = stage().await;
    stranger.control("limits", json!({ "profile": "sandbox" })).await;
    stranger.control("clock", json!({ "freeze": true })).await;
    stranger.control("clock", json!({ "advance_seconds": 60 })).await;
    let log_in = || {
        let request = stranger.http.post(format!("{}/api/v1/authentication/login", stranger.url));
        answer(request.header("x-client-id", "sandbox_client").header("x-api-key", "sandbox_api_key"))
    };
    for number in 0..100 {
        let (status, told) = log_in().await;
        assert_eq!(status, 201, "{number}: {told}");
        // Fewer than the limits of a second allow.
        if number % 8 == 7 {
            stranger.control("clock", json!({ "advance_seconds": 1 })).await;
        }
    }
    let (status, told) = log_in().await;
    assert_eq!((status.as_u16(), told["code"].as_str()), (429, Some("too_many_requests")));
    stranger.control("clock", json!({ "advance_seconds": 60 })).await;
    assert_eq!(log_in().await.0, 201);
}

/// A batch that waits for money for a year is no reason to stand still.
#[tokio::test]
async fn a_long_jump_over_a_waiting_batch_is_quick() {
    let mut stranger = stage().await;
    let (status, batch) =
        stranger.behalf("POST", "/api/v1/batch_transfers/create", json!({ "request_id": "b-1" })).await;
    assert_eq!(status, 200, "{batch}");
    let path = |what: &str| format!("/api/v1/batch_transfers/{}/{what}", text(&batch["id"]));
    let items: Vec<_> = (0..50)
        .map(|number| {
            let mut item = stranger.transfer(&format!("i-{number}"));
            item["transfer_amount"] = json!("1000000");
            item
        })
        .collect();
    let (status, told) = stranger.behalf("POST", &path("add_items"), json!({ "items": items })).await;
    assert_eq!(status, 200, "{told}");
    let (status, told) = stranger.behalf("POST", &path("submit"), json!({})).await;
    assert_eq!(status, 200, "{told}");
    let started = std::time::Instant::now();
    stranger.control("clock", json!({ "advance_seconds": 200 * 86_400 })).await;
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    stranger.log_in().await;
    let (_, told) =
        stranger.behalf("GET", &format!("/api/v1/batch_transfers/{}", text(&batch["id"])), Value::Null).await;
    assert_eq!(told["status"], "OVERDUE", "{told}");
}

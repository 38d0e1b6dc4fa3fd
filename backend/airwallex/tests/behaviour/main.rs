//! What the client does by itself: logins, repeats, pages, limits.

mod host;
mod refusals;
mod trouble;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use airwallex::api::{accounts, balances, charges, files, hosted_flows, partner, transfers};
use airwallex::{Access, Amount, Client, Config, Error, Quota, Recovery, Token};
use axum::http::Method;
use futures_util::{TryStreamExt, future::join_all};
use host::{LOGIN, NEVER, Seen, bearer, bench, with_logins};
use serde_json::json;

#[tokio::test]
async fn concurrent_callers_share_one_login_and_one_renewal() {
    let script = with_logins(|seen, _| {
        if bearer(seen) == "Bearer token-0" {
            (401, json!({ "code": "credentials_expired" }))
        } else {
            (200, json!([]))
        }
    });
    let bench = bench(script).await;
    let client = bench.client();
    let calls = (0..20).map(|_| balances::current(&client, &Access::Platform));
    for answer in join_all(calls).await {
        answer.expect("renewed");
    }
    assert_eq!(bench.host.seen(LOGIN).len(), 2, "the first, and one renewal");
}

#[tokio::test]
async fn a_token_is_renewed_once_and_never_for_want_of_a_permission() {
    for (code, times) in [("credentials_expired", 2), ("unauthorized", 1)] {
        let bench = bench(with_logins(move |_, _| (401, json!({ "code": code })))).await;
        let client = bench.client();
        let refused = balances::current(&client, &Access::Platform).await.expect_err("refused");
        assert!(matches!(refused, Error::Unauthorized(_)));
        assert_eq!(bench.host.seen("/api/v1/balances").len(), times, "{code}");
        assert_eq!(bench.host.seen(LOGIN).len(), times, "{code}");
        let seller = Access::Seller(Token::new("at".to_owned()));
        assert!(balances::current(&client, &seller).await.is_err());
        assert_eq!(bench.host.seen("/api/v1/balances").len(), times + 1, "not ours to renew");
    }
}

/// What has to come before a call is waited for only so long, and then nothing has left.
#[tokio::test]
async fn patience_ends_a_wait_and_nothing_that_has_left() {
    let bench = bench(with_logins(|_, _| (200, json!([])))).await;
    let quota = Arc::new(Counting::waiting(Duration::from_secs(3600)));
    let config = Config { patience: Duration::from_millis(50), quota: Some(quota.clone()), ..bench.config() };
    let client = Client::new(config).expect("a client");
    let seller = Access::Seller(Token::new("at".to_owned()));
    let error = balances::current(&client, &seller).await.expect_err("no turn in an hour");
    assert!(matches!(&error, Error::NotSent(why) if why.contains("its turn")), "{error}");
    assert!(bench.host.seen("/api/v1/balances").is_empty());
    let error = balances::current(&client, &Access::Platform).await.expect_err("not even a login");
    assert!(matches!(&error, Error::NotSent(why) if why.contains("a login")), "{error}");
    assert!(bench.host.seen(LOGIN).is_empty());
}

/// An answer that says when to come back is believed, as long as patience lasts.
#[tokio::test]
async fn a_wait_that_is_asked_for_is_kept() {
    let bench = bench(with_logins(|_, before| match before {
        0 => (429, json!({ "code": "too_many_requests", "retry-after": 1 })),
        1 => (429, json!({ "code": "too_many_requests", "retry-after": 3600 })),
        _ => panic!("asked again too early"),
    }))
    .await;
    let started = std::time::Instant::now();
    let error = balances::current(&bench.client(), &Access::Platform).await.expect_err("limited");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn what_is_safe_is_repeated_with_the_same_bytes_and_nothing_else_is() {
    let breaks_once = |seen: &Seen, before: usize| match (seen.target.as_str(), before) {
        ("/api/v1/balances/current", 0) => (503, json!({})),
        ("/api/v1/balances/current", _) => (200, json!([])),
        ("/api/v1/charges/create", 0) => (429, json!({ "code": "too_many_requests" })),
        ("/api/v1/charges/create", _) => (503, json!({ "trace_id": "trace-of-the-body" })),
        _ => (503, json!({})),
    };
    let bench = bench(with_logins(breaks_once)).await;
    let client = bench.client();
    balances::current(&client, &Access::Platform).await.expect("the second time");

    let charge = charges::NewCharge {
        request_id: "r-1",
        amount: Amount("1.50".parse().expect("a decimal")),
        currency: "GBP",
        source: "acct_1",
        reason: "business_expenses",
        reference: "March",
    };
    let lost = charges::create(&client, &charge).await.expect_err("nobody knows");
    let Error::Unknown(lost) = lost else { panic!("{lost}") };
    assert_eq!((lost.recovery, lost.trace_id.as_deref()), (Recovery::ByRequestId, Some("trace-of-the-body")));
    let sent = bench.host.seen("/api/v1/charges/create");
    assert_eq!(sent.len(), 2, "after the limit once more, after the breakdown never");
    assert_eq!(sent[0].body, sent[1].body);
    assert_eq!(sent[0].headers, sent[1].headers);

    // Frozen bytes leave exactly once, whatever comes of it.
    let ready = client.ready(&Access::on_behalf_of("acct_1")).await.expect("a login");
    let lost =
        transfers::create(&client, ready, "2026-08-21", "{\"request_id\":\"t-1\"}").await.expect_err("lost");
    assert!(matches!(lost, Error::Unknown(_)));
    let sent = bench.host.seen("/api/v1/transfers/create");
    assert_eq!((sent.len(), &sent[0].body[..]), (1, &b"{\"request_id\":\"t-1\"}"[..]));
    assert_eq!(sent[0].headers["x-on-behalf-of"], "acct_1");

    // A status tells whether it happened: repeating is the caller's decision.
    let lost = accounts::submit(&client, "acct_1").await.expect_err("lost");
    assert_eq!(lost.trace_id(), Some("trace-of-the-header"));
    assert_eq!(bench.host.seen("/api/v1/accounts/acct_1/submit").len(), 1);
}

#[tokio::test]
async fn lists_are_walked_to_their_end_in_each_of_their_styles() {
    let item = |id: usize| json!({ "id": format!("i{id}"), "status": "PAID", "account_id": "a" });
    let pages = move |seen: &Seen, before: usize| {
        let is_last = before == 2;
        let items = json!([item(before * 2), item(before * 2 + 1)]);
        let target = seen.target.as_str();
        match before {
            _ if target.starts_with("/api/v1/accounts") => {
                assert!(target.contains(&format!("page_num={before}")), "{target}");
                (200, json!({ "items": items, "has_more": !is_last }))
            }
            0 => {
                assert_eq!(target.contains("page=0"), target.contains("history"), "{target}");
                (200, json!({ "items": items, "page_after": "c1", "pageAfter": "c1" }))
            }
            _ => {
                assert!(target.contains(&format!("page=c{before}")), "{target}");
                let after = (!is_last).then(|| format!("c{}", before + 1));
                if target.starts_with("/partner-api") {
                    (200, json!({ "items": items, "pageAfter": after }))
                } else {
                    (200, json!({ "items": items, "page_after": after }))
                }
            }
        }
    };
    // One spelling in one answer.
    let pages = move |seen: &Seen, before: usize| {
        let (status, mut answer) = pages(seen, before);
        let other = if seen.target.starts_with("/partner-api") { "page_after" } else { "pageAfter" };
        answer.as_object_mut().expect("an object").remove(other);
        (status, answer)
    };
    let bench = bench(with_logins(pages)).await;
    let client = bench.client();
    let numbered: Vec<_> =
        accounts::all(&client, accounts::Filter::default()).try_collect().await.expect("all");
    assert_eq!(
        numbered.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(),
        ["i0", "i1", "i2", "i3", "i4", "i5"]
    );
    let cursor: Vec<_> = transfers::all(&client, &Access::Platform, transfers::Filter::default())
        .try_collect()
        .await
        .expect("all");
    assert_eq!(cursor.len(), 6);
    let camel: Vec<_> = partner::all(&client).try_collect().await.expect("all");
    assert_eq!(camel.len(), 6);
    assert_eq!(bearer(&bench.host.seen("/partner-api/v1/connections")[0]), "Bearer token-0", "its own login");
}

#[tokio::test]
async fn a_list_is_asked_for_page_by_page_and_ends_with_its_first_error() {
    let pages = |_: &Seen, before: usize| match before {
        0 => (200, json!({ "items": [{ "id": "i0", "amount": 1, "currency": "GBP" }], "page_after": "c1" })),
        _ => (403, json!({ "code": "forbidden" })),
    };
    let bench = bench(with_logins(pages)).await;
    let client = bench.client();
    let mut items =
        std::pin::pin!(balances::history(&client, &Access::Platform, balances::Filter::default()));
    assert_eq!(items.try_next().await.expect("the first").expect("an item").id, "i0");
    assert_eq!(bench.host.seen("/api/v1/balances/history").len(), 1, "the second page is not asked for yet");
    assert!(items.try_next().await.is_err());
}

/// Counts, and lets everybody wait for so long.
struct Counting {
    wait: Duration,
    routes: Mutex<Vec<String>>,
}

impl Counting {
    fn waiting(wait: Duration) -> Self {
        Self { wait, routes: Mutex::default() }
    }
}

impl Quota for Counting {
    fn take<'a>(&'a self, route: &'a str) -> Pin<Box<dyn Future<Output = Duration> + Send + 'a>> {
        self.routes.lock().expect("unpoisoned").push(route.to_owned());
        Box::pin(async { self.wait })
    }
}

#[tokio::test]
async fn a_quota_of_all_replicas_is_asked_before_each_call_and_waited_for() {
    let bench = bench(with_logins(|_, _| (200, json!({ "id": "t", "status": "PAID" })))).await;
    let quota = Arc::new(Counting::waiting(Duration::from_millis(30)));
    let client = Client::new(Config { quota: Some(quota.clone()), ..bench.config() }).expect("a client");
    let started = std::time::Instant::now();
    transfers::get(&client, &Access::Platform, "t-1").await.expect("a transfer");
    assert!(started.elapsed() >= Duration::from_millis(60));
    let routes = quota.routes.lock().expect("unpoisoned");
    assert_eq!(*routes, [LOGIN, "/api/v1/transfers/{}"], "logins as well; by the route, not by the id");
}

#[tokio::test]
async fn a_file_goes_to_its_own_host_whole() {
    let api = bench(with_logins(|_, _| (500, json!({})))).await;
    let host = bench(|_, _| (201, json!({ "file_id": "f-1", "filename": "passport.png", "size": 5 }))).await;
    let client = Client::new(Config { files_url: host.url.clone(), ..api.config() }).expect("a client");
    let content = b"\x89PNG\r\n--souk-boundary-0";
    let made = files::upload(&client, &Access::Platform, "pass\"port.png", "image/png", content)
        .await
        .expect("a file");
    assert_eq!(made.file_id, "f-1");
    let seen = &host.host.seen("/api/v1/files/upload")[0];
    assert_eq!(seen.method, Method::POST);
    let body = String::from_utf8_lossy(&seen.body).into_owned();
    assert!(
        body.starts_with("--souk-boundary-1\r\n") && body.ends_with("\r\n--souk-boundary-1--\r\n"),
        "{body}"
    );
    assert!(body.contains("name=\"file\"; filename=\"passport.png\""), "{body}");
}

/// What may have been executed once stays unknown, whatever a repeat is told.
#[tokio::test]
async fn a_refused_repeat_does_not_undo_what_was_lost() {
    let breaks_once = |_: &Seen, before: usize| match before {
        0 => (502, json!({})),
        _ => (400, json!({ "code": "invalid_status" })),
    };
    let bench = bench(with_logins(breaks_once)).await;
    let told = hosted_flows::authorize(&bench.client(), "ahfi_1", "person-1").await;
    assert!(matches!(told, Err(Error::Unknown(_))), "{told:?}");
    assert_eq!(bench.host.seen("/api/v1/hosted_flows/ahfi_1/authorize").len(), 2);
}

/// A 409 says that an earlier send is at work: no later attempt that never left may end as if nothing had been
/// executed.
#[tokio::test]
async fn what_is_still_at_work_is_never_called_not_executed() {
    let charge = charges::NewCharge {
        request_id: "r-1",
        amount: Amount("1.50".parse().expect("a decimal")),
        currency: "GBP",
        source: "acct_1",
        reason: "business_expenses",
        reference: "March",
    };
    for (then, code) in [(429, "too_many_requests"), (401, "unauthorized"), (400, "request_id_duplicate")] {
        let bench = bench(with_logins(move |_, before| match before {
            0 => (409, json!({ "code": "request_in_progress" })),
            _ => (then, json!({ "code": code })),
        }))
        .await;
        let told = charges::create(&bench.client(), &charge).await.expect_err("not made");
        assert!(!told.is_not_executed(), "{then}: {told}");
        match told {
            Error::Limited(refusal) => assert_eq!(refusal.status, 409, "{then}"),
            told => assert!(matches!(told, Error::Duplicate(_)) && then == 400, "{then}: {told}"),
        }
    }
}

/// Every place is held by a caller who is refused, while a login waits for one.
#[tokio::test]
async fn a_login_among_refused_callers_never_waits_for_them() {
    let bench = bench(with_logins(|seen, _| {
        if bearer(seen) == "Bearer token-0" {
            (401, json!({ "code": "credentials_expired" }))
        } else {
            (200, json!({ "id": "t", "status": "PAID" }))
        }
    }))
    .await;
    let client =
        Client::new(Config { limits: airwallex::Limits::Sandbox, ..bench.config() }).expect("a client");
    let behalf = Access::on_behalf_of("acct_1");
    // As many as there are places.
    let mut ready = vec![];
    for _ in 0..9 {
        ready.push(client.ready(&behalf).await.expect("a login"));
    }
    let refused = ready.into_iter().map(|ready| transfers::create(&client, ready, "2026-08-21", "{}"));
    let next = async {
        let ready = client.ready(&behalf).await?;
        transfers::create(&client, ready, "2026-08-21", "{}").await
    };
    let all = async { futures_util::future::join(join_all(refused), next).await };
    let (refused, _) =
        tokio::time::timeout(Duration::from_secs(20), all).await.expect("nobody waits for ever");
    assert!(refused.iter().all(|told| matches!(told, Err(Error::Unauthorized(_)))));
    balances::current(&client, &Access::Platform).await.expect_err("not a list, but an answer");
    assert!(bench.host.seen(LOGIN).len() <= 2);
}

/// A login that breaks down once is tried again like any call that never left.
#[tokio::test]
async fn a_login_that_fails_once_fails_no_call() {
    let bench = bench(|seen, before| match (seen.target.as_str(), before) {
        (LOGIN, 0) => (503, json!({})),
        (LOGIN, _) => (201, json!({ "token": "token-1" })),
        _ => (200, json!([])),
    })
    .await;
    balances::current(&bench.client(), &Access::Platform).await.expect("the second time");
    assert_eq!(bench.host.seen(LOGIN).len(), 2);
}

/// A wait beyond all clocks is no panic.
#[tokio::test]
async fn a_wait_beyond_reason_ends_the_repeats() {
    let body = json!({ "code": "too_many_requests", "retry-after": u64::MAX });
    let bench = bench(with_logins(move |_, _| (429, body.clone()))).await;
    let error = balances::current(&bench.client(), &Access::Platform).await.expect_err("limited");
    assert!(error.is_not_executed());
    assert_eq!(bench.host.seen("/api/v1/balances").len(), 1);
}

/// A deadline ends what was sent, and says so: whether it was executed, nobody knows.
#[tokio::test]
async fn a_deadline_ends_a_send_whose_answer_never_comes() {
    let bench = bench(with_logins(|_, _| (NEVER, json!({})))).await;
    let config = Config { deadline: Duration::from_millis(100), repeats: 0, ..bench.config() };
    let client = Client::new(config).expect("a client");
    let told = accounts::submit(&client, "acct_1").await.expect_err("no answer");
    let Error::Unknown(lost) = told else { panic!("{told}") };
    assert_eq!((lost.why.as_str(), lost.recovery), ("no answer before the deadline", Recovery::ByStatus));
    // Without an identifier nothing but its content finds an account again.
    let account = json!({ "primary_contact": { "email": "a@b.example" } });
    let Err(Error::Unknown(lost)) = accounts::create(&client, &account).await else { panic!("an answer") };
    assert_eq!(lost.recovery, Recovery::ByFingerprint);
    let named = json!({ "identifier": "seller-1" });
    let Err(Error::Unknown(lost)) = accounts::create(&client, &named).await else { panic!("an answer") };
    assert_eq!(lost.recovery, Recovery::ByIdentifier);
}

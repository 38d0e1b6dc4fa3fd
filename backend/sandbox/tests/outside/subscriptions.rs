//! Subscriptions as the web app makes them: one's own secret, version and events, each with its own queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use airwallex_sandbox::Options;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::{Stranger, answer};

/// Answers what it is told to, or never for 0, and passes on what it heard.
struct Listener {
    url: String,
    answer: Arc<AtomicU16>,
    heard: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    _server: JoinSet<()>,
}

type Shared = (Arc<AtomicU16>, mpsc::UnboundedSender<(HeaderMap, Bytes)>);

async fn hook(State((status, heard)): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let _ = heard.send((headers, body));
    match status.load(Ordering::SeqCst) {
        0 => std::future::pending().await,
        status => StatusCode::from_u16(status).expect("a status"),
    }
}

impl Listener {
    async fn answering(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let (send, heard) = mpsc::unbounded_channel();
        let answer = Arc::new(AtomicU16::new(status));
        let app = Router::new().route("/hook", post(hook)).with_state((answer.clone(), send));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Self { url, answer, heard, _server: server }
    }

    /// The next event, which has to be signed with this secret. Nothing here takes long: whoever has to wait for
    /// somebody else's time-out comes too late.
    async fn next(&mut self, secret: &str) -> Value {
        let soon = std::time::Duration::from_secs(5);
        let heard = tokio::time::timeout(soon, self.heard.recv()).await;
        let (headers, body) = heard.expect("a delivery in time").expect("a delivery");
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
        mac.update(headers["x-timestamp"].as_bytes());
        mac.update(&body);
        assert_eq!(headers["x-signature"], hex::encode(mac.finalize().into_bytes()));
        serde_json::from_slice(&body).expect("JSON")
    }
}

async fn review(stranger: &Stranger, status: &str) {
    stranger.control(&format!("accounts/{}/review", stranger.account), json!({ "status": status })).await;
}

#[tokio::test]
async fn each_subscription_hears_its_own_events_in_its_own_words_and_waits_for_nobody() {
    let stranger = Stranger::start(Options::default()).await;
    let mut hanging = Listener::answering(0).await;
    let mut quick = Listener::answering(200).await;
    let one = json!({ "url": hanging.url, "kind": "platform", "id": "wh_hanging", "secret": "whsec_a" });
    stranger.control("webhooks", one).await;
    let two = json!({
        "url": quick.url, "kind": "platform", "secret": "whsec_b", "version": "2025-02-14",
        "events": ["account.suspended"],
    });
    let made = stranger.control("webhooks", two).await;
    assert_eq!(made["items"][0]["version"], "2025-02-14");
    for status in ["DORMANT", "SUSPENDED"] {
        review(&stranger, status).await;
    }
    assert_eq!(hanging.next("whsec_a").await["name"], "account.dormant", "and now it hangs");
    let heard = quick.next("whsec_b").await;
    assert_eq!((&heard["name"], &heard["version"]), (&json!("account.suspended"), &json!("2025-02-14")));
    assert!(heard["created_at"].as_str().is_some_and(|at| at.ends_with("+0000")), "{heard}");
}

#[tokio::test]
async fn what_is_not_taken_comes_again_by_the_schedule_give_or_take_a_tenth() {
    let stranger = Stranger::start(Options { seed: Some(5), ..Options::default() }).await;
    stranger.control("clock", json!({ "freeze": true })).await;
    let mut listener = Listener::answering(500).await;
    let order = json!({ "url": listener.url, "kind": "platform", "secret": "whsec_c" });
    let made = stranger.control("webhooks", order).await;
    review(&stranger, "SUSPENDED").await;
    let first = listener.next("whsec_c").await;
    let waiting = async || loop {
        let told = stranger.look("webhooks").await["items"][0].clone();
        if told["attempts"] != json!(0) {
            return told;
        }
        tokio::task::yield_now().await;
    };
    let told = waiting().await;
    let at = |text: &Value| text.as_str().and_then(|text| text.parse::<chrono::DateTime<chrono::Utc>>().ok());
    let now = at(&stranger.look("clock").await["now"]).expect("an instant");
    let wait = at(&told["due_at"]).expect("an instant") - now;
    assert!((4_500..=6_500).contains(&wait.num_milliseconds()), "{wait}");
    listener.answer.store(200, Ordering::SeqCst);
    stranger.control("clock", json!({ "advance_seconds": 7 })).await;
    assert_eq!(listener.next("whsec_c").await["id"], first["id"], "the same event");

    let id = made["items"][0]["id"].as_str().expect("an id");
    let path = format!("{}/_control/webhooks/subscriptions/{id}", stranger.url);
    assert_eq!(answer(stranger.http.delete(&path)).await.0, 200);
    assert_eq!(answer(stranger.http.delete(&path)).await.0, 404);
}

#[tokio::test]
async fn an_order_that_is_not_understood_is_refused_by_its_word() {
    let stranger = Stranger::start(Options::default()).await;
    let url = "https://shop.example/hook";
    for (path, order, source) in [
        ("webhooks", json!({ "url": url, "colour": "red" }), "colour"),
        ("webhooks", json!({ "url": "ftp://shop.example" }), "url"),
        ("webhooks", json!({ "url": url, "kind": "everybody" }), "kind"),
        ("webhooks", json!({ "url": url, "secret": "s" }), "secret"),
        ("webhooks", json!({ "url": url, "events": ["account.status_changed"] }), "events[0]"),
        ("webhooks", json!({ "url": url, "version": "1999-01-01" }), "version"),
        ("clock", json!({ "advance_secs": 5 }), "advance_secs"),
        ("wallets", json!({ "account_id": "a", "currency": "GBP", "amount": 1, "why": "" }), "why"),
        ("limits", json!({ "profile": "off", "who": "all" }), "who"),
        ("clock", json!({ "freeze": "yes" }), "freeze"),
        ("clock", json!({ "advance_seconds": null }), "advance_seconds"),
        ("wallets", json!({ "account_id": "a", "currency": "usd", "amount": 1 }), "currency"),
        ("wallets", json!({ "account_id": "a", "currency": "JPY", "amount": "1.5" }), "amount"),
        ("wallets", json!({ "account_id": "a", "currency": "GBP", "amount": -5 }), "amount"),
        ("keys", json!({ "client_id": "c", "api_key": "k", "permissions": "transfer:read" }), "permissions"),
        ("faults", json!({ "event": "account.status_changed", "action": "lose" }), "event"),
        ("faults", json!({ "event": "account.active", "path": "/a", "action": "lose" }), "event"),
        ("faults", json!({ "path": "api/v1/transfers", "action": "limit" }), "path"),
        ("faults", json!({ "path": "/a", "method": "get", "action": "limit" }), "method"),
        ("reset", json!({ "everything": true }), "everything"),
    ] {
        let request = stranger.http.post(format!("{}/_control/{path}", stranger.url)).body(order.to_string());
        let (status, told) = answer(request).await;
        assert_eq!((status.as_u16(), &told["source"]), (400, &json!(source)), "{order}");
    }
}

/// What was on its way in the world before says nothing in the next one, though a seed gives the same ids again.
#[tokio::test]
async fn a_reset_ends_deliveries_and_a_resend_reaches_every_subscription() {
    let mut stranger = Stranger::start(Options { seed: Some(9), ..Options::default() }).await;
    let mut hanging = Listener::answering(0).await;
    stranger.control("webhooks", json!({ "url": hanging.url })).await;
    review(&stranger, "SUSPENDED").await;
    hanging.next("whsec_sandbox").await;
    stranger.control("reset", json!({})).await;
    stranger.settle_in().await;
    let mut one = Listener::answering(200).await;
    let mut two = Listener::answering(200).await;
    stranger.control("webhooks", json!({ "url": one.url })).await;
    let other = json!({ "url": two.url, "kind": "platform", "id": "wh_two", "secret": "whsec_two" });
    stranger.control("webhooks", other).await;
    review(&stranger, "SUSPENDED").await;
    let heard = one.next("whsec_sandbox").await;
    assert_eq!(two.next("whsec_two").await["id"], heard["id"]);
    let id = heard["id"].as_str().expect("an id");
    stranger.control(&format!("webhooks/{id}/resend"), json!({})).await;
    assert_eq!(one.next("whsec_sandbox").await["id"], heard["id"]);
    assert_eq!(two.next("whsec_two").await["id"], heard["id"]);
}

/// The schedule is the clock's: a jump over all of it leaves no attempt out, and then it is over.
#[tokio::test]
async fn an_event_that_nobody_takes_is_given_up_after_three_days() {
    let stranger = Stranger::start(Options { seed: Some(5), ..Options::default() }).await;
    stranger.control("clock", json!({ "freeze": true })).await;
    let mut listener = Listener::answering(500).await;
    let order = json!({ "url": listener.url, "kind": "platform", "secret": "whsec_d" });
    stranger.control("webhooks", order).await;
    review(&stranger, "SUSPENDED").await;
    listener.next("whsec_d").await;
    for (hours, attempts) in [(12, 9), (18, 10), (12, 11), (18, 12), (36, 13)] {
        stranger.control("clock", json!({ "advance_seconds": hours * 3600 })).await;
        let told = loop {
            let told = stranger.look("webhooks").await["items"][0].clone();
            if told["attempts"] == json!(attempts) {
                break told;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(told["status"] == json!("GIVEN_UP"), attempts == 13, "{told}");
    }
}

#[tokio::test]
async fn lists_lag_by_order_wherever_something_new_could_show() {
    let stranger = Stranger::start(Options::default()).await;
    stranger.control("clock", json!({ "freeze": true })).await;
    stranger
        .control("faults", json!({ "path": "/api/v1/accounts", "action": "list_lag", "seconds": 30 }))
        .await;
    let wanted = json!({ "identifier": "new-1", "primary_contact": { "email": "a@b.example" } });
    stranger.platform("POST", "/api/v1/accounts/create", wanted).await;
    let found = async || {
        let (_, list) = stranger.platform("GET", "/api/v1/accounts?identifier=new-1", Value::Null).await;
        list["items"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(found().await, 0);
    stranger.control("clock", json!({ "advance_seconds": 30 })).await;
    assert_eq!(found().await, 1);
}

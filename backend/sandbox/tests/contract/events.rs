//! Events, heard by a listener of this test's own: their bodies as documented, signed for whom they are for.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::compare::{compare, kind};
use crate::stage::Stage;
use crate::{complaints_of, folder, read};

/// Nothing here waits for a clock: an event comes at once or never.
const PATIENCE: Duration = Duration::from_secs(20);

/// Something that listens for deliveries.
struct Listener {
    url: String,
    deliveries: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    _server: JoinSet<()>,
}

impl Listener {
    async fn start() -> Self {
        let (heard, deliveries) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let hook = |State(heard): State<mpsc::UnboundedSender<(HeaderMap, Bytes)>>,
                    headers: HeaderMap,
                    body: Bytes| async move {
            let _ = heard.send((headers, body));
        };
        let app = axum::Router::new().route("/hook", axum::routing::post(hook)).with_state(heard);
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Self { url, deliveries, _server: server }
    }

    /// The next event, and whether this secret signed it.
    async fn next(&mut self, secret: &str) -> Option<(Value, bool)> {
        let (headers, body) = tokio::time::timeout(PATIENCE, self.deliveries.recv()).await.ok()??;
        let header = |name: &str| headers[name].to_str().expect("a text").to_owned();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
        mac.update(header("x-timestamp").as_bytes());
        mac.update(&body);
        let is_theirs = header("x-signature") == hex::encode(mac.finalize().into_bytes());
        Some((serde_json::from_slice(&body).expect("JSON"), is_theirs))
    }
}

/// Brings about what a document tells, and answers what of its event is not as documented.
async fn judge(name: String, case: Value) -> Option<String> {
    let mut listener = Listener::start().await;
    let version = case["version"].as_str().unwrap_or("2026-08-21");
    let heard_by = Some((listener.url.as_str(), version));
    let mut stage = Stage::at(case["given"].as_str().expect("where the case begins"), heard_by).await;
    for step in case["before"].as_array().into_iter().flatten() {
        if let Err(told) = stage.before(step).await {
            return Some(format!("{name}: a step before it: {told}"));
        }
    }
    let secret = match case["heard_by"].as_str() {
        Some("application") => "whsec_sandbox_app",
        _ => "whsec_sandbox",
    };
    let wanted = stage.fill(&case["event"]);
    let event_name = wanted.get("name").or(wanted.get("Name")).expect("a name").clone();
    // An event may come several times on the way; one of them is the one that is meant.
    let mut seen = vec![];
    while let Some((event, is_theirs)) = listener.next(secret).await {
        if event["name"] != event_name || !is_theirs {
            seen.push(event["name"].to_string());
            continue;
        }
        let mut complaints = vec![];
        compare(&case, "", &wanted, &event, &mut complaints);
        complaints.extend(complaints_of(&case, &event));
        if complaints.is_empty() {
            return None;
        }
        seen.push(format!("{}\n  {event}", complaints.join("\n  ")));
    }
    Some(format!("{name}: was not heard, but:\n  {}", seen.join("\n  ")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_told_as_documented() {
    let mut cases: Vec<(String, Value)> = std::fs::read_dir(folder().join("events"))
        .expect("documents")
        .filter_map(Result::ok)
        .map(|file| (file.file_name().display().to_string(), read(&file.path())))
        .filter(|(_, case)| case.get("event").is_some())
        .collect();
    cases.sort_by(|(left, _), (right, _)| left.cmp(right));
    assert!(cases.len() > 50, "only {} events are documented", cases.len());
    let (mut cases, mut running, mut wrong) = (cases.into_iter(), JoinSet::new(), vec![]);
    loop {
        while running.len() < 8
            && let Some((name, case)) = cases.next()
        {
            running.spawn(judge(name, case));
        }
        match running.join_next().await {
            Some(judged) => wrong.extend(judged.expect("a case is played to its end")),
            None => break,
        }
    }
    assert!(wrong.is_empty(), "{} are not as documented:\n{}", wrong.len(), wrong.join("\n"));
}

/// The delivery whose signature the client's tests verify as well.
#[tokio::test]
async fn deliveries_are_signed_and_wrapped_as_documented() {
    let case = read(&folder().join("events/transfer_paid.json"));
    let mut listener = Listener::start().await;
    let stage = Stage::at("sent", Some((&listener.url, "2026-08-21"))).await;
    let path = format!("transfers/{}/transition", stage.names["transfer"]);
    stage.control(&path, json!({ "next_status": "PAID" })).await;
    let documented: Value = serde_json::from_str(case["body"].as_str().expect("a body")).expect("JSON");
    loop {
        let secret = case["secret"].as_str().expect("a secret");
        let (event, is_theirs) = listener.next(secret).await.expect("deliveries");
        assert!(is_theirs, "{}", event["name"]);
        for (name, wanted) in case["members"].as_object().expect("members") {
            assert_eq!(kind(&event[name]), wanted.as_str().expect("a kind"), "{name} of {event}");
        }
        if event["name"] == "payout.transfer.paid" {
            assert_eq!(event["data"]["status"], documented["data"]["status"]);
            assert_eq!(event["data"]["id"], json!(stage.names["transfer"]));
            assert_eq!(event["account_id"], json!(stage.names["account"]));
            return;
        }
    }
}

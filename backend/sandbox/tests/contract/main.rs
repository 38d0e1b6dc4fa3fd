//! The sandbox's answers, compared with the contract documents. Speaks plain HTTP, as any stranger would:
//! the client's code has no part in this.

mod compare;
mod stage;

use std::path::{Path, PathBuf};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use compare::{compare, kind};
use stage::Stage;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract")
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a case");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cases() -> Vec<(String, Value)> {
    let mut found = vec![];
    for resource in std::fs::read_dir(folder()).expect("contract cases").filter_map(Result::ok) {
        if !resource.path().is_dir() || resource.file_name() == "events" {
            continue;
        }
        for file in std::fs::read_dir(resource.path()).expect("a folder").filter_map(Result::ok) {
            let name = format!("{}/{}", resource.file_name().display(), file.file_name().display());
            found.push((name, read(&file.path())));
        }
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    found
}

/// Plays a case from its beginning; answers what is not as documented.
async fn judge(name: String, case: Value) -> Option<String> {
    let mut stage = Stage::at(case["given"].as_str().expect("where the case begins"), None).await;
    for step in case["before"].as_array().into_iter().flatten() {
        if let Err(told) = stage.before(step).await {
            return Some(format!("{name}: a step before it: {told}"));
        }
    }
    let (status, answer) = stage.play(&stage.fill(&case["request"])).await;
    let wanted = stage.fill(&case["answer"]);
    let mut complaints = vec![];
    if json!(status.as_u16()) != wanted["status"] {
        complaints.push(format!("status {status} instead of {}", wanted["status"]));
    }
    compare(&case, "", &wanted["json"], &answer, &mut complaints);
    for path in case["absent"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if answer.pointer(&format!("/{}", path.replace('.', "/"))).is_some() {
            complaints.push(format!("{path} is there"));
        }
    }
    (!complaints.is_empty()).then(|| format!("{name}:\n  {}\n  {answer}", complaints.join("\n  ")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_answers_as_documented() {
    let mut cases = cases().into_iter().filter(|(_, case)| case["sides"] != json!(["client"]));
    let (mut wrong, mut count) = (vec![], 0);
    let mut running = tokio::task::JoinSet::new();
    loop {
        // A few at a time.
        while running.len() < 4
            && let Some((name, case)) = cases.next()
        {
            count += 1;
            running.spawn(judge(name, case));
        }
        match running.join_next().await {
            Some(judged) => wrong.extend(judged.expect("a case is played to its end")),
            None => break,
        }
    }
    assert!(count > 400, "only {count} cases are the sandbox's");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn events_are_signed_and_wrapped_as_documented() {
    let case = read(&folder().join("events/transfer_paid.json"));
    let (heard, mut deliveries) = mpsc::unbounded_channel::<(HeaderMap, Bytes)>();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let hook = |State(heard): State<mpsc::UnboundedSender<(HeaderMap, Bytes)>>,
                headers: HeaderMap,
                body: Bytes| async move {
        let _ = heard.send((headers, body));
    };
    let app = axum::Router::new().route("/hook", axum::routing::post(hook)).with_state(heard);
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move { axum::serve(listener, app).await.expect("serves") });

    let stage = Stage::at("sent", Some(url)).await;
    let path = format!("transfers/{}/transition", stage.names["transfer"]);
    stage.control(&path, json!({ "next_status": "PAID" })).await;
    loop {
        let (headers, body) = deliveries.recv().await.expect("deliveries");
        let event: Value = serde_json::from_slice(&body).expect("JSON");
        let header = |name: &str| headers[name].to_str().expect("a text").to_owned();
        let mut mac = Hmac::<Sha256>::new_from_slice(case["secret"].as_str().expect("a secret").as_bytes())
            .expect("any key");
        mac.update(header("x-timestamp").as_bytes());
        mac.update(&body);
        assert_eq!(header("x-signature"), hex::encode(mac.finalize().into_bytes()), "{}", event["name"]);
        for (name, wanted) in case["members"].as_object().expect("members") {
            assert_eq!(kind(&event[name]), wanted.as_str().expect("a kind"), "{name} of {event}");
        }
        if event["name"] == "payout.transfer.paid" {
            let documented: Value =
                serde_json::from_str(case["body"].as_str().expect("a body")).expect("JSON");
            assert_eq!(event["data"]["status"], documented["data"]["status"]);
            assert_eq!(event["data"]["id"], json!(stage.names["transfer"]));
            assert_eq!(event["account_id"], json!(stage.names["account"]));
            return;
        }
    }
}

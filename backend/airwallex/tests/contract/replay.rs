//! Every case that the client can express, by its method and path: what the client sends is what the document
//! says, and the documented answer leads to the outcome that its status means.

mod accounts;
mod money;
mod reads;

use airwallex::{Access, Client, Error, Token};
use serde_json::{Value, json};

use crate::bench::{bench, check_request};
use crate::{cases, value};

/// Names that only the sandbox's side fills in stand for themselves here: `{rfi}` becomes `id-of-rfi`.
fn named(case: &Value) -> Value {
    let text = case.to_string();
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, after))
                if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') =>
            {
                filled.push_str(&format!("id-of-{name}{after}"));
            }
            _ => filled.push_str(&format!("{{{part}")),
        }
    }
    serde_json::from_str(&filled).expect("JSON")
}

/// Whose authority a request's headers show.
fn access(headers: &Value) -> Option<Access> {
    if headers.get("x-api-version").is_some_and(|version| version != "2026-08-21") {
        return None;
    }
    let given = headers["authorization"].as_str()?;
    let bearer = |name: &str| given.strip_prefix("Bearer ") == Some(value(name));
    match headers["x-on-behalf-of"].as_str() {
        Some(account) if bearer("token") => Some(Access::on_behalf_of(account)),
        Some(_) => None,
        None if bearer("token") => Some(Access::Platform),
        None if bearer("access_token") => Some(Access::Seller(Token::new(value("access_token").to_owned()))),
        None if bearer("partner_token") => Some(Access::Partner),
        None if given == "Basic YXBwaWRfc2FuZGJveDpzYW5kYm94X2FwcF9zZWNyZXQ=" => Some(Access::Application),
        None => None,
    }
}

pub type Ended = Option<(String, String)>;

/// Plays a request by the client's own call for it; none where the client has no way to say it.
async fn play(client: &Client, access: &Access, request: &Value) -> Ended {
    let path = request["path"].as_str()?;
    let query = request.get("query").cloned().unwrap_or(json!({}));
    let body = request.get("json").cloned().unwrap_or(Value::Null);
    let parts: Vec<&str> = path.trim_start_matches('/').splitn(3, '/').collect();
    let rest: Vec<&str> = parts.get(2)?.split('/').collect();
    let is_platform = matches!(access, Access::Platform);
    match request["method"].as_str()? {
        "GET" => reads::read(client, access, is_platform, &rest, &query).await,
        _ if query.as_object().is_some_and(|query| !query.is_empty()) => None,
        _ => match accounts::write(client, access, is_platform, &rest, &body).await {
            Some(ended) => Some(ended),
            None => money::write(client, access, is_platform, &rest, &body).await,
        },
    }
}

/// What an answer's status and code mean for the caller.
fn meaning(answer: &Value) -> &'static str {
    let duplicate = answer["json"]["code"].as_str().is_some_and(|code| {
        ["duplicate_request_id", "request_id_duplicate", "batch_request_id_duplicate"].contains(&code)
    });
    match answer["status"].as_u64().expect("a status") {
        200..300 => "ok",
        401 => "unauthorized",
        409 | 429 => "limited",
        400..500 if duplicate => "duplicate",
        400..500 => "refused",
        _ => "unknown",
    }
}

#[tokio::test]
async fn whatever_the_client_can_say_is_sent_as_documented_and_understood() {
    let mut played = 0;
    for (name, case) in cases() {
        let case = named(&case);
        if case["client"].is_string() || case["sides"].is_array() {
            continue;
        }
        let Some(access) = access(&case["request"]["headers"]) else { continue };
        let bench = bench(&case).await;
        let Some((outcome, read)) = play(&bench.client, &access, &case["request"]).await else { continue };
        if case["partial"] == json!(true) {
            assert!(read.contains("cannot be read: Data"), "{name} is not partial: {read}");
        } else {
            assert_eq!(outcome, meaning(&case["answer"]), "{name}: {read}");
        }
        let seen = bench.seen.lock().expect("unpoisoned").clone();
        // A token that is called expired is renewed once; any other refusal of a new one is a permission.
        let code = case["answer"]["json"]["code"].as_str().unwrap_or_default();
        let is_expired = code.starts_with("credentials_") && outcome == "unauthorized";
        let is_ours = !matches!(access, Access::Seller(_) | Access::Application);
        let times = if is_expired && is_ours { 2 } else { 1 };
        assert_eq!(seen.len(), times, "{name}");
        check_request(&name, &case["request"], &seen[0]);
        played += 1;
    }
    assert!(played > 310, "only {played} cases are within the client's words");
}

/// Errors that end differently are told apart.
#[test]
fn what_is_lost_names_the_way_to_find_out() {
    let error = Error::Unknown(airwallex::Lost {
        why: "no answer before the deadline".to_owned(),
        recovery: airwallex::Recovery::ByRequestId,
        trace_id: Some("t1".to_owned()),
    });
    assert_eq!(error.to_string(), "outcome unknown: no answer before the deadline, trace t1");
    assert_eq!(error.trace_id(), Some("t1"));
}

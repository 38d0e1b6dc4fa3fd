//! Whatever is sent, the sandbox answers with a refusal that has a code, and goes on.

use std::path::Path;

use crate::support::{Stranger, answer};
use airwallex_sandbox::Options;
use serde_json::{Value, json};

/// Method and path of every endpoint, as the README lists them.
fn endpoints() -> Vec<(&'static str, &'static str)> {
    let readme = include_str!("../../README.md");
    readme
        .lines()
        .filter(|line| line.starts_with("GET /") || line.starts_with("POST /"))
        .filter_map(|line| line.split_once(' '))
        .collect()
}

fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id)
}

/// Not a breakdown, and worded: OAuth's endpoints word errors their own way.
fn is_worded(status: reqwest::StatusCode, told: &Value) -> bool {
    status.is_success() || (status.as_u16() < 500 && (told["code"].is_string() || told["error"].is_string()))
}

#[tokio::test]
async fn broken_bodies_tokens_and_ids_are_refused_in_words_everywhere() {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    let huge = format!("{{\"request_id\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let bodies = ["", "{", "[]", "null", "\"text\"", "{\"a\":", "\u{0}", "{}", huge.as_str()];
    let tokens = [Some(stranger.token.clone()), Some("garbage".to_owned()), Some(String::new()), None];
    let mut count = 0;
    for (method, path) in endpoints() {
        for id in ["unknown", "..%2F..", "%00", "acct_%F0%9F%92%B8"] {
            for body in bodies {
                let verb = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
                let request = stranger.http.request(verb, format!("{}{}", stranger.url, filled(path, id)));
                let request = request.bearer_auth(&stranger.token).header("content-type", "application/json");
                let (status, told) =
                    answer(if method == "GET" { request } else { request.body(body.to_owned()) }).await;
                assert!(is_worded(status, &told), "{method} {path} {id} {body:.20}: {status} {told}");
                count += 1;
            }
        }
        for token in &tokens {
            for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
                let request = stranger.http.post(format!("{}{}", stranger.url, filled(path, "unknown")));
                let request = request.header("content-type", kind).body("a=b&a=b");
                let request = match token {
                    Some(token) => request.header("authorization", format!("Bearer {token}")),
                    None => request,
                };
                let (status, told) = answer(request).await;
                assert!(is_worded(status, &told), "{path} {kind}: {status} {told}");
                assert!(!status.is_success(), "{path} {kind}: {told}");
            }
        }
    }
    assert!(count > 2000);
}

/// Every value of every documented request, made into something else.
#[tokio::test]
async fn a_documented_request_with_a_wrong_value_never_breaks_the_sandbox() {
    let stranger = Stranger::start(Options { seed: Some(1), ..Options::default() }).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract");
    let wrong = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!([]),
        json!({}),
        json!([[]]),
        json!(""),
        json!(" "),
        json!("💸\u{0}'\"<"),
        json!("9".repeat(400)),
        json!("99999999999999999999999999999.99"),
        json!("2026-02-30"),
        json!("-0.000"),
    ];
    let mut count = 0;
    for resource in
        std::fs::read_dir(folder).expect("cases").filter_map(Result::ok).filter(|entry| entry.path().is_dir())
    {
        for file in std::fs::read_dir(resource.path()).expect("a folder").filter_map(Result::ok) {
            let case: Value =
                serde_json::from_slice(&std::fs::read(file.path()).expect("a case")).expect("JSON");
            let (Some(path), Some(body)) = (case["request"]["path"].as_str(), case["request"].get("json"))
            else {
                continue;
            };
            let fill = |text: String| {
                text.replace("{account}", &stranger.account).replace("{beneficiary}", &stranger.beneficiary)
            };
            let body: Value = serde_json::from_str(&fill(body.to_string())).expect("JSON");
            for place in places(&body) {
                // A few of them at each place, others at the next.
                for step in 0..3 {
                    let value = &wrong[(count + step * 5) % wrong.len()];
                    let mut broken = body.clone();
                    *broken.pointer_mut(&place).expect("a place") = value.clone();
                    for on_behalf in [true, false] {
                        let request = stranger.request("POST", &fill(path.to_owned()), &broken);
                        let request = if on_behalf {
                            request.header("x-on-behalf-of", &stranger.account)
                        } else {
                            request
                        };
                        let (status, told) = answer(request).await;
                        let is_unknown_path = status == 501;
                        assert!(
                            is_worded(status, &told) || is_unknown_path,
                            "{path} {place} {value}: {status} {told}"
                        );
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count > 2000, "{count}");
    assert_eq!(stranger.behalf("GET", "/api/v1/balances/current", Value::Null).await.0, 200);
}

/// Every place in a document, as a JSON pointer.
fn places(value: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        _ => vec![],
    };
    below
        .into_iter()
        .flat_map(|(name, value)| {
            let mut found = vec![format!("/{name}")];
            found.extend(places(value).into_iter().map(|rest| format!("/{name}{rest}")));
            found
        })
        .collect()
}

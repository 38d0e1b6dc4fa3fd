//! A stub that answers with a document's own words, a client before it, and what the stub saw.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use airwallex::api::oauth;
use airwallex::{Client, Token};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::value;

#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Answers a login by itself and everything else with the document's answer; remembers what came.
#[derive(Clone)]
struct Stub {
    answer: Value,
    is_login: bool,
    seen: Arc<Mutex<Vec<Seen>>>,
}

async fn respond(
    State(stub): State<Stub>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let path = uri.path().to_owned();
    if path == "/partner-api/v1/authentication/login" && !stub.is_login {
        return json!({ "token": value("partner_token") }).to_string().into_response();
    }
    if path == "/api/v1/authentication/login" && !stub.is_login {
        return (StatusCode::CREATED, json!({ "token": value("token") }).to_string()).into_response();
    }
    let seen = Seen { method: method.to_string(), path, query, headers, body: body.to_vec() };
    stub.seen.lock().expect("unpoisoned").push(seen);
    let status = stub.answer["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = StatusCode::from_u16(status.expect("a status")).expect("a status");
    let text = match stub.answer.get("text") {
        Some(text) => text.as_str().expect("a text").to_owned(),
        None => stub.answer["json"].to_string(),
    };
    (status, [("content-type", "application/json")], text).into_response()
}

/// A client, its OAuth side, and what the stub saw.
pub struct Bench {
    pub client: Client,
    pub oauth: oauth::OAuth,
    pub seen: Arc<Mutex<Vec<Seen>>>,
    _server: tokio::task::JoinSet<()>,
}

pub async fn bench(case: &Value) -> Bench {
    let seen = Arc::new(Mutex::new(vec![]));
    let is_login = case["request"]["path"].as_str().is_some_and(|path| path.ends_with("/login"));
    let stub = Stub { answer: case["answer"].clone(), is_login, seen: seen.clone() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base: url::Url =
        format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
    let mut server = tokio::task::JoinSet::new();
    let app = axum::Router::new().fallback(respond).with_state(stub);
    server.spawn(async move { axum::serve(listener, app).await.expect("serves") });
    let key = Token::new("sandbox_api_key".to_owned());
    let client = Client::new(airwallex::Config {
        application: Some(airwallex::Application {
            id: "appid_sandbox".to_owned(),
            secret: Token::new("sandbox_app_secret".to_owned()),
        }),
        deadline: Duration::from_secs(5),
        limits: airwallex::Limits::Off,
        repeats: 0,
        ..airwallex::Config::new(base.clone(), "sandbox_client", key)
    });
    let oauth = oauth::OAuth::new(oauth::Config {
        app_id: "appid_sandbox".to_owned(),
        app_secret: Token::new("sandbox_app_secret".to_owned()),
        authorize_url: base.join("/oauth/authorize").expect("a URL"),
        token_url: base.join("/oauth/token").expect("a URL"),
        redirect_url: value("redirect_uri").parse().expect("a URL"),
        timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(3),
        limits: airwallex::Limits::Off,
        quota: None,
    });
    Bench { client: client.expect("a client"), oauth: oauth.expect("a client"), seen, _server: server }
}

/// Sent as the document says.
pub fn check_request(name: &str, wanted: &Value, seen: &Seen) {
    assert_eq!(seen.method, wanted["method"].as_str().expect("a method"), "{name}");
    assert_eq!(seen.path, wanted["path"].as_str().expect("a path"), "{name}");
    for (header, expected) in wanted["headers"].as_object().into_iter().flatten() {
        let given = seen.headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(given, expected.as_str().expect("a header"), "{name}: {header}");
    }
    let query: BTreeMap<String, String> = match wanted.get("query") {
        Some(query) => serde_json::from_value(query.clone()).expect("texts"),
        None => BTreeMap::new(),
    };
    assert_eq!(seen.query, query, "{name}: query");
    match (wanted.get("json"), wanted.get("form")) {
        (Some(json), _) => {
            let given: Value = serde_json::from_slice(&seen.body).expect("a JSON body");
            assert_eq!(&given, json, "{name}: body");
        }
        (None, Some(form)) => {
            let given: BTreeMap<String, String> =
                url::form_urlencoded::parse(&seen.body).into_owned().collect();
            let wanted: BTreeMap<String, String> = serde_json::from_value(form.clone()).expect("texts");
            assert_eq!(given, wanted, "{name}: form");
        }
        (None, None) => assert!(seen.body.is_empty(), "{name}: a body that nobody asked for"),
    }
}

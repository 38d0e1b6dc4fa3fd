//! A host that answers by a script and remembers what came.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use airwallex::{Client, Config, Token};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The status of an answer that never comes.
pub const NEVER: u16 = 0;

type Script = Arc<dyn Fn(&Seen, usize) -> (u16, Value) + Send + Sync>;

/// A host that answers by a script, given the request and how many of its path came before.
#[derive(Clone)]
pub struct Host {
    script: Script,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Host {
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().expect("unpoisoned");
        seen.iter().filter(|one| one.target.starts_with(path)).cloned().collect()
    }
}

async fn respond(
    State(host): State<Host>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let seen = Seen { method, target: uri.to_string(), headers, body };
    let before = host.seen(uri.path()).len();
    host.seen.lock().expect("unpoisoned").push(seen.clone());
    let (status, answer) = (host.script)(&seen, before);
    if status == NEVER {
        std::future::pending::<()>().await;
    }
    let status = StatusCode::from_u16(status).expect("a status");
    // What is no JSON is told as it stands.
    let body = answer.get("raw").and_then(Value::as_str).map_or_else(|| answer.to_string(), str::to_owned);
    let mut response = (status, [("x-awx-trace-id", "trace-of-the-header")], body).into_response();
    if let Some(seconds) = answer.get("retry-after") {
        response.headers_mut().insert("retry-after", seconds.to_string().parse().expect("a header"));
    }
    response
}

pub struct Bench {
    pub host: Host,
    pub url: url::Url,
    _server: tokio::task::JoinSet<()>,
}

pub async fn bench(script: impl Fn(&Seen, usize) -> (u16, Value) + Send + Sync + 'static) -> Bench {
    let host = Host { script: Arc::new(script), seen: Arc::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address")).parse().expect("a URL");
    let app = axum::Router::new().fallback(respond).with_state(host.clone());
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move { axum::serve(listener, app).await.expect("serves") });
    Bench { host, url, _server: server }
}

impl Bench {
    pub fn config(&self) -> Config {
        Config {
            application: Some(airwallex::Application {
                id: "appid_sandbox".to_owned(),
                secret: Token::new("app-secret-value".to_owned()),
            }),
            deadline: Duration::from_secs(5),
            limits: airwallex::Limits::Off,
            ..Config::new(self.url.clone(), "client-id", Token::new("api-key-value".to_owned()))
        }
    }

    pub fn client(&self) -> Client {
        Client::new(self.config()).expect("a client")
    }
}

pub const LOGIN: &str = "/api/v1/authentication/login";

/// Logins count up; everything else by the script.
pub fn with_logins(
    script: impl Fn(&Seen, usize) -> (u16, Value) + Send + Sync + 'static,
) -> impl Fn(&Seen, usize) -> (u16, Value) + Send + Sync + 'static {
    move |seen, before| {
        if seen.target.ends_with("/authentication/login") {
            return (201, json!({ "token": format!("token-{before}") }));
        }
        script(seen, before)
    }
}

pub fn bearer(seen: &Seen) -> String {
    seen.headers["authorization"].to_str().expect("a text").to_owned()
}

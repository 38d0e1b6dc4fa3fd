//! What the client writes into logs. Alone in its process: a subscriber of one test would miss what another
//! test's thread met first.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use airwallex::api::{accounts, oauth};
use airwallex::{Access, Client, Config, Error, Token};
use axum::http::{StatusCode, Uri};
use futures_util::TryStreamExt;
use serde_json::json;

/// Logs in whoever asks, tells one account, and refuses everything else.
async fn respond(uri: Uri) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let (status, trace, body) = match uri.path() {
        path if path.ends_with("/authentication/login") => {
            (StatusCode::CREATED, "t-login", json!({ "token": "token-0" }))
        }
        "/api/v1/account" => (StatusCode::OK, "t-fine", json!({ "id": "acct_1", "status": "ACTIVE" })),
        "/oauth/token" => {
            let told = json!({ "error": "invalid_grant", "error_description": "rt_presented is dead" });
            (StatusCode::BAD_REQUEST, "t-oauth", told)
        }
        _ => {
            let told = json!({
                "code": "invalid_argument", "message": "iban GB29NWBK is wrong", "trace_id": "t-77",
            });
            (StatusCode::BAD_REQUEST, "t-header", told)
        }
    };
    (status, [("x-awx-trace-id", trace)], body.to_string())
}

/// Everything that a subscriber is told, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_name_route_outcome_and_trace_and_hold_no_secret_id_query_or_body() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url: url::Url =
        format!("http://{}/", listener.local_addr().expect("an address")).parse().expect("a URL");
    let app = axum::Router::new().fallback(respond);
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move { axum::serve(listener, app).await.expect("serves") });
    let key = Token::new("api-key-value".to_owned());
    let config = Config { repeats: 0, ..Config::new(url.clone(), "client-id", key) };
    let printed = format!("{config:?}");
    let client = Client::new(config).expect("a client");
    accounts::own(&client, &Access::Platform).await.expect("an account");
    let filter =
        accounts::Filter { email: Some("mira@example.test".to_owned()), ..accounts::Filter::default() };
    let listed: Result<Vec<_>, Error> = accounts::all(&client, filter).try_collect().await;
    let refused = listed.expect_err("refused");
    let unknown = accounts::get(&client, "acct_of_mira").await.expect_err("refused");
    let told =
        accounts::create(&client, &json!({ "primary_contact": { "email": "mira@example.test" } })).await;
    let oauth = oauth::OAuth::new(oauth::Config {
        app_id: "app-id".to_owned(),
        app_secret: Token::new("app-secret-value".to_owned()),
        authorize_url: url.clone(),
        token_url: url.join("/oauth/token").expect("a URL"),
        redirect_url: url.clone(),
        timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(5),
        limits: airwallex::Limits::Off,
        quota: None,
    })
    .expect("a client");
    let presented = Token::new("rt_presented".to_owned());
    let dead = oauth
        .refresh(oauth.turn().await.expect("a turn"), &presented, oauth::always())
        .await
        .expect_err("refused");
    assert_eq!(dead.trace_id.as_deref(), Some("t-oauth"));
    let text = String::from_utf8(log.0.lock().expect("unpoisoned").clone()).expect("text");
    // What this crate says: the connection's own library is not ours.
    let ours: String = text.lines().filter(|line| line.contains("airwallex")).collect::<Vec<_>>().join("\n");
    for wanted in
        ["/api/v1/accounts", "t-77", "refused", "t-fine", "/oauth/token", "t-oauth", "invalid_grant"]
    {
        assert!(ours.contains(wanted), "{wanted} in {ours}");
    }
    let client = format!("{client:?}");
    for text in [
        ours,
        printed,
        client,
        format!("{refused} {refused:?} {unknown:?} {dead} {dead:?}"),
        format!("{told:?}"),
    ] {
        for secret in [
            "api-key-value",
            "acct_of_mira",
            "token-0",
            "GB29NWBK",
            "mira@example.test",
            "rt_presented",
            "app-secret-value",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

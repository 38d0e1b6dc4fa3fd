//! Every request is written as the contract documents say, and every documented answer is understood.
//!
//! A stub answers with the document's own words; the sandbox has no part in this.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use airwallex::api::transfers::{ApplicationFee, NewTransfer};
use airwallex::api::{accounts, balances, beneficiaries, hosted_flows, oauth, schemas, transfers, webhooks};
use airwallex::token_transport::TokenError;
use airwallex::{Access, Amount, Client, Error, Token};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

const VALUES: [(&str, &str); 11] = [
    ("token", "example-token"),
    ("access_token", "at_seller"),
    ("refresh_token", "rt_stored"),
    ("code", "example-code"),
    ("verifier", "example-verifier-example-verifier-example-ve"),
    ("redirect_uri", "http://127.0.0.1:8080/connect/airwallex/callback"),
    ("account", "acct_7QmXv0Zr2kTnB4yLc9WpHd"),
    ("beneficiary", "5c1e7b1a-3a5e-4a0e-8a54-0f6a5b1c2d3e"),
    ("transfer", "0b8f9a34-5d0e-4c7e-9d2a-1a2b3c4d5e6f"),
    ("flow", "ahfi_example"),
    ("request_id", "t-2f6b9d10-66a0"),
];

fn value(name: &str) -> &'static str {
    VALUES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).expect("a known name")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract")
}

/// Every case with its name, its `{names}` filled in.
fn cases() -> Vec<(String, Value)> {
    let mut found = vec![];
    for resource in std::fs::read_dir(folder()).expect("contract cases").filter_map(Result::ok) {
        if !resource.path().is_dir() || resource.file_name() == "events" {
            continue;
        }
        for file in std::fs::read_dir(resource.path()).expect("a folder").filter_map(Result::ok) {
            let mut text = std::fs::read_to_string(file.path()).expect("a case");
            for (name, value) in VALUES {
                text = text.replace(&format!("{{{name}}}"), value);
            }
            let name = format!("{}/{}", resource.file_name().display(), file.file_name().display());
            let case: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            found.push((name, case));
        }
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    assert!(found.len() > 40, "the cases are there");
    found
}

#[derive(Debug, Clone)]
struct Seen {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: HeaderMap,
    body: Vec<u8>,
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
struct Bench {
    client: Client,
    oauth: oauth::OAuth,
    seen: Arc<Mutex<Vec<Seen>>>,
    _server: tokio::task::JoinSet<()>,
}

async fn bench(case: &Value) -> Bench {
    let seen = Arc::new(Mutex::new(vec![]));
    let is_login = case["client"] == "login";
    let stub = Stub { answer: case["answer"].clone(), is_login, seen: seen.clone() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base: url::Url =
        format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
    let mut server = tokio::task::JoinSet::new();
    let app = axum::Router::new().fallback(respond).with_state(stub);
    server.spawn(async move { axum::serve(listener, app).await.expect("serves") });
    let client = Client::new(airwallex::Config {
        api_url: base.clone(),
        api_version: "2026-08-21".to_owned(),
        client_id: "sandbox_client".to_owned(),
        api_key: Token::new("sandbox_api_key".to_owned()),
        deadline: Duration::from_secs(5),
        limits: airwallex::Limits::Off,
    });
    let oauth = oauth::OAuth::new(oauth::Config {
        app_id: "appid_sandbox".to_owned(),
        app_secret: Token::new("sandbox_app_secret".to_owned()),
        authorize_url: base.join("/oauth/authorize").expect("a URL"),
        token_url: base.join("/oauth/token").expect("a URL"),
        redirect_url: value("redirect_uri").parse().expect("a URL"),
        timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(3),
    });
    Bench { client: client.expect("a client"), oauth: oauth.expect("a client"), seen, _server: server }
}

fn ended<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    let read = format!("{result:#?}");
    let outcome = match result {
        Ok(_) => "ok",
        Err(Error::Refused(_)) => "refused",
        Err(Error::Duplicate(_)) => "duplicate",
        Err(Error::Unauthorized(_)) => "unauthorized",
        Err(Error::Limited(_)) => "limited",
        Err(Error::NotSent(_)) => "not_sent",
        Err(Error::Unknown(_)) => "unknown",
    };
    (outcome.to_owned(), read)
}

fn ended_token(result: Result<oauth::TokenPair, TokenError>) -> (String, String) {
    let read = format!("{result:#?}");
    let outcome = match result {
        Ok(_) => "ok",
        Err(TokenError::InvalidGrant) => "invalid_grant",
        Err(TokenError::Misconfigured(_)) => "misconfigured",
        Err(TokenError::Limited) => "limited",
        Err(TokenError::NotSent(_)) => "not_sent",
        Err(TokenError::Unknown(_)) => "unknown",
    };
    (outcome.to_owned(), read)
}

/// The transfer that a document's body describes, in the client's own type.
fn new_transfer(body: &Value) -> NewTransfer {
    let text = |name: &str| body[name].as_str().expect(name).to_owned();
    let amount = |value: &Value| Amount(value.as_str().expect("an amount").parse().expect("a decimal"));
    let fees = body.get("application_fee_options").and_then(Value::as_array).cloned().unwrap_or_default();
    NewTransfer {
        request_id: text("request_id"),
        beneficiary_id: text("beneficiary_id"),
        source_currency: text("source_currency"),
        transfer_currency: text("transfer_currency"),
        transfer_amount: amount(&body["transfer_amount"]),
        transfer_method: text("transfer_method"),
        reason: text("reason"),
        reference: text("reference"),
        application_fee_options: fees
            .iter()
            .map(|fee| {
                ApplicationFee::fixed(
                    amount(&fee["amount"]),
                    fee["currency"].as_str().expect("a code").to_owned(),
                )
            })
            .collect(),
        metadata: body.get("metadata").cloned().unwrap_or_default(),
    }
}

/// Makes the call that a document names; answers its outcome and what was read.
async fn call(bench: &Bench, name: &str, body: &Value) -> (String, String) {
    let client = &bench.client;
    let account = value("account").to_owned();
    let behalf = &Access::OnBehalfOf(account.clone());
    let seller = &Access::Seller(Token::new(value("access_token").to_owned()));
    let token = |name: &str| Token::new(value(name).to_owned());
    let text = |name: &str| body[name].as_str().expect(name).to_owned();
    match name {
        "login" => ended(client.ready(&Access::Platform).await.map(|_| "a token")),
        "oauth::exchange" => {
            ended_token(bench.oauth.exchange(&token("code"), &token("verifier"), oauth::always()).await)
        }
        "oauth::refresh" => ended_token(bench.oauth.refresh(&token("refresh_token"), oauth::always()).await),
        "accounts::own seller" => ended(accounts::own(client, seller).await),
        "accounts::own behalf" => ended(accounts::own(client, behalf).await),
        "accounts::wallet_info seller" => ended(accounts::wallet_info(client, seller).await),
        "accounts::get" => ended(accounts::get(client, &account).await),
        "accounts::update" => ended(accounts::update(client, &account, body).await),
        "accounts::submit" => ended(accounts::submit(client, &account).await),
        "accounts::agree_to_terms" => ended(accounts::agree_to_terms(client, &account, body).await),
        "hosted_flows::create" => {
            let (template, return_url, error_url) = (text("template"), text("return_url"), text("error_url"));
            let flow = hosted_flows::NewHostedFlow {
                account_id: &account,
                template: &template,
                return_url: &return_url,
                error_url: &error_url,
            };
            ended(hosted_flows::create(client, &flow).await)
        }
        "hosted_flows::get" => ended(hosted_flows::get(client, value("flow")).await),
        "hosted_flows::authorize" => {
            ended(hosted_flows::authorize(client, value("flow"), &text("identity")).await)
        }
        "balances::current" => ended(balances::current(client, behalf).await),
        "schemas::form" => {
            let condition = schemas::Condition {
                bank_country_code: text("bank_country_code"),
                account_currency: text("account_currency"),
                transfer_method: text("transfer_method"),
                local_clearing_system: Some(text("local_clearing_system")),
                entity_type: text("entity_type"),
                account_routing_type1: None,
            };
            ended(schemas::form(client, behalf, &condition).await)
        }
        "beneficiaries::create" => ended(beneficiaries::create(client, behalf, body).await),
        "beneficiaries::validate" => ended(beneficiaries::validate(client, behalf, body).await),
        "beneficiaries::list" => ended(beneficiaries::list(client, behalf, 0).await),
        "transfers::create" => {
            let frozen = serde_json::to_string(&new_transfer(body)).expect("JSON");
            let ready = client.ready(behalf).await.expect("a login");
            ended(transfers::create(client, ready, "2026-08-21", &frozen).await)
        }
        "transfers::get" => ended(transfers::get(client, behalf, value("transfer")).await),
        "transfers::find" => ended(transfers::find(client, behalf, value("request_id")).await),
        "transfers::cancel" => ended(transfers::cancel(client, behalf, value("transfer")).await),
        "webhooks::create" => {
            let (request_id, url, version) = (text("request_id"), text("url"), text("version"));
            let events: Vec<&str> =
                body["events"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            let wanted = webhooks::NewWebhook {
                request_id: &request_id,
                url: &url,
                version: &version,
                events: &events,
            };
            let secret = Token::new("sandbox_app_secret".to_owned());
            let made = webhooks::create(client, "appid_sandbox", &secret, &wanted).await;
            ended(made.map(|webhook| (webhook.id, webhook.url)))
        }
        other => panic!("no call is named {other}"),
    }
}

fn check_request(name: &str, wanted: &Value, seen: &Seen) {
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

#[tokio::test]
async fn requests_are_written_and_answers_understood_as_documented() {
    let mut count = 0;
    for (name, case) in cases() {
        let Some(wanted) = case["client"].as_str() else { continue };
        count += 1;
        let bench = bench(&case).await;
        let body = case["request"].get("json").cloned().unwrap_or(Value::Null);
        let (outcome, read) = call(&bench, wanted, &body).await;
        assert_eq!(outcome, case["outcome"].as_str().expect("an outcome"), "{name}: {read}");
        let seen = bench.seen.lock().expect("unpoisoned").clone();
        assert_eq!(seen.len(), 1, "{name}: sent once");
        check_request(&name, &case["request"], &seen[0]);
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots" }, {
            insta::assert_snapshot!(name.trim_end_matches(".json").replace('/', "__"), read);
        });
        for secret in ["at_example", "rt_example", "whsec_example", "rt_stored"] {
            assert!(!read.contains(secret), "{name}: a secret can be printed");
        }
    }
    assert!(count > 30, "only {count} cases name a call");
}

#[test]
fn documented_deliveries_are_believed_and_changed_ones_are_not() {
    use airwallex::event::{Event, SignatureError, Window, verify};
    let text = std::fs::read_to_string(folder().join("events/transfer_paid.json")).expect("a case");
    let case: Value = serde_json::from_str(&text).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (secret, body) = (text(&case["secret"]), text(&case["body"]));
    let (timestamp, signature) =
        (text(&case["headers"]["x-timestamp"]), text(&case["headers"]["x-signature"]));
    let signed_at =
        chrono::DateTime::from_timestamp_millis(timestamp.parse().expect("ms")).expect("an instant");
    let check = |body: &str, secrets: &[&str], after: i64| {
        let now = signed_at + chrono::Duration::seconds(after);
        let secrets = secrets.iter().copied();
        verify(secrets, Some(&timestamp), Some(&signature), body.as_bytes(), now, Window::default())
    };
    assert_eq!(check(&body, &["another", &secret], 1), Ok(()));
    assert_eq!(check(&body, &["another"], 1), Err(SignatureError::Mismatch));
    assert_eq!(check(&body.replace("PAID", "SENT"), &[&secret], 1), Err(SignatureError::Mismatch));
    assert_eq!(check(&body, &[&secret], 5 * 24 * 3600), Err(SignatureError::OutsideWindow));
    let event = Event::parse(body.as_bytes()).expect("an event");
    assert_eq!(
        (event.name.as_str(), event.object()["status"].as_str()),
        ("payout.transfer.paid", Some("PAID"))
    );
}

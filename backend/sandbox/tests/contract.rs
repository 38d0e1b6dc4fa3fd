//! The sandbox's answers, compared with the contract documents. Speaks plain HTTP, as any stranger would:
//! the client's code has no part in this.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use airwallex_sandbox::{Options, Running};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const BACK: &str = "http://127.0.0.1:8080/connect/airwallex/callback";
const VERIFIER: &str = "example-verifier-example-verifier-example-ve";

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

/// A fresh sandbox, brought to where a case begins, and the names it has learnt on the way.
struct Stage {
    url: String,
    http: reqwest::Client,
    names: BTreeMap<String, String>,
    _running: Running,
}

const STEPS: [&str; 8] = ["none", "login", "code", "connected", "active", "beneficiary", "transfer", "sent"];

impl Stage {
    async fn at(given: &str, webhook_url: Option<String>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let options = Options { webhook_url, seed: Some(1), ..Options::default() };
        let running = airwallex_sandbox::start(listener, options).await.expect("the sandbox starts");
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        let mut stage = Self {
            url: running.url(),
            http: http.expect("a client"),
            names: [
                ("code", "an-invented-code"),
                ("refresh_token", "rt_invented"),
                ("verifier", VERIFIER),
                ("redirect_uri", BACK),
                ("request_id", "t-2f6b9d10-66a0"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
            _running: running,
        };
        // A Wednesday: nothing is dealt in on weekends.
        stage.control("clock", json!({ "set": "2026-11-18T09:00:00Z" })).await;
        let (target, flow) = if given == "flow" { ("connected", true) } else { (given, false) };
        let last = STEPS.iter().position(|step| *step == target).unwrap_or_else(|| panic!("no step {given}"));
        for step in &STEPS[1..=last] {
            stage.step(step).await;
        }
        if flow {
            stage.step("flow").await;
        }
        stage
    }

    async fn step(&mut self, step: &str) {
        match step {
            "login" => {
                let headers = json!({ "x-client-id": "sandbox_client", "x-api-key": "sandbox_api_key" });
                let (_, made) = self.send("POST", "/api/v1/authentication/login", &headers, json!({})).await;
                self.learn("token", &made["token"]);
            }
            "code" => self.consent().await,
            "connected" => {
                let form = [
                    ("grant_type", "authorization_code"),
                    ("code", &self.names["code"]),
                    ("redirect_uri", BACK),
                    ("code_verifier", VERIFIER),
                    ("client_id", "appid_sandbox"),
                    ("client_secret", "sandbox_app_secret"),
                ];
                let request = self.http.post(format!("{}/oauth/token", self.url)).form(&form);
                let text = request.send().await.expect("an answer").text().await.expect("a body");
                let pair: Value = serde_json::from_str(&text).expect("JSON");
                self.learn("access_token", &pair["access_token"]);
                self.learn("refresh_token", &pair["refresh_token"]);
                self.learn("account", &pair["account_id"]);
            }
            "flow" => {
                let body = json!({
                    "account_id": self.names["account"], "template": "tmpl_sandbox_kyc",
                    "return_url": "http://127.0.0.1:8080/back",
                });
                let made = self.call("/api/v1/hosted_flows/create", false, body).await;
                self.learn("flow", &made["id"]);
            }
            "active" => {
                let account = self.names["account"].clone();
                self.control(&format!("accounts/{account}/review"), json!({ "status": "ACTIVE" })).await;
                let money = json!({ "account_id": account, "currency": "GBP", "amount": "1203.55" });
                self.control("wallets", money).await;
            }
            "beneficiary" => {
                let document = read(&folder().join("beneficiaries/create.json"))["request"]["json"].clone();
                let made = self.call("/api/v1/beneficiaries/create", true, document).await;
                self.learn("beneficiary", &made["id"]);
            }
            "transfer" => {
                let wanted = read(&folder().join("transfers/create.json"))["request"]["json"].clone();
                let wanted = self.fill(&wanted);
                let made = self.call("/api/v1/transfers/create", true, wanted).await;
                self.learn("transfer", &made["id"]);
            }
            "sent" => {
                let path = format!("transfers/{}/transition", self.names["transfer"]);
                for next in ["PROCESSING", "SENT"] {
                    self.control(&path, json!({ "next_status": next })).await;
                }
            }
            other => panic!("no step {other}"),
        }
    }

    /// Walks the hosted pages with plain forms; the code comes back in the last redirect.
    async fn consent(&mut self) {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()));
        let mut at = reqwest::Url::parse(&format!("{}/oauth/authorize", self.url)).expect("a URL");
        at.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", "appid_sandbox")
            .append_pair("redirect_uri", BACK)
            .append_pair("scope", "account_details:read balance:read")
            .append_pair("state", "a-state")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("sign_up", "true");
        let mut page = self.redirect(self.http.get(at)).await;
        for form in [
            vec![
                ("name", "Hazel"),
                ("business_name", "Blue Kiln"),
                ("email", "hazel@studio.example"),
                ("password", "sandbox-password"),
            ],
            vec![("code", "000000")],
            vec![("use", "MAKE_TRANSFERS")],
            vec![("authorise", "1")],
        ] {
            page = self.redirect(self.http.post(page).form(&form)).await;
        }
        let given: BTreeMap<String, String> = page.query_pairs().into_owned().collect();
        assert_eq!(given["state"], "a-state");
        self.names.insert("code".to_owned(), given["code"].clone());
    }

    async fn redirect(&self, request: reqwest::RequestBuilder) -> reqwest::Url {
        let response = request.send().await.expect("an answer");
        let to = response.headers().get("location").and_then(|value| value.to_str().ok());
        let to = to.unwrap_or_else(|| panic!("{} answered {}", response.url(), response.status()));
        response.url().join(to).expect("a URL")
    }

    async fn control(&self, path: &str, body: Value) {
        let request = self.http.post(format!("{}/_control/{path}", self.url)).body(body.to_string());
        let status = request.send().await.expect("an answer").status();
        assert!(status.is_success(), "{path}: {status}");
    }

    async fn call(&self, path: &str, on_behalf: bool, body: Value) -> Value {
        let mut headers = json!({
            "authorization": format!("Bearer {}", self.names["token"]), "x-api-version": "2026-08-21",
        });
        if on_behalf {
            headers["x-on-behalf-of"] = json!(self.names["account"]);
        }
        let (status, answer) = self.send("POST", path, &headers, body).await;
        assert!(status.is_success(), "{path}: {answer}");
        answer
    }

    async fn send(&self, method: &str, path: &str, headers: &Value, body: Value) -> (StatusCode, Value) {
        let request = json!({ "method": method, "path": path, "headers": headers, "json": body });
        self.play(&request).await
    }

    /// Sends a document's request.
    async fn play(&self, request: &Value) -> (StatusCode, Value) {
        let text = |name: &str| request[name].as_str().expect(name);
        let method = Method::from_bytes(text("method").as_bytes()).expect("a method");
        let mut url = reqwest::Url::parse(&format!("{}{}", self.url, text("path"))).expect("a URL");
        for (name, value) in request["query"].as_object().into_iter().flatten() {
            url.query_pairs_mut().append_pair(name, value.as_str().expect("a text"));
        }
        let mut sent = self.http.request(method, url);
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            sent = sent.header(name, value.as_str().expect("a text"));
        }
        if let Some(body) = request.get("json") {
            sent = sent.header("content-type", "application/json").body(body.to_string());
        }
        if let Some(form) = request.get("form") {
            let form: BTreeMap<String, String> = serde_json::from_value(form.clone()).expect("texts");
            sent = sent.form(&form);
        }
        let response = sent.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn learn(&mut self, name: &str, value: &Value) {
        let value = value.as_str().unwrap_or_else(|| panic!("{name} is missing")).to_owned();
        self.names.insert(name.to_owned(), value);
    }

    /// A step that a case asks for: another case's request, one in place, or an order to the sandbox.
    async fn before(&mut self, step: &Value) -> Result<(), String> {
        if let Some(name) = step.as_str() {
            let case = read(&folder().join(format!("{name}.json")));
            return self.request(&case).await.map_err(|told| format!("{name}: {told}"));
        }
        let Some(path) = step["control"].as_str() else { return self.request(step).await };
        let (path, body) = (self.fill(&json!(path)), self.fill(&step["json"]));
        let url = format!("{}/_control/{}", self.url, path.as_str().unwrap_or_default());
        let answer = self.http.post(url).body(body.to_string()).send().await.expect("an answer");
        let status = answer.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("{path}: {}", answer.text().await.expect("a body")))
        }
    }

    /// Plays a step's request and remembers what it teaches.
    async fn request(&mut self, step: &Value) -> Result<(), String> {
        let (status, answer) = self.play(&self.fill(&step["request"])).await;
        if !status.is_success() {
            return Err(format!("{status} {answer}"));
        }
        for (name, path) in step["learns"].as_object().into_iter().flatten() {
            let pointer = format!("/{}", path.as_str().unwrap_or_default().replace('.', "/"));
            match answer.pointer(&pointer).and_then(Value::as_str) {
                Some(value) => self.names.insert(name.clone(), value.to_owned()),
                None => return Err(format!("{pointer} is missing in {answer}")),
            };
        }
        Ok(())
    }

    /// A document with its `{names}` filled in.
    fn fill(&self, document: &Value) -> Value {
        let mut text = document.to_string();
        for (name, value) in &self.names {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        serde_json::from_str(&text).expect("JSON")
    }
}

/// Whether a member of the answer is compared by its type only; `*` stands for every item of a list.
fn varies(case: &Value, path: &str) -> bool {
    let varying = case["varies"].as_array().into_iter().flatten().filter_map(Value::as_str);
    varying.into_iter().any(|wanted| {
        let (wanted, path): (Vec<&str>, Vec<&str>) = (wanted.split('.').collect(), path.split('.').collect());
        wanted.len() == path.len()
            && wanted
                .iter()
                .zip(&path)
                .all(|(wanted, given)| wanted == given || (*wanted == "*" && given.parse::<usize>().is_ok()))
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Every documented member is there and as documented; the sandbox may say more.
fn compare(case: &Value, path: &str, wanted: &Value, given: &Value, wrong: &mut Vec<String>) {
    if varies(case, path) {
        let may_be_null = wanted.is_null() || given.is_null() && path == "url";
        if kind(wanted) != kind(given) && !may_be_null {
            wrong.push(format!("{path}: a {} instead of a {}", kind(given), kind(wanted)));
        }
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) => {
            for (name, value) in wanted {
                match given.get(name) {
                    Some(given) => compare(case, &below(name), value, given, wrong),
                    None => wrong.push(format!("{} is missing", below(name))),
                }
            }
        }
        (Value::Array(wanted), Value::Array(given)) if wanted.len() == given.len() => {
            for (index, (wanted, given)) in wanted.iter().zip(given).enumerate() {
                compare(case, &below(&index.to_string()), wanted, given, wrong);
            }
        }
        (Value::Number(wanted), Value::Number(given)) if wanted.as_f64() == given.as_f64() => {}
        (wanted, given) if wanted == given => {}
        (wanted, given) => wrong.push(format!("{path}: {given} instead of {wanted}")),
    }
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

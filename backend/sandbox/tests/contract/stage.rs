//! A sandbox brought to where a case begins, by plain HTTP.

use std::collections::BTreeMap;

use airwallex_sandbox::{Options, Running};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::{folder, read};

const BACK: &str = "http://127.0.0.1:8080/connect/airwallex/callback";
const VERIFIER: &str = "example-verifier-example-verifier-example-ve";

/// A fresh sandbox, brought to where a case begins, and the names it has learnt on the way.
pub struct Stage {
    url: String,
    http: reqwest::Client,
    pub names: BTreeMap<String, String>,
    _running: Running,
}

/// What an answer says besides its body.
pub struct Response {
    pub status: u16,
    pub location: Option<String>,
}

const STEPS: [&str; 8] = ["none", "login", "code", "connected", "active", "beneficiary", "transfer", "sent"];

impl Stage {
    /// `listener` is where events go, and the version that tells them.
    pub async fn at(given: &str, listener: Option<(&str, &str)>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let options = Options { seed: Some(1), ..Options::default() };
        let running = airwallex_sandbox::start(socket, options).await.expect("the sandbox starts");
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
        if let Some((url, version)) = listener {
            stage.control("webhooks", json!({ "url": url, "version": version })).await;
        }
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

    pub async fn control(&self, path: &str, body: Value) {
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

    async fn play(&self, request: &Value) -> (StatusCode, Value) {
        let (response, answer) = self.exchange(request).await;
        (StatusCode::from_u16(response.status).expect("a status"), answer)
    }

    /// Sends a document's request; answers what came, its body as JSON or as text.
    pub async fn exchange(&self, request: &Value) -> (Response, Value) {
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
        let location = response.headers().get("location").and_then(|value| value.to_str().ok());
        let head = Response { status: response.status().as_u16(), location: location.map(str::to_owned) };
        let text = response.text().await.expect("a body");
        (head, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn learn(&mut self, name: &str, value: &Value) {
        let value = value.as_str().unwrap_or_else(|| panic!("{name} is missing")).to_owned();
        self.names.insert(name.to_owned(), value);
    }

    /// A step that a case asks for: another case's request, one in place, or an order to the sandbox.
    pub async fn before(&mut self, step: &Value) -> Result<(), String> {
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
    pub fn fill(&self, document: &Value) -> Value {
        let mut text = document.to_string();
        for (name, value) in &self.names {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        serde_json::from_str(&text).expect("JSON")
    }
}

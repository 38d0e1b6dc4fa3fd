//! A sandbox on a free port, and a stranger who speaks plain HTTP to it.

use airwallex_sandbox::{Options, Running};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

pub const BACK: &str = "http://127.0.0.1:8080/connect/airwallex/callback";
const VERIFIER: &str = "example-verifier-example-verifier-example-ve";

/// Who is asked, as whom.
pub struct Stranger {
    pub url: String,
    pub http: reqwest::Client,
    /// Who signs up on the hosted pages.
    pub email: String,
    /// The platform's token.
    pub token: String,
    /// A connected account that is ACTIVE.
    pub account: String,
    pub refresh_token: String,
    pub beneficiary: String,
    _running: Option<Running>,
}

pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.build().expect("a client")
}

impl Stranger {
    /// A sandbox in this process, with a connected account, money and a payee.
    pub async fn start(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let running = airwallex_sandbox::start(listener, options).await.expect("the sandbox starts");
        let mut stranger = Self::at(running.url());
        stranger._running = Some(running);
        stranger.settle_in().await;
        stranger
    }

    /// A sandbox that somebody else started.
    pub fn at(url: String) -> Self {
        let nothing = String::new;
        Self {
            url,
            http: http(),
            email: "hazel@studio.example".to_owned(),
            token: nothing(),
            account: nothing(),
            refresh_token: nothing(),
            beneficiary: nothing(),
            _running: None,
        }
    }

    pub async fn settle_in(&mut self) {
        self.log_in().await;
        self.connect().await;
        self.control(&format!("accounts/{}/review", self.account), json!({ "status": "ACTIVE" })).await;
        self.top_up("GBP", "1000").await;
        let (status, made) = self.behalf("POST", "/api/v1/beneficiaries/create", payee()).await;
        assert_eq!(status, 201, "{made}");
        self.beneficiary = text(&made["id"]);
    }

    pub async fn log_in(&mut self) {
        let request = self
            .http
            .post(format!("{}/api/v1/authentication/login", self.url))
            .header("x-client-id", "sandbox_client")
            .header("x-api-key", "sandbox_api_key");
        let (_, told) = answer(request).await;
        self.token = text(&told["token"]);
    }

    /// Through the hosted pages, and the code exchanged.
    async fn connect(&mut self) {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()));
        let asked = [
            ("response_type", "code"),
            ("client_id", "appid_sandbox"),
            ("redirect_uri", BACK),
            ("scope", "account_details:read balance:read transfer:write"),
            ("state", "a-state"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("sign_up", "true"),
        ];
        let mut page =
            self.follow(self.http.get(format!("{}/oauth/authorize", self.url)).query(&asked)).await;
        for form in [
            vec![
                ("name", "Hazel"),
                ("business_name", "Blue Kiln"),
                ("email", self.email.as_str()),
                ("password", "sandbox-password"),
            ],
            vec![("code", "000000")],
            vec![("use", "MAKE_TRANSFERS"), ("use", "CONVERT_FUNDS")],
            vec![("authorise", "1")],
        ] {
            page = self.follow(self.http.post(page).form(&form)).await;
        }
        let code = page.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
            ("client_id", "appid_sandbox"),
            ("client_secret", "sandbox_app_secret"),
        ];
        let (status, pair) = answer(self.http.post(format!("{}/oauth/token", self.url)).form(&form)).await;
        assert_eq!(status, 200, "{pair}");
        self.account = text(&pair["account_id"]);
        self.refresh_token = text(&pair["refresh_token"]);
    }

    async fn follow(&self, request: reqwest::RequestBuilder) -> reqwest::Url {
        let response = request.send().await.expect("an answer");
        let to = response.headers().get("location").and_then(|value| value.to_str().ok());
        let to = to.unwrap_or_else(|| panic!("{} answered {}", response.url(), response.status()));
        response.url().join(to).expect("a URL")
    }

    pub fn refresh(&self, token: &str) -> reqwest::RequestBuilder {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", "appid_sandbox"),
            ("client_secret", "sandbox_app_secret"),
        ];
        self.http.post(format!("{}/oauth/token", self.url)).form(&form)
    }

    pub fn request(&self, method: &str, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method.clone(), format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.token).header("x-api-version", "2026-08-21");
        if method == Method::GET {
            request
        } else {
            request.header("content-type", "application/json").body(body.to_string())
        }
    }

    /// As the platform, for the connected account.
    pub async fn behalf(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request(method, path, &body).header("x-on-behalf-of", &self.account)).await
    }

    /// As the platform itself.
    pub async fn platform(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request(method, path, &body)).await
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/_control/{path}", self.url)).body(body.to_string());
        let (status, told) = answer(request).await;
        assert!(status.is_success(), "{path}: {told}");
        told
    }

    pub async fn look(&self, path: &str) -> Value {
        answer(self.http.get(format!("{}/_control/{path}", self.url))).await.1
    }

    pub async fn top_up(&self, currency: &str, amount: &str) {
        let money = json!({ "account_id": self.account, "currency": currency, "amount": amount });
        self.control("wallets", money).await;
    }

    pub fn transfer(&self, request_id: &str) -> Value {
        json!({
            "request_id": request_id,
            "beneficiary_id": self.beneficiary,
            "source_currency": "GBP",
            "transfer_currency": "GBP",
            "transfer_amount": "10.00",
            "transfer_method": "LOCAL",
            "reason": "goods_purchased",
            "reference": "Order 881",
        })
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

pub fn payee() -> Value {
    json!({
        "transfer_methods": ["LOCAL"],
        "beneficiary": {
            "type": "BANK_ACCOUNT",
            "entity_type": "COMPANY",
            "company_name": "Tidewater Crafts Ltd",
            "address": { "country_code": "GB", "street_address": "12 Harbour Street", "city": "Harbourton", "postcode": "EC1A 1BB" },
            "bank_details": {
                "bank_country_code": "GB",
                "account_currency": "GBP",
                "account_name": "Tidewater Crafts Ltd",
                "local_clearing_system": "FASTER_PAYMENTS",
                "account_routing_type1": "sort_code",
                "account_routing_value1": "204514",
                "account_number": "31926819",
            },
        },
    })
}

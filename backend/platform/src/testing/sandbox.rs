//! The sandbox inside the test's process, spoken to over HTTP like any other.

use airwallex_sandbox::{Options, Running};
use chrono::Duration;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::kernel::Instant;

/// A sandbox with its clock stopped, everything by hand.
pub struct Sandbox {
    pub url: String,
    http: reqwest::Client,
    _running: Running,
}

impl Sandbox {
    pub async fn start(webhook_url: &str, now: Instant) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let options =
            Options { webhook_url: Some(webhook_url.to_owned()), seed: Some(1), ..Options::default() };
        let running = airwallex_sandbox::start(listener, options).await.expect("the sandbox starts");
        // Whoever comes first installs it; a second time changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let sandbox = Self { url: running.url(), http, _running: running };
        sandbox.order("clock", json!({ "freeze": true, "set": now.to_rfc3339() })).await;
        sandbox
    }

    /// A tester's order, such as `faults`.
    pub async fn order(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/_control/{path}", self.url)).body(body.to_string());
        let response = request.send().await.expect("the sandbox answers");
        assert!(response.status().is_success(), "{path}: {}", response.status());
        serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
    }

    pub async fn look(&self, path: &str) -> Value {
        let response = self.http.get(format!("{}/_control/{path}", self.url)).send().await;
        let text = response.expect("the sandbox answers").text().await.expect("a body");
        serde_json::from_str(&text).expect("JSON")
    }

    pub async fn advance(&self, by: Duration) {
        let seconds = by.as_seconds_f64();
        self.order("clock", json!({ "advance_seconds": seconds })).await;
    }

    /// Bends the next `times` requests to a path; without a number, all until [`mend`](Self::mend).
    pub async fn fault(&self, path: &str, action: &str, times: Option<u32>, more: Value) {
        let mut fault = json!({ "path": path, "action": action });
        if let Some(times) = times {
            fault["times"] = json!(times);
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            fault[name] = value.clone();
        }
        self.order("faults", fault).await;
    }

    pub async fn mend(&self) {
        let deleted = self.http.delete(format!("{}/_control/faults", self.url)).send().await;
        deleted.expect("the sandbox answers");
    }

    /// Requests to a path so far.
    pub async fn calls(&self, path: &str) -> usize {
        let journal = self.look("journal").await;
        journal["items"].as_array().expect("a list").iter().filter(|line| line["path"] == path).count()
    }

    /// How many transfers there are in all.
    pub async fn transfer_count(&self) -> u64 {
        let totals = self.look("totals").await;
        totals["transfers"].as_object().expect("an object").values().filter_map(Value::as_u64).sum()
    }

    /// Presents a refresh token, as somebody who stole it together with the application's secret.
    pub async fn present(&self, token: &str) {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", "appid_sandbox"),
            ("client_secret", "sandbox_app_secret"),
        ];
        let sent = self.http.post(format!("{}/oauth/token", self.url)).form(&form).send().await;
        sent.expect("the sandbox answers");
    }

    /// Why connections were revoked.
    pub async fn revocations(&self) -> Value {
        self.look("totals").await["revocations"].clone()
    }

    pub async fn refreshes(&self, account: &str) -> u64 {
        self.look("totals").await["refreshes"][account].as_u64().expect("a connection")
    }

    /// Whether an event waits to be delivered now.
    pub async fn has_undelivered(&self) -> bool {
        let (deliveries, clock) = (self.look("webhooks").await, self.look("clock").await);
        let instant = |value: &Value| {
            let text = value.as_str().expect("an instant");
            chrono::DateTime::parse_from_rfc3339(text).expect("an instant")
        };
        let now = instant(&clock["now"]);
        let items = deliveries["items"].as_array().expect("a list");
        items.iter().any(|one| one["status"] == "QUEUED" && instant(&one["due_at"]) <= now)
    }
}

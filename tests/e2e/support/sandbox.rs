//! The tester's side of the sandbox.

use serde_json::{Value, json};

/// Steers a running sandbox.
#[derive(Clone)]
pub struct Sandbox {
    pub url: String,
    http: reqwest::Client,
}

pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        // Every request on a connection of its own, so that a balancer may send it anywhere.
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(40))
        .build()
        .expect("a client")
}

impl Sandbox {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), http: http() }
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/_control/{path}", self.url));
        let response = request.body(body.to_string()).send().await.expect("the sandbox answers");
        assert!(response.status().is_success(), "{path}: {}", response.status());
        serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
    }

    pub async fn get(&self, path: &str) -> Value {
        let response =
            self.http.get(format!("{}/_control/{path}", self.url)).send().await.expect("the sandbox answers");
        serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
    }

    pub async fn advance(&self, seconds: u64) {
        self.post("clock", json!({ "advance_seconds": seconds })).await;
    }

    /// Orders a fault for the next request to a route.
    pub async fn fault(&self, path: &str, action: &str, extra: Value) {
        let mut fault = json!({ "path": path, "action": action, "times": 1 });
        for (name, value) in extra.as_object().into_iter().flatten() {
            fault[name] = value.clone();
        }
        self.post("faults", fault).await;
    }

    /// Orders a fault for the next event of a name.
    pub async fn event_fault(&self, event: &str, action: &str) {
        self.post("faults", json!({ "event": event, "action": action, "times": 1 })).await;
    }

    pub async fn clear_faults(&self) {
        self.http.delete(format!("{}/_control/faults", self.url)).send().await.expect("the sandbox answers");
    }

    /// How many transfers there are under each `request_id`.
    pub async fn transfers(&self) -> Vec<u64> {
        let totals = self.get("totals").await;
        totals["transfers"].as_object().expect("an object").values().filter_map(Value::as_u64).collect()
    }

    /// Requests to a path so far.
    pub async fn calls(&self, path: &str) -> usize {
        let journal = self.get("journal").await;
        journal["items"].as_array().expect("a list").iter().filter(|line| line["path"] == path).count()
    }

    /// The id of the newest transfer's event, read from the deliveries.
    pub async fn newest_transfer(&self) -> Option<String> {
        let deliveries = self.get("webhooks").await;
        let items = deliveries["items"].as_array()?.clone();
        items
            .iter()
            .rev()
            .find(|one| {
                one["event"]["name"].as_str().is_some_and(|name| name.starts_with("payout.transfer."))
            })
            .and_then(|one| one["event"]["data"]["id"].as_str().map(str::to_owned))
    }

    /// Moves a transfer on, as Airwallex would.
    pub async fn transition(&self, id: &str, next: &str) {
        self.post(
            &format!("transfers/{id}/transition"),
            json!({ "next_status": next, "failure_type": "ACCOUNT_CLOSED" }),
        )
        .await;
    }
}

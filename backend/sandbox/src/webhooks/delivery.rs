//! Delivery (01 §e.5): only 200 counts, otherwise again by the schedule over about three days.
//!
//! One event after another per loop, so that an untroubled run delivers in the order of birth.

use std::time::Duration;

use chrono::Duration as Span;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::signing::sign;
use crate::store::Sandbox;
use crate::world::{Instant, World};

/// Waits between attempts, in seconds (A).
const SCHEDULE: [i64; 12] = [5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 43_200, 43_200, 86_400];
const TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

/// One event on its way to one subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    pub id: String,
    pub subscription: String,
    pub event: Value,
    pub due_at: Instant,
    pub attempts: usize,
    /// QUEUED, DELIVERED, LOST (by a fault) or GIVEN_UP.
    pub status: String,
    pub last_answer: Option<u16>,
    #[serde(default)]
    pub bad_signature: bool,
    #[serde(default)]
    pub stale: bool,
    #[serde(default)]
    pub fail_first: bool,
}

/// Queues a delivery, bent by whatever webhook faults are ordered for the event.
pub fn add(world: &mut World, now: Instant, subscription: &str, event: Value) {
    let mut delivery = Delivery {
        id: world.token("dlv_"),
        subscription: subscription.to_owned(),
        event,
        due_at: now,
        attempts: 0,
        status: "QUEUED".to_owned(),
        last_answer: None,
        bad_signature: false,
        stale: false,
        fail_first: false,
    };
    let name = delivery.event["name"].as_str().unwrap_or_default().to_owned();
    let mut copies = 1;
    for fault in crate::control::faults::take_webhooks(world, &name) {
        match fault.action.as_str() {
            "duplicate" => copies += 1,
            "delay" | "reorder" => delivery.due_at = now + Span::milliseconds(fault.ms.unwrap_or(2000)),
            "fail" => delivery.fail_first = true,
            "bad_signature" => delivery.bad_signature = true,
            "stale_timestamp" => delivery.stale = true,
            _ => delivery.status = "LOST".to_owned(),
        }
    }
    for _ in 0..copies {
        world.deliveries.push(delivery.clone());
    }
}

/// Delivers until stopped.
pub async fn run(sandbox: Sandbox, stop: CancellationToken) {
    // Whoever comes first installs it; a second time changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client with a crypto provider can be built");
    while !stop.is_cancelled() {
        let delivered = tokio::select! {
            () = stop.cancelled() => return,
            delivered = deliver_next(&sandbox, &client) => delivered,
        };
        if !delivered {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sandbox.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

struct Attempt {
    index: usize,
    url: String,
    secret: String,
    body: Vec<u8>,
    timestamp: String,
    bad_signature: bool,
    pretend_failure: bool,
}

async fn deliver_next(sandbox: &Sandbox, client: &reqwest::Client) -> bool {
    let Some(attempt) = next(sandbox) else { return false };
    let answer = if attempt.pretend_failure {
        None
    } else {
        let mut signature = sign(&attempt.secret, &attempt.timestamp, &attempt.body);
        if attempt.bad_signature {
            signature = sign("whsec_forged", &attempt.timestamp, &attempt.body);
        }
        let request = client
            .post(&attempt.url)
            .header("content-type", "application/json")
            .header("x-timestamp", &attempt.timestamp)
            .header("x-signature", signature)
            .body(attempt.body);
        request.send().await.ok().map(|response| response.status().as_u16())
    };
    record(sandbox, attempt.index, answer);
    true
}

fn next(sandbox: &Sandbox) -> Option<Attempt> {
    let state = sandbox.lock();
    let now = state.now();
    let (index, delivery) = state
        .world
        .deliveries
        .iter()
        .enumerate()
        .filter(|(_, delivery)| delivery.status == "QUEUED" && delivery.due_at <= now)
        .min_by_key(|(index, delivery)| (delivery.due_at, *index))?;
    let subscription = state.world.subscriptions.iter().find(|known| known.id == delivery.subscription)?;
    let is_first = delivery.attempts == 0;
    let signed_at = if delivery.stale && is_first { now - Span::days(5) } else { now };
    Some(Attempt {
        index,
        url: subscription.url.clone(),
        secret: subscription.secret.clone(),
        body: serde_json::to_vec(&delivery.event).unwrap_or_default(),
        timestamp: signed_at.timestamp_millis().to_string(),
        // As a forger would once: the schedule then brings the true one.
        bad_signature: delivery.bad_signature && is_first,
        pretend_failure: delivery.fail_first && is_first,
    })
}

fn record(sandbox: &Sandbox, index: usize, answer: Option<u16>) {
    let mut state = sandbox.lock();
    let now = state.now();
    let Some(delivery) = state.world.deliveries.get_mut(index) else { return };
    delivery.attempts += 1;
    delivery.last_answer = answer;
    if answer == Some(200) {
        delivery.status = "DELIVERED".to_owned();
    } else {
        match SCHEDULE.get(delivery.attempts - 1) {
            Some(seconds) => delivery.due_at = now + Span::seconds(*seconds),
            None => delivery.status = "GIVEN_UP".to_owned(),
        }
    }
    let line = json!({
        "at": crate::wire::stamp(now),
        "webhook": delivery.event["name"],
        "event_id": delivery.event["id"],
        "answer": answer,
    });
    state.world.journal.push(line);
}

//! Delivery (01 §e.5): only 200 counts, otherwise again by the schedule over about three days.
//!
//! One event after another, so that an untroubled run delivers in the order of birth.

use std::time::Duration;

use chrono::Duration as Span;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::signing::sign;
use crate::clock::Instant;
use crate::journal;
use crate::store::Sandbox;
use crate::world::World;
use crate::world::faults::Fault;
use crate::world::steering::Delivery;

/// Waits between attempts, in seconds (A).
const SCHEDULE: [i64; 12] = [5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 43_200, 43_200, 86_400];
const TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

/// Queues a delivery, bent by whatever faults were ordered for the event.
pub fn add(world: &mut World, now: Instant, subscription: &str, event: Value, faults: &[Fault]) {
    let mut delivery = Delivery {
        id: String::new(),
        subscription: subscription.to_owned(),
        event,
        due_at: now,
        signed_at: None,
        attempts: 0,
        status: "QUEUED".to_owned(),
        last_answer: None,
        bad_signature: false,
        stale: false,
        fail_first: false,
    };
    let mut copies = 1;
    for fault in faults {
        match fault.action.as_str() {
            "duplicate" => copies += 1,
            "delay" | "reorder" => {
                let millis = i64::try_from(fault.ms.unwrap_or(2000)).unwrap_or(i64::MAX / 1000);
                delivery.due_at = now + Span::milliseconds(millis.min(400 * 86_400_000));
            }
            "fail" => delivery.fail_first = true,
            "bad_signature" => delivery.bad_signature = true,
            "stale_timestamp" => delivery.stale = true,
            _ => delivery.status = "LOST".to_owned(),
        }
    }
    for _ in 0..copies {
        let id = format!("dlv_{:012}", world.line());
        if delivery.status == "QUEUED" {
            world.enqueue(delivery.due_at, &id);
        }
        world.deliveries.insert(id.clone(), Delivery { id, ..delivery.clone() });
    }
}

/// Tries again from the beginning, now: what somebody orders in the web app (D).
pub fn resend(world: &mut World, id: &str, now: Instant) -> bool {
    let found = world.deliveries.values().find(|delivery| delivery.id == id || delivery.event["id"] == *id);
    let Some(id) = found.map(|delivery| delivery.id.clone()) else { return false };
    let Some(delivery) = world.deliveries.get_mut(&id) else { return false };
    delivery.status = "QUEUED".to_owned();
    delivery.attempts = 0;
    delivery.signed_at = None;
    delivery.due_at = now;
    world.enqueue(now, &id);
    true
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
    delivery: String,
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
        let secret = if attempt.bad_signature { "whsec_forged" } else { attempt.secret.as_str() };
        let request = client
            .post(&attempt.url)
            .header("content-type", "application/json")
            .header("x-timestamp", &attempt.timestamp)
            .header("x-signature", sign(secret, &attempt.timestamp, &attempt.body))
            .body(attempt.body);
        request.send().await.ok().map(|response| response.status().as_u16())
    };
    record(sandbox, &attempt.delivery, answer);
    true
}

/// The delivery that is due first. It stays queued until its answer is recorded, so that one that is cut off
/// by the end of the process is sent again.
fn next(sandbox: &Sandbox) -> Option<Attempt> {
    let mut state = sandbox.lock();
    let now = state.now();
    loop {
        let id = state.world.next_delivery(now)?;
        let resigns = state.world.meta.settings.resign_on_retry;
        let world = &mut state.world;
        let Some(delivery) = world.deliveries.get_mut(&id).filter(|delivery| delivery.status == "QUEUED")
        else {
            continue;
        };
        let Some(subscription) = world.subscriptions.get(&delivery.subscription) else {
            delivery.status = "GIVEN_UP".to_owned();
            continue;
        };
        let is_first = delivery.attempts == 0;
        let first_signed = *delivery.signed_at.get_or_insert(now);
        let signed_at = if resigns { now } else { first_signed };
        let signed_at = if delivery.stale && is_first { now - Span::days(5) } else { signed_at };
        return Some(Attempt {
            delivery: id,
            url: subscription.url.clone(),
            secret: subscription.secret.clone(),
            body: serde_json::to_vec(&delivery.event).unwrap_or_default(),
            timestamp: signed_at.timestamp_millis().to_string(),
            // As a forger would once: the schedule then brings the true one.
            bad_signature: delivery.bad_signature && is_first,
            pretend_failure: delivery.fail_first && is_first,
        });
    }
}

fn record(sandbox: &Sandbox, id: &str, answer: Option<u16>) {
    let mut state = sandbox.lock();
    let now = state.now();
    let Some(delivery) = state.world.deliveries.get_mut(id) else { return };
    delivery.attempts += 1;
    delivery.last_answer = answer;
    let mut again = None;
    if answer == Some(200) {
        delivery.status = "DELIVERED".to_owned();
    } else {
        match SCHEDULE.get(delivery.attempts - 1) {
            Some(seconds) => {
                delivery.due_at = now + Span::seconds(*seconds);
                again = Some(delivery.due_at);
            }
            None => delivery.status = "GIVEN_UP".to_owned(),
        }
    }
    let event = delivery.event.clone();
    if let Some(at) = again {
        state.world.enqueue(at, id);
    }
    journal::delivered(&mut state, &event, id, answer);
}

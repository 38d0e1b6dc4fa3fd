//! Delivery (01 §e.5): only 200 counts, otherwise again by the schedule over about three days.
//!
//! One event after another for each subscription, so that an untroubled run delivers in the order of birth,
//! and no listener waits for another's time-out.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Duration as Span;
use serde_json::Value;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::signing::sign;
use crate::clock::Instant;
use crate::journal;
use crate::store::Sandbox;
use crate::world::World;
use crate::world::faults::Fault;
use crate::world::steering::Delivery;

/// Waits between attempts, in seconds, each more or less by a tenth (A).
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
        order: 0,
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
        world.deliveries.insert(id.clone(), Delivery { id: id.clone(), ..delivery.clone() });
        if delivery.status == "QUEUED" {
            world.enqueue(delivery.due_at, &id);
        }
    }
}

/// Tries again from the beginning, now: what somebody orders in the web app (D), by the id of one delivery or
/// of an event with all of its deliveries. Answers whether there is any.
pub fn resend(world: &mut World, id: &str, now: Instant) -> bool {
    let found = world.deliveries.values().filter(|delivery| delivery.id == id || delivery.event["id"] == *id);
    let found = found.filter(|delivery| world.subscriptions.contains(&delivery.subscription));
    let found: Vec<String> = found.map(|delivery| delivery.id.clone()).collect();
    for id in &found {
        world.unqueue(id);
        if let Some(delivery) = world.deliveries.get_mut(id) {
            delivery.status = "QUEUED".to_owned();
            // What is under way ends without a say.
            delivery.order += 1;
            delivery.attempts = 0;
            delivery.signed_at = None;
            delivery.due_at = now;
        }
        world.enqueue(now, id);
    }
    !found.is_empty()
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
    let mut lanes = JoinSet::new();
    let mut busy: BTreeMap<String, AbortHandle> = BTreeMap::new();
    let mut epoch = sandbox.lock().epoch;
    loop {
        let now = sandbox.lock().epoch;
        if now != std::mem::replace(&mut epoch, now) {
            lanes.abort_all();
            busy.clear();
        }
        busy.retain(|_, lane| !lane.is_finished());
        while let Some(attempt) = next(&sandbox, |subscription| busy.contains_key(subscription)) {
            if attempt.epoch != epoch {
                // A reset came between: what is under way belongs to the world before.
                epoch = attempt.epoch;
                lanes.abort_all();
                busy.clear();
            }
            let subscription = attempt.subscription.clone();
            let lane = lanes.spawn(deliver(sandbox.clone(), client.clone(), attempt));
            busy.insert(subscription, lane);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = lanes.join_next() => {}
            () = sandbox.wake.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

struct Attempt {
    /// When it was due, and when it really began.
    due_at: Instant,
    began: std::time::Instant,
    /// The world that it belongs to.
    epoch: u64,
    /// Counts the orders to deliver it.
    order: u32,
    delivery: String,
    subscription: String,
    event: Value,
    url: String,
    secret: String,
    timestamp: String,
    bad_signature: bool,
    pretend_failure: bool,
}

async fn deliver(sandbox: Sandbox, client: reqwest::Client, attempt: Attempt) {
    let answer = if attempt.pretend_failure { None } else { send(&client, &attempt).await };
    record(&sandbox, &attempt, answer);
}

async fn send(client: &reqwest::Client, attempt: &Attempt) -> Option<u16> {
    let secret = if attempt.bad_signature { "whsec_forged" } else { attempt.secret.as_str() };
    let body = serde_json::to_vec(&attempt.event).unwrap_or_default();
    let request = client
        .post(&attempt.url)
        .header("content-type", "application/json")
        .header("x-timestamp", &attempt.timestamp)
        .header("x-signature", sign(secret, &attempt.timestamp, &body))
        .body(body);
    request.send().await.ok().map(|response| response.status().as_u16())
}

/// The delivery that is due first. It stays queued until its answer is recorded, so that one that is cut off
/// by the end of the process is sent again.
fn next(sandbox: &Sandbox, is_busy: impl Fn(&str) -> bool) -> Option<Attempt> {
    let mut state = sandbox.lock();
    let now = state.now();
    loop {
        let id = state.world.next_delivery(now, &is_busy)?;
        let epoch = state.epoch;
        let resigns = state.world.meta.settings.resign_on_retry;
        let world = &mut state.world;
        let Some(delivery) = world.deliveries.get_mut(&id).filter(|delivery| delivery.status == "QUEUED")
        else {
            continue;
        };
        let Some(subscription) = world.subscriptions.get(&delivery.subscription) else { continue };
        let is_first = delivery.attempts == 0;
        let first_signed = *delivery.signed_at.get_or_insert(now);
        let signed_at = if resigns { now } else { first_signed };
        let signed_at = if delivery.stale && is_first { now - Span::days(5) } else { signed_at };
        return Some(Attempt {
            due_at: delivery.due_at,
            began: std::time::Instant::now(),
            epoch,
            order: delivery.order,
            delivery: id,
            subscription: subscription.id.clone(),
            event: delivery.event.clone(),
            url: subscription.url.clone(),
            secret: subscription.secret.clone(),
            timestamp: signed_at.timestamp_millis().to_string(),
            // As a forger would once: the schedule then brings the true one.
            bad_signature: delivery.bad_signature && is_first,
            pretend_failure: delivery.fail_first && is_first,
        });
    }
}

fn record(sandbox: &Sandbox, attempt: &Attempt, answer: Option<u16>) {
    let mut state = sandbox.lock();
    if state.epoch != attempt.epoch {
        return;
    }
    if let Some(delivery) = state.world.deliveries.get(&attempt.delivery)
        && delivery.order == attempt.order
    {
        // A clock that jumped over several attempts makes up for them: they count from when they were due.
        let took = Span::from_std(attempt.began.elapsed()).unwrap_or_default();
        let is_caught_up = state.jumped_to.is_some_and(|jump| attempt.due_at <= jump);
        let ended = if is_caught_up { attempt.due_at + took } else { state.now() };
        let again = SCHEDULE.get(delivery.attempts).map(|seconds| {
            let jitter = state.world.jitter(&delivery.id, delivery.attempts);
            ended + Span::milliseconds(*seconds * jitter)
        });
        settle(&mut state.world, &attempt.delivery, answer, again);
    }
    journal::delivered(&mut state, &attempt.event, &attempt.delivery, answer);
}

fn settle(world: &mut World, id: &str, answer: Option<u16>, again: Option<Instant>) {
    let is_ended = |delivery: &Delivery| !world.subscriptions.contains(&delivery.subscription);
    let again = again.filter(|_| !world.deliveries.get(id).is_some_and(is_ended));
    let Some(delivery) = world.deliveries.get_mut(id) else { return };
    delivery.attempts += 1;
    delivery.last_answer = answer;
    match again {
        _ if answer == Some(200) => delivery.status = "DELIVERED".to_owned(),
        Some(at) => {
            delivery.due_at = at;
            world.enqueue(at, id);
        }
        None => delivery.status = "GIVEN_UP".to_owned(),
    }
}

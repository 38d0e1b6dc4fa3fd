//! Webhooks (01 §e): subscriptions, signatures, delivery at least once and in no promised order.

pub mod delivery;
pub mod signing;
pub mod subscriptions;

use serde_json::{Value, json};

use crate::wire::stamp;
use crate::world::{Instant, World};

/// Queues an event for every subscription that wants it. The application's own subscription gets only
/// what is marked for it; connected accounts' events go to the platform's (D).
pub fn emit(world: &mut World, now: Instant, name: &str, account: &str, source: &str, data: Value) {
    let id = world.token("evt_");
    let event = json!({
        "id": id,
        "name": name,
        "account_id": account,
        "data": data,
        "created_at": stamp(now),
        "version": "2026-08-21",
        "source_id": source,
    });
    queue(world, now, name, &event, false);
}

/// An event of the partner application: one subscription covers all accounts (D).
pub fn emit_to_application(world: &mut World, now: Instant, name: &str, data: Value) {
    let id = world.token("evt_");
    let event = json!({
        "id": id,
        "name": name,
        "app_id": crate::world::APP_ID,
        "data": data,
        "created_at": stamp(now),
        "version": "2026-08-21",
    });
    queue(world, now, name, &event, true);
}

fn queue(world: &mut World, now: Instant, name: &str, event: &Value, partner: bool) {
    let wanted: Vec<String> = world
        .subscriptions
        .iter()
        .filter(|subscription| subscription.partner == partner)
        .filter(|subscription| {
            subscription.events.is_empty() || subscription.events.iter().any(|event| event == name)
        })
        .map(|subscription| subscription.id.clone())
        .collect();
    for subscription in wanted {
        delivery::add(world, now, &subscription, event.clone());
    }
}

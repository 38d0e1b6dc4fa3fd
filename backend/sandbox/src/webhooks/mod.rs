//! Webhooks (01 §e): subscriptions, signatures, delivery at least once and in no promised order.

mod catalogue;
pub mod delivery;
mod signing;
mod spelling;
pub mod subscriptions;

pub use catalogue::is_event;
use serde_json::{Value, json};

use crate::call::{Endpoint, Needs};
use crate::clock::Instant;
use crate::wire::{Version, stamp};
use crate::world::World;
use crate::world::start::{APP_ID, PLATFORM};
use crate::world::steering::Subscription;

const CREATE: &[&str] = &["request_id", "url", "version", "events.*"];

/// The newest paths and the older ones (D).
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/partner-api/v1/webhooks", Needs::Application, subscriptions::list),
    Endpoint::post("/partner-api/v1/webhooks/create", Needs::Application, CREATE, subscriptions::create),
    Endpoint::get("/partner-api/v1/webhooks/{id}", Needs::Application, subscriptions::get),
    Endpoint::post(
        "/partner-api/v1/webhooks/{id}/update",
        Needs::Application,
        &["url"],
        subscriptions::update,
    ),
    Endpoint::post("/partner-api/v1/webhooks/{id}/delete", Needs::Application, &[], subscriptions::delete),
    Endpoint::post(
        "/partner-api/v1/webhooks/{id}/connect",
        Needs::Application,
        &["account_id"],
        subscriptions::connect,
    ),
    Endpoint::post(
        "/partner-api/v1/webhooks/{id}/disconnect",
        Needs::Application,
        &["account_id"],
        subscriptions::disconnect,
    ),
    Endpoint::get("/api/v1/webhooks", Needs::Application, subscriptions::older_list),
    Endpoint::post("/api/v1/webhooks/create", Needs::Application, CREATE, subscriptions::create),
    Endpoint::get("/api/v1/webhooks/{id}", Needs::Application, subscriptions::get),
    Endpoint::post("/api/v1/webhooks/{id}/update", Needs::Application, &["url"], subscriptions::update),
    Endpoint::post("/api/v1/webhooks/{id}/delete", Needs::Application, &[], subscriptions::delete),
    Endpoint::post(
        "/api/v1/webhooks/{id}/connect",
        Needs::Application,
        &["account_id"],
        subscriptions::connect,
    ),
    Endpoint::post(
        "/api/v1/webhooks/{id}/disconnect",
        Needs::Application,
        &["account_id"],
        subscriptions::disconnect,
    ),
];

/// An event of an account: for the platform if the account is its own or linked to it (D), and for the
/// application's subscriptions that the account is connected to.
pub fn emit(world: &mut World, now: Instant, name: &str, account: &str, source: &str, data: Value) {
    let heard = heard(world, name, hears_of(world, name, account));
    let event = json!({
        "name": name,
        "account_id": account,
        "data": data,
        "created_at": stamp(now),
        "source_id": source,
    });
    queue(world, now, name, event, heard);
}

/// Whether anybody would hear of it; saves whoever tells a lot the words.
pub fn is_heard(world: &World, name: &str, account: &str) -> bool {
    !heard(world, name, hears_of(world, name, account)).is_empty()
}

/// What becomes of a connection is the application's business, whichever accounts it listens to.
fn hears_of(world: &World, name: &str, account: &str) -> impl Fn(&Subscription) -> bool {
    let is_of_connection = name.starts_with("connection.");
    let is_ours = account == PLATFORM || world.accounts.get(account).is_some_and(|known| known.linked);
    move |subscription| {
        if subscription.partner {
            is_of_connection || subscription.accounts.iter().any(|known| known == account)
        } else {
            is_ours
        }
    }
}

/// An event of the partner application: one subscription covers all accounts (D). `organisation` is set when
/// it is about a whole one.
pub fn emit_to_application(
    world: &mut World,
    now: Instant,
    name: &str,
    organisation: Option<&str>,
    data: Value,
) {
    let heard = heard(world, name, |subscription| subscription.partner);
    let mut event = json!({ "name": name, "app_id": APP_ID, "data": data, "created_at": stamp(now) });
    if let Some(organisation) = organisation {
        event["org_id"] = json!(organisation);
    }
    queue(world, now, name, event, heard);
}

/// The subscriptions that hear of an event, each with its version.
fn heard(world: &World, name: &str, hears: impl Fn(&Subscription) -> bool) -> Vec<(String, String)> {
    let wants = |subscription: &Subscription| {
        let is_told = |version| catalogue::is_told(name, version);
        Version::parse(&subscription.version).is_some_and(is_told)
            && (subscription.events.is_empty() || subscription.events.iter().any(|event| event == name))
    };
    let found =
        world.subscriptions.values().filter(|subscription| hears(subscription) && wants(subscription));
    found.map(|subscription| (subscription.id.clone(), subscription.version.clone())).collect()
}

fn queue(world: &mut World, now: Instant, name: &str, event: Value, heard: Vec<(String, String)>) {
    if heard.is_empty() {
        return;
    }
    // The same id wherever it is heard, and on every retry (D).
    let id = catalogue::new_id(world, name);
    let faults = world.take_event_faults(name);
    for (subscription, version) in heard {
        let mut body = json!({ "id": id });
        crate::wire::merge(&mut body, &event);
        body["version"] = json!(version);
        if let Some(version) = Version::parse(&version) {
            version.spell(&mut body);
        }
        if world.meta.settings.camel_case_events {
            body = spelling::camel_case(body);
        }
        delivery::add(world, now, &subscription, body, &faults);
    }
}

//! Subscriptions as the web app makes them, for the platform and for its application, and what was delivered.

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::Input;
use crate::store::Sandbox;
use crate::webhooks::{delivery, subscriptions};
use crate::wire::{ApiError, NEWEST, Reply, Version, list_at, ok, text_at};
use crate::world::start::USUAL;
use crate::world::steering::Subscription;

const MEMBERS: &[&str] = &["url", "kind", "id", "secret", "version", "events"];

/// `{"url"}` points the two subscriptions that everybody knows at a URL. With a `kind`, `platform` or
/// `application`, it makes one more, or puts it in the place of the one with this `id`; `secret`, `version`
/// and `events` are as the web app would ask for them.
pub async fn subscribe(State(sandbox): State<Sandbox>, input: Input) -> Reply {
    let body = input.only(MEMBERS)?;
    let url = ApiError::need(&body, "url")?;
    subscriptions::check_any_url(&url)?;
    let version = text_at(&body, "version").unwrap_or_else(|| NEWEST.to_owned());
    let told_in = Version::parse(&version)
        .ok_or_else(|| ApiError::invalid("version", "this API version is not served"))?;
    let events = subscriptions::read_events(list_at(&body, "events"), told_in, |_| true)?;
    let partner = match text_at(&body, "kind").as_deref() {
        None => None,
        Some("platform") => Some(false),
        Some("application") => Some(true),
        Some(_) => return Err(ApiError::invalid("kind", "platform or application")),
    };
    if let Some(name) =
        ["id", "secret"].into_iter().find(|name| partner.is_none() && body.get(name).is_some())
    {
        return Err(ApiError::invalid(name, "goes with a kind"));
    }
    let id = text_at(&body, "id");
    let is_word = |id: &String| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if id.as_ref().is_some_and(|id| !is_word(id)) {
        return Err(ApiError::invalid("id", "letters, digits, - and _"));
    }
    let mut state = sandbox.lock();
    let now = state.now();
    let wanted = match partner {
        None => USUAL.map(|(id, partner)| (id.to_owned(), partner)).to_vec(),
        Some(partner) => vec![(id.unwrap_or_else(|| state.world.token("wh_")), partner)],
    };
    let mut made = vec![];
    for (id, partner) in wanted {
        let usual = Subscription::new(&id, partner, &url, now);
        let secret = text_at(&body, "secret").unwrap_or_else(|| usual.secret.clone());
        let subscription = Subscription { secret, events: events.clone(), version: version.clone(), ..usual };
        made.push(json!(subscription));
        state.world.subscriptions.insert(id, subscription);
    }
    ok(json!({ "items": made }))
}

/// What is still under way to it is given up.
pub async fn unsubscribe(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Reply {
    if sandbox.lock().world.unsubscribe(&id) {
        ok(json!({}))
    } else {
        Err(ApiError::not_found("the subscription"))
    }
}

pub async fn list(State(sandbox): State<Sandbox>) -> Reply {
    let state = sandbox.lock();
    let items: Vec<Value> = state.world.subscriptions.values().map(|row| json!(row)).collect();
    ok(json!({ "items": items }))
}

pub async fn deliveries(State(sandbox): State<Sandbox>) -> Reply {
    let state = sandbox.lock();
    let items: Vec<Value> = state.world.deliveries.values().map(|row| json!(row)).collect();
    ok(json!({ "items": items }))
}

/// Tries again from the beginning, by the id of the delivery or of its event.
pub async fn resend(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    let now = state.now();
    if delivery::resend(&mut state.world, &id, now) {
        ok(json!({}))
    } else {
        Err(ApiError::not_found("the delivery"))
    }
}

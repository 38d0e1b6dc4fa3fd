//! Subscriptions of the partner application (01 §e.2).

use serde_json::{Value, json};
use url::Url;

use super::catalogue;
use crate::call::{Call, scopes};
use crate::wire::{ApiError, Reply, Sizes, Version, cursor_page, list_at, numbered_page, ok, stamp};
use crate::world::steering::Subscription;

/// A `request_id` that comes again finds the first one (A).
pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = call.need("request_id")?;
    if request_id.chars().count() > 50 {
        return Err(ApiError::invalid("request_id", "at most 50 characters"));
    }
    let url = read_url(&call.body)?;
    let version = call.need("version")?;
    let Some(told_in) = Version::parse(&version) else {
        return Err(ApiError::invalid("version", "this API version is not served"));
    };
    let events = read_events(list_at(&call.body, "events"), told_in, catalogue::is_unlockable)?;
    if events.is_empty() {
        return Err(ApiError::required("events"));
    }
    let known =
        call.world.subscriptions.values().find(|known| known.request_id.as_ref() == Some(&request_id));
    if let Some(known) = known {
        return ok(body(known));
    }
    let subscription = Subscription {
        id: call.world.token("wh_"),
        url,
        secret: call.world.token("whsec_"),
        events,
        version,
        partner: true,
        accounts: vec![],
        request_id: Some(request_id),
        created_at: call.now,
        updated_at: call.now,
        sequence: call.world.sequence(),
    };
    let answer = body(&subscription);
    call.world.subscriptions.insert(subscription.id.clone(), subscription);
    ok(answer)
}

/// Names of events that there are, that this subscriber may hear and that this version tells.
pub fn read_events(
    events: &[Value],
    version: Version,
    is_for: fn(&str) -> bool,
) -> Result<Vec<String>, ApiError> {
    let mut names = vec![];
    for (index, event) in events.iter().enumerate() {
        let wrong = |message: &str| ApiError::invalid(&format!("events[{index}]"), message);
        let name = event.as_str().filter(|name| catalogue::is_event(name));
        let name = name.ok_or_else(|| wrong("there is no such event"))?;
        if !is_for(name) {
            return Err(wrong("no scope of this application unlocks this event"));
        }
        if !catalogue::is_told(name, version) {
            return Err(wrong("this version does not tell this event"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// Where testers want events: any address of the web.
pub fn check_any_url(text: &str) -> Result<(), ApiError> {
    let is_fine =
        Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_fine { Ok(()) } else { Err(ApiError::invalid("url", "an http or https address")) }
}

/// Public over HTTPS (D); on the own machine plain HTTP will do (A).
fn read_url(body: &Value) -> Result<String, ApiError> {
    let text = ApiError::need(body, "url")?;
    let is_fine = Url::parse(&text).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    });
    if is_fine {
        Ok(text)
    } else {
        Err(ApiError::invalid("url", "an https address, or http on 127.0.0.1, localhost or [::1]"))
    }
}

fn own(call: &Call<'_>) -> Result<Subscription, ApiError> {
    let found = call.world.subscriptions.get(call.id()).filter(|found| found.partner);
    found.cloned().ok_or_else(|| ApiError::not_found("the webhook"))
}

fn all(call: &Call<'_>) -> Vec<Value> {
    let visible_until = call.visible_until();
    let shown = |found: &&Subscription| found.partner && found.created_at <= visible_until;
    let mut found: Vec<_> = call.world.subscriptions.values().filter(shown).collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.sequence));
    found.into_iter().map(body).collect()
}

pub fn list(call: &mut Call<'_>) -> Reply {
    ok(cursor_page(all(call), call.query, Sizes::new(20, 1, 100))?)
}

/// The older path pages by number (D).
pub fn older_list(call: &mut Call<'_>) -> Reply {
    ok(numbered_page(all(call), call.query, Sizes::new(20, 1, 100))?)
}

pub fn get(call: &mut Call<'_>) -> Reply {
    ok(body(&own(call)?))
}

/// Only the address can be changed (D).
pub fn update(call: &mut Call<'_>) -> Reply {
    let changed = Subscription { url: read_url(&call.body)?, updated_at: call.now, ..own(call)? };
    let answer = body(&changed);
    call.world.subscriptions.insert(changed.id.clone(), changed);
    ok(answer)
}

pub fn delete(call: &mut Call<'_>) -> Reply {
    let id = own(call)?.id;
    call.world.unsubscribe(&id);
    ok(json!({ "id": id, "deleted": true }))
}

/// This account's events are delivered from now on; it must have authorised the application.
pub fn connect(call: &mut Call<'_>) -> Reply {
    let (mut changed, account) = (own(call)?, call.need("account_id")?);
    let connection = call.world.connections.get(&account).filter(|connection| connection.connected);
    let connection = connection
        .ok_or_else(|| ApiError::invalid("account_id", "the account has not authorised this application"))?;
    let is_unlocked = |event: &String| {
        catalogue::scope_for(event).is_none_or(|scope| scopes::covers(&connection.scopes, scope))
    };
    if let Some(event) = changed.events.iter().find(|event| !is_unlocked(event)) {
        let message = format!("the account has not granted the scope that unlocks {event}");
        return Err(ApiError::invalid("account_id", message));
    }
    if !changed.accounts.contains(&account) {
        changed.accounts.push(account);
    }
    keep(call, changed)
}

pub fn disconnect(call: &mut Call<'_>) -> Reply {
    let (mut changed, account) = (own(call)?, call.need("account_id")?);
    changed.accounts.retain(|known| *known != account);
    keep(call, changed)
}

fn keep(call: &mut Call<'_>, changed: Subscription) -> Reply {
    let answer = body(&changed);
    call.world.subscriptions.insert(changed.id.clone(), changed);
    ok(answer)
}

fn body(subscription: &Subscription) -> Value {
    json!({
        "id": subscription.id,
        "request_id": subscription.request_id,
        "url": subscription.url,
        "events": subscription.events,
        "version": subscription.version,
        "secret": subscription.secret,
        "created_at": stamp(subscription.created_at),
        "updated_at": stamp(subscription.updated_at),
    })
}

//! Subscriptions of the partner application (01 §e.2).

use serde_json::{Value, json};
use url::Url;

use crate::call::{Call, scopes};
use crate::wire::{ApiError, Reply, Sizes, Version, cursor_page, list_at, numbered_page, ok, stamp};
use crate::world::steering::Subscription;

/// What events may begin with (01 §e.7); `beneficiary.` and hosted flows have none.
const EVENTS: [&str; 27] = [
    "account.",
    "account_amendment.",
    "account_capability.",
    "balance.",
    "batch_transfers.",
    "charge.",
    "connected_account_transfer.",
    "connection.",
    "conversion.",
    "customer.",
    "deposit.",
    "direct_debit.",
    "funds_split.",
    "ga.",
    "global_account.",
    "issuing.",
    "linked_account.",
    "partner_connection.",
    "payment_",
    "payout.batch_transfers.",
    "payout.transfer.",
    "platform_",
    "psp_settlement_",
    "refund.",
    "rfi.",
    "spend.",
    "wallet_transfer.",
];

/// Which scope unlocks an event (01 §a.8, D); others need none.
const UNLOCKED: [(&str, &str); 12] = [
    ("account.", "account_details:read"),
    ("balance.", "balance:read"),
    ("batch_transfers.", "transfer:read"),
    ("conversion.", "fx.conversion:read"),
    ("customer.", "payment_acceptance:read"),
    ("funds_split.", "funds_split:read"),
    ("ga.", "global_account:read"),
    ("issuing.", "issuing.transaction:read"),
    ("payment_", "payment_acceptance:read"),
    ("payout.", "transfer:read"),
    ("rfi.", "risk.rfi:read"),
    ("wallet_transfer.", "transfer:read"),
];

/// A `request_id` that comes again finds the first one (A).
pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = call.need("request_id")?;
    if request_id.chars().count() > 50 {
        return Err(ApiError::invalid("request_id", "at most 50 characters"));
    }
    let url = read_url(call)?;
    let version = call.need("version")?;
    if Version::parse(&version).is_none() {
        return Err(ApiError::invalid("version", "this API version is not served"));
    }
    let events = list_at(&call.body, "events").to_vec();
    if events.is_empty() {
        return Err(ApiError::required("events"));
    }
    let is_known =
        |event: &Value| event.as_str().is_some_and(|name| EVENTS.iter().any(|known| name.starts_with(known)));
    if let Some(index) = events.iter().position(|event| !is_known(event)) {
        return Err(ApiError::invalid(&format!("events[{index}]"), "there is no such event"));
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
        events: events.iter().filter_map(|event| event.as_str().map(str::to_owned)).collect(),
        version,
        partner: true,
        accounts: vec![],
        request_id: Some(request_id),
        created_at: call.now,
        updated_at: call.now,
    };
    let answer = body(&subscription);
    call.world.subscriptions.insert(subscription.id.clone(), subscription);
    ok(answer)
}

/// Public over HTTPS (D); on the own machine plain HTTP will do (A).
fn read_url(call: &Call<'_>) -> Result<String, ApiError> {
    let text = call.need("url")?;
    let is_fine = Url::parse(&text).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    });
    if is_fine { Ok(text) } else { Err(ApiError::invalid("url", "an https address")) }
}

fn own(call: &Call<'_>) -> Result<Subscription, ApiError> {
    let found = call.world.subscriptions.get(call.id()).filter(|found| found.partner);
    found.cloned().ok_or_else(|| ApiError::not_found("the webhook"))
}

fn all(call: &Call<'_>) -> Vec<Value> {
    call.world.subscriptions.values().filter(|found| found.partner).map(body).collect()
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
    let changed = Subscription { url: read_url(call)?, updated_at: call.now, ..own(call)? };
    let answer = body(&changed);
    call.world.subscriptions.insert(changed.id.clone(), changed);
    ok(answer)
}

pub fn delete(call: &mut Call<'_>) -> Reply {
    let id = own(call)?.id;
    call.world.subscriptions.remove(&id);
    ok(json!({ "id": id, "deleted": true }))
}

/// This account's events are delivered from now on; it must have authorised the application.
pub fn connect(call: &mut Call<'_>) -> Reply {
    let (mut changed, account) = (own(call)?, call.need("account_id")?);
    let connection = call.world.connections.get(&account).filter(|connection| connection.connected);
    let connection = connection
        .ok_or_else(|| ApiError::invalid("account_id", "the account has not authorised this application"))?;
    let is_unlocked = |event: &String| {
        let needed = UNLOCKED.iter().find(|(prefix, _)| event.starts_with(prefix));
        needed.is_none_or(|(_, scope)| scopes::covers(&connection.scopes, scope))
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

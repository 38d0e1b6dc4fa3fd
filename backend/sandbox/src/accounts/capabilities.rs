//! Capabilities and funding limits of an account (02 §7.6).

use chrono::Duration;
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::Instant;
use crate::webhooks::emit;
use crate::wire::{ApiError, Reply, Sizes, list_at, numbered_page, ok, stamp, text_at};
use crate::world::World;
use crate::world::steering::Due;

/// Those that public pages name.
const KNOWN: [&str; 5] =
    ["transfer_cny_local", "payments_visa", "payments_mastercard", "payments_applepay", "payments_googlepay"];

/// Whether there is such a capability.
pub fn is_known(capability: &str) -> bool {
    KNOWN.contains(&capability)
}

fn known(call: &Call<'_>) -> Result<String, ApiError> {
    match KNOWN.iter().find(|known| **known == call.id()) {
        Some(known) => Ok((*known).to_owned()),
        None => Err(ApiError::new(400, "capability_not_supported", "there is no such capability").at("id")),
    }
}

pub fn get(call: &mut Call<'_>) -> Reply {
    let capability = known(call)?;
    ok(body(call.world, call.account(), &capability, call.now))
}

/// Asks for one: PENDING until somebody decides; payments need the store's details.
pub fn enable(call: &mut Call<'_>) -> Reply {
    let (capability, account, now) = (known(call)?, call.account().to_owned(), call.now);
    let owner = call.world.accounts.get(&account).ok_or_else(|| ApiError::not_found("the account"))?;
    let store = owner.document.pointer("/account_details/store_details").is_some_and(Value::is_object);
    if capability.starts_with("payments_") && !store {
        return Err(ApiError::required("account_details.store_details"));
    }
    if owner.capabilities.get(&capability).is_none_or(|status| status == "DISABLED") {
        set(call.world, &account, &capability, "PENDING", now);
        if call.settings().auto {
            let what = Due::Capability { account: account.clone(), capability: capability.clone() };
            call.world.later(now + Duration::seconds(5), what);
        }
    }
    ok(body(call.world, &account, &capability, now))
}

/// A capability gets a status, and the event of it.
pub fn set(world: &mut World, account: &str, capability: &str, status: &str, now: Instant) {
    let Some(owner) = world.accounts.get_mut(account) else { return };
    owner.capabilities.insert(capability.to_owned(), status.to_owned());
    let data = body(world, account, capability, now);
    let name = format!("account_capability.{}", status.to_lowercase());
    emit(world, now, &name, account, capability, data);
}

fn body(world: &World, account: &str, capability: &str, now: Instant) -> Value {
    let status = world.accounts.get(account).and_then(|account| account.capabilities.get(capability));
    json!({
        "id": capability,
        "status": status.map_or("DISABLED", String::as_str),
        "entity_type": "BUSINESS",
        "comment": "",
        "details": { "reason_codes": [] },
        "updated_at": stamp(now),
    })
}

/// Asks for higher limits of direct debits; remembered with the account.
pub fn apply(call: &mut Call<'_>) -> Reply {
    call.need("request_id")?;
    let wanted = list_at(&call.body, "funding_limits").to_vec();
    if wanted.is_empty() {
        return Err(ApiError::required("funding_limits"));
    }
    for (index, limit) in wanted.iter().enumerate() {
        for name in ["currency", "limit", "type"] {
            if text_at(limit, name).is_none() {
                return Err(ApiError::required(&format!("funding_limits[{index}].{name}")));
            }
        }
    }
    let account = call.account().to_owned();
    if let Some(owner) = call.world.accounts.get_mut(&account) {
        owner.funding_limits = wanted;
    }
    ok(json!({ "result": "REQUESTED" }))
}

pub fn limits(call: &mut Call<'_>) -> Reply {
    let requested = call.world.accounts.get(call.account()).map(|owner| owner.funding_limits.clone());
    let requested = requested.unwrap_or_default();
    let items = requested.iter().map(|wanted| {
        json!({
            "currency": wanted["currency"],
            "type": wanted["type"],
            "limit": 0,
            "available": 0,
            "requested_limit": wanted["limit"],
            "status": "REQUESTED",
            "updated_at": stamp(call.now),
        })
    });
    let items = items.filter(|item| call.query.get("ccy").is_none_or(|wanted| item["currency"] == **wanted));
    ok(numbered_page(items.collect(), call.query, Sizes::new(100, 1, 1000))?)
}

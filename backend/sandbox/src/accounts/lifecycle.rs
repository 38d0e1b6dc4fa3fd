//! The KYC statuses (02 §2) and the events of their changes.

use chrono::Duration;
use serde_json::{Value, json};

use super::requirements;
use crate::transfers::funding;
use crate::webhooks::emit;
use crate::wire::{ApiError, stamp};
use crate::world::{Account, DueWhat, Instant, World};

/// The body of *Get account* (D).
pub fn body(account: &Account) -> Value {
    let mut body = json!({
        "id": account.id,
        "status": account.status,
        "created_at": stamp(account.created_at),
        "view_type": "COMPLETE",
        "next_action": { "type": "NONE" },
        "requirements": account.requirements,
    });
    if let Some(name) = account.requirements.as_object().and_then(|wanted| wanted.keys().next()) {
        body["next_action"] = json!({ "type": name });
    }
    merge(&mut body, &account.document);
    body
}

/// Objects merge key by key, lists replace, null leaves alone (A).
pub fn merge(target: &mut Value, change: &Value) {
    match (target, change) {
        (Value::Object(target), Value::Object(change)) => {
            for (key, value) in change {
                if !value.is_null() {
                    merge(target.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (target, change) => *target = change.clone(),
    }
}

/// CREATED or ACTION_REQUIRED → SUBMITTED.
pub fn submit(world: &mut World, id: &str, now: Instant) -> Result<(), ApiError> {
    let account = world.accounts.get_mut(id).ok_or_else(|| ApiError::not_found("the account"))?;
    if !matches!(account.status.as_str(), "CREATED" | "ACTION_REQUIRED") {
        return Err(ApiError::invalid("status", "the account cannot be submitted in this status"));
    }
    requirements::check_complete(&account.document)?;
    account.status = "SUBMITTED".to_owned();
    account.requirements = json!({});
    emit(world, now, "account.submitted", id, id, json!({}));
    if world.settings.auto {
        world.later(now + Duration::seconds(5), DueWhat::Review { account: id.to_owned() });
    }
    Ok(())
}

/// The reviewer's part: ACTIVE, or ACTION_REQUIRED when something is missing.
pub fn review(world: &mut World, id: &str, now: Instant) {
    if world.accounts.get(id).is_some_and(|account| account.status == "SUBMITTED") {
        set_status(world, id, "ACTIVE", false, now);
    }
}

/// Moves to a status; without `force`, unmet conditions turn ACTIVE into ACTION_REQUIRED (D).
pub fn set_status(world: &mut World, id: &str, wanted: &str, force: bool, now: Instant) {
    let Some(account) = world.accounts.get_mut(id) else { return };
    let unmet = requirements::unmet(id, &account.document);
    let is_met = unmet.as_object().is_none_or(|wanted| wanted.is_empty());
    let status = if wanted == "ACTIVE" && !force && !is_met { "ACTION_REQUIRED" } else { wanted };
    account.status = status.to_owned();
    account.requirements = if status == "ACTION_REQUIRED" { unmet } else { json!({}) };
    let (name, data) = match status {
        "ACTIVE" => ("account.active", body(account)),
        "SUSPENDED" => ("account.suspended", body(account)),
        // Names from version 2026-08-21 on (A).
        "DORMANT" => ("account.dormant", body(account)),
        "CLOSED" => ("account.closed", body(account)),
        _ => (
            "account.action_required",
            json!({
                "agreed_to_terms_and_conditions_required": !is_met,
                "photo_file_id_required": false,
                "primary_identification_required": [],
                "secondary_identification_required": [],
            }),
        ),
    };
    let becomes_active = status == "ACTIVE";
    emit(world, now, name, id, id, data);
    if becomes_active && world.settings.auto {
        funding::endow(world, id, now);
    }
}

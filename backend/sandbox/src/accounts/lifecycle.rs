//! The KYC statuses (02 §2) and the events of their changes.

use chrono::Duration;
use serde_json::{Value, json};

use super::requirements;
use crate::clock::Instant;
use crate::wallet;
use crate::webhooks::emit;
use crate::wire::{ApiError, merge, stamp};
use crate::world::World;
use crate::world::accounts::Account;
use crate::world::steering::Due;

const REVIEW_SECONDS: i64 = 5;

/// The body of *Get account* (D).
pub fn body(account: &Account) -> Value {
    let mut body = json!({
        "id": account.id,
        "identifier": null,
        "nickname": null,
        "status": account.status,
        "created_at": stamp(account.created_at),
        "view_type": "COMPLETE",
        "next_action": { "type": "NONE" },
        "requirements": account.requirements,
        "suspend_details": account.suspensions,
        "reactivate_details": account.reactivation,
    });
    if let Some(name) = account.requirements.as_object().and_then(|wanted| wanted.keys().next()) {
        body["next_action"] = json!({ "type": name });
    }
    merge(&mut body, &account.document);
    body["account_details"]["legal_entity_id"] = json!(account.legal_entity);
    body
}

/// CREATED or ACTION_REQUIRED → SUBMITTED.
pub fn submit(world: &mut World, id: &str, now: Instant) -> Result<(), ApiError> {
    let account = world.accounts.get(id).ok_or_else(|| ApiError::not_found("the account"))?;
    if !matches!(account.status.as_str(), "CREATED" | "ACTION_REQUIRED") {
        return Err(ApiError::invalid("status", "the account cannot be submitted in this status"));
    }
    requirements::check_complete(&account.document)?;
    if let Some(account) = world.accounts.get_mut(id) {
        account.status = "SUBMITTED".to_owned();
        account.requirements = json!({});
    }
    emit(world, now, "account.submitted", id, id, json!({}));
    if world.meta.settings.auto {
        world.later(now + Duration::seconds(REVIEW_SECONDS), Due::Review { account: id.to_owned() });
    }
    Ok(())
}

/// The reviewer's part: ACTIVE, or ACTION_REQUIRED when something is missing.
pub fn review(world: &mut World, id: &str, now: Instant) {
    if world.accounts.get(id).is_some_and(|account| account.status == "SUBMITTED") {
        decide(world, id, "ACTIVE", false, now);
    }
}

/// A review ends; without `force`, unmet conditions turn ACTIVE into ACTION_REQUIRED (D).
pub fn decide(world: &mut World, id: &str, wanted: &str, force: bool, now: Instant) {
    let Some(account) = world.accounts.get_mut(id) else { return };
    let unmet = requirements::unmet(id, &account.document);
    let is_met = unmet.as_object().is_none_or(|wanted| wanted.is_empty());
    match wanted {
        "ACTIVE" if force || is_met => activate(world, id, now),
        "ACTIVE" | "ACTION_REQUIRED" => {
            account.status = "ACTION_REQUIRED".to_owned();
            account.requirements = if is_met { requirements::other() } else { unmet };
            let data = requirements::event(&account.requirements);
            emit(world, now, "account.action_required", id, id, data);
        }
        "SUSPENDED" => {
            account.is_refused = account.status == "SUBMITTED";
            move_to(world, id, "SUSPENDED", now);
        }
        other => move_to(world, id, other, now),
    }
}

/// To ACTIVE, with what `--auto` gives a new account.
pub fn activate(world: &mut World, id: &str, now: Instant) {
    let is_new = world.accounts.get(id).is_some_and(|account| account.balances.is_empty());
    if let Some(account) = world.accounts.get_mut(id) {
        account.is_refused = false;
    }
    move_to(world, id, "ACTIVE", now);
    if world.meta.settings.auto && is_new {
        wallet::endow(world, id, now);
    }
}

fn move_to(world: &mut World, id: &str, status: &str, now: Instant) {
    let Some(account) = world.accounts.get_mut(id) else { return };
    account.status = status.to_owned();
    account.requirements = json!({});
    let name = format!("account.{}", status.to_lowercase());
    let data = body(account);
    emit(world, now, &name, id, id, data);
}

/// Every account of the legal entity, with an event each (D).
pub fn suspend(world: &mut World, id: &str, message: Option<String>, now: Instant) -> Result<(), ApiError> {
    for id in of_entity(world, id, "ACTIVE", "only an ACTIVE account can be suspended")? {
        if let Some(account) = world.accounts.get_mut(&id) {
            account.suspensions.push(json!({
                "code": "SUSPENDED_BY_PLATFORM",
                "message": message,
                "details": null,
                "suspended_at": stamp(now),
            }));
        }
        move_to(world, &id, "SUSPENDED", now);
    }
    Ok(())
}

/// Undoes a suspension, not a refusal (A); every account of the legal entity (D).
pub fn reactivate(
    world: &mut World,
    id: &str,
    message: Option<String>,
    now: Instant,
) -> Result<(), ApiError> {
    let ids = of_entity(world, id, "SUSPENDED", "only a SUSPENDED account can be reactivated")?;
    if world.accounts.get(id).is_some_and(|account| account.is_refused) {
        return Err(ApiError::invalid("status", "the account was refused by its review"));
    }
    for id in ids {
        if let Some(account) = world.accounts.get_mut(&id) {
            account.reactivation = Some(json!({ "message": message, "reactivated_at": stamp(now) }));
        }
        move_to(world, &id, "ACTIVE", now);
    }
    Ok(())
}

fn of_entity(world: &World, id: &str, status: &str, otherwise: &str) -> Result<Vec<String>, ApiError> {
    let account = world.accounts.get(id).ok_or_else(|| ApiError::not_found("the account"))?;
    if account.status != status {
        return Err(ApiError::invalid("status", otherwise));
    }
    let same = world
        .accounts
        .values()
        .filter(|known| known.legal_entity == account.legal_entity && known.status == status && known.linked);
    Ok(same.map(|known| known.id.clone()).collect())
}

//! Simulation endpoints of accounts (02 §5.1–5.2).

use chrono::Duration;

use super::lifecycle;
use crate::call::Call;
use crate::wire::{ApiError, Reply, flag_at, ok};
use crate::world::steering::Due;

/// The account must be SUBMITTED (D), or wait for something and be forced (A).
pub fn update_status(call: &mut Call<'_>) -> Reply {
    let id = call.id().to_owned();
    let account = call.world.accounts.get(&id);
    let is_ours = |linked: bool| (call.caller.is_platform && linked) || call.account() == id;
    let account = account.filter(|account| is_ours(account.linked));
    let status =
        account.map(|account| account.status.clone()).ok_or_else(|| ApiError::not_found("the account"))?;
    let wanted = call.need("next_status")?;
    if !matches!(wanted.as_str(), "ACTIVE" | "SUSPENDED" | "ACTION_REQUIRED") {
        return Err(ApiError::invalid("next_status", "ACTIVE, SUSPENDED or ACTION_REQUIRED"));
    }
    let force = flag_at(&call.body, "force").unwrap_or(true);
    if status != "SUBMITTED" && !(force && status == "ACTION_REQUIRED") {
        return Err(ApiError::invalid("account_id", "the account is not SUBMITTED"));
    }
    lifecycle::decide(call.world, &id, &wanted, force, call.now);
    match call.world.accounts.get(&id) {
        Some(account) => ok(lifecycle::body(account)),
        None => Err(ApiError::not_found("the account")),
    }
}

pub fn approve(call: &mut Call<'_>) -> Reply {
    decide(call, true)
}

pub fn reject(call: &mut Call<'_>) -> Reply {
    decide(call, false)
}

/// Takes effect a moment later (D: asynchronously).
fn decide(call: &mut Call<'_>, approved: bool) -> Reply {
    let amendment = super::amendments::own(call)?;
    if amendment.status != "PENDING" {
        return Err(ApiError::invalid("id", "the amendment is decided already"));
    }
    let what = Due::AmendmentDecision { amendment: amendment.id.clone(), approved };
    call.world.later(call.now + Duration::seconds(1), what);
    ok(super::amendments::body(&amendment))
}

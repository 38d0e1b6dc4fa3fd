//! Changes after activation (02 §1.8): decided by a reviewer.

use chrono::Duration;
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::Instant;
use crate::webhooks::emit;
use crate::wire::{ApiError, Reply, created, merge, ok, stamp};
use crate::world::World;
use crate::world::accounts::Amendment;
use crate::world::steering::Due;

const STORE: &str = "account_details.store_details";
const CONTACT: &str = "primary_contact";
/// What a store has to tell (02 §1.3, D).
const STORE_NEEDS: [&str; 7] = [
    "store_name",
    "store_description",
    "industry_code",
    "operating_models",
    "fulfillment_days",
    "cross_border_transaction_percent",
    "estimated_transaction_volume",
];

pub fn create(call: &mut Call<'_>) -> Reply {
    let target = call.need("target")?;
    let member = match target.as_str() {
        STORE => "store_details",
        CONTACT => CONTACT,
        _ => return Err(ApiError::invalid("target", format!("{STORE} or {CONTACT}"))),
    };
    let content = call.body.get(member).filter(|content| content.is_object()).cloned();
    let content = content.ok_or_else(|| ApiError::required(member))?;
    if target == STORE
        && let Some(missing) = STORE_NEEDS.iter().find(|name| content.get(**name).is_none_or(Value::is_null))
    {
        return Err(ApiError::required(&format!("store_details.{missing}")));
    }
    let account = call.account().to_owned();
    if call.world.accounts.get(&account).is_none_or(|account| account.status != "ACTIVE") {
        return Err(ApiError::invalid("status", "only an account that passed its checks can be amended"));
    }
    let amendment = Amendment {
        id: call.world.uuid(),
        account,
        status: "PENDING".to_owned(),
        target,
        content,
        created_at: call.now,
    };
    let answer = body(&amendment);
    if call.settings().auto {
        let what = Due::AmendmentDecision { amendment: amendment.id.clone(), approved: true };
        call.world.later(call.now + Duration::seconds(5), what);
    }
    call.world.amendments.insert(amendment.id.clone(), amendment);
    created(answer)
}

pub fn get(call: &mut Call<'_>) -> Reply {
    ok(body(&own(call)?))
}

pub fn own(call: &Call<'_>) -> Result<Amendment, ApiError> {
    let found = call.world.amendments.get(call.id()).filter(|found| found.account == call.account());
    found.cloned().ok_or_else(|| ApiError::not_found("the amendment"))
}

/// The decision takes effect.
pub fn decide(world: &mut World, id: &str, approved: bool, now: Instant) {
    let Some(amendment) = world.amendments.get_mut(id).filter(|found| found.status == "PENDING") else {
        return;
    };
    amendment.status = if approved { "APPROVED" } else { "REJECTED" }.to_owned();
    let amendment = amendment.clone();
    if approved && let Some(account) = world.accounts.get_mut(&amendment.account) {
        let change = match amendment.target.as_str() {
            STORE => json!({ "account_details": { "store_details": amendment.content } }),
            _ => json!({ CONTACT: amendment.content }),
        };
        merge(&mut account.document, &change);
    }
    let name = if approved { "account_amendment.approved" } else { "account_amendment.rejected" };
    emit(world, now, name, &amendment.account, &amendment.id, body(&amendment));
}

pub fn body(amendment: &Amendment) -> Value {
    let mut body = json!({
        "id": amendment.id,
        "status": amendment.status,
        "target": amendment.target,
        "created_at": stamp(amendment.created_at),
    });
    let member = if amendment.target == STORE { "store_details" } else { CONTACT };
    body[member] = amendment.content.clone();
    body
}

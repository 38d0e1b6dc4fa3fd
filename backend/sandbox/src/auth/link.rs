//! Linking an account to the platform, which is what `x-on-behalf-of` needs.

use serde_json::json;

use crate::clock::Instant;
use crate::webhooks;
use crate::wire::stamp;
use crate::world::World;
use crate::world::start::{APP_NAME, PLATFORM};

/// Links, and tells the platform; a second time changes nothing.
pub fn link(world: &mut World, account: &str, now: Instant) {
    let Some(owner) = world.accounts.get(account).filter(|owner| !owner.linked) else { return };
    let data = json!({
        "platform_account_id": PLATFORM,
        "platform_name": APP_NAME,
        "connected_account_id": account,
        "connected_account_name": owner.document["nickname"],
        "connected_account_identifier": owner.document["identifier"],
        "connected_account_status": owner.status,
        "created_at": stamp(now),
    });
    if let Some(owner) = world.accounts.get_mut(account) {
        owner.linked = true;
    }
    webhooks::emit(world, now, "account.connected", account, account, data);
}

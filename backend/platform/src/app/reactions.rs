//! Facts of features on the left become work of features on the right.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::accounts::AccountStatus;
use crate::accounts::model::STATUS_CHANGED;
use crate::connections::model::CONNECTED;
use crate::jobs::{Outcome, Registry};
use crate::kernel::id::SellerId;
use crate::kernel::{Failure, System};
use crate::platform::Platform;
use crate::{accounts, notifications};

pub fn register(registry: Registry) -> Registry {
    registry.add(CONNECTED, connected).add(STATUS_CHANGED, status_changed)
}

fn seller_in(payload: &Value) -> Result<SellerId, Failure> {
    SellerId::parse(payload.get("seller").and_then(Value::as_str).unwrap_or_default()).map_err(Failure::new)
}

/// A connection was made: read the account behind it.
fn connected(
    platform: Platform,
    system: System,
    payload: Value,
) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        accounts::service::sync_later(&platform, &system, &seller_in(&payload)?).await?;
        Ok(Outcome::Done)
    }
    .boxed()
}

/// An account's status changed: tell the seller what matters to her.
fn status_changed(
    platform: Platform,
    _: System,
    payload: Value,
) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let seller = &seller_in(&payload)?;
        let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        // An account that is first seen ACTIVE was an existing customer's: no news to anybody.
        let template = match (AccountStatus::parse(&text("status")), text("was").is_empty()) {
            (Some(AccountStatus::Active), false) => "account_active",
            (Some(AccountStatus::ActionRequired), _) => "account_needs_you",
            (Some(AccountStatus::Suspended), _) => "account_suspended",
            _ => return Ok(Outcome::Done),
        };
        let context = serde_json::json!({ "link": platform.public_url(&format!("/onboarding/{seller}")) });
        let (context, cause) = (&context, &format!("{}/{}", text("account"), text("occurrence")));
        let platform = &platform;
        platform
            .db
            .write(|tx| async move {
                notifications::service::tell_seller(platform, &tx, seller, template, cause, context.clone())
                    .await
            })
            .await?;
        Ok(Outcome::Done)
    }
    .boxed()
}

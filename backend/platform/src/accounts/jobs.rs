//! Background steps of this feature.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{AccountRefusal, service};
use crate::jobs::{Outcome, Registry, outcome_of};
use crate::kernel::id::SellerId;
use crate::kernel::{Error, Failure, System};
use crate::platform::Platform;

pub fn register(registry: Registry) -> Registry {
    registry.add(service::SYNC, sync)
}

fn sync(platform: Platform, system: System, payload: Value) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let id = payload.get("id").and_then(Value::as_str).unwrap_or_default();
        let seller = SellerId::parse(id).map_err(Failure::new)?;
        match service::sync(&platform, &system, &seller).await {
            // The connection has ended: the status at least can be learned without it.
            Err(Error::Refused(AccountRefusal::NotConnected)) => {
                outcome_of(service::sync_status(&platform, &system, &seller).await.map(|()| Outcome::Done))
            }
            result => outcome_of(result.map(|()| Outcome::Done)),
        }
    }
    .boxed()
}

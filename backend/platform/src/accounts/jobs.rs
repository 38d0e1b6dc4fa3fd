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
            // The connection has ended meanwhile: the seller knows, and nobody else can do anything.
            Err(Error::Refused(AccountRefusal::NotConnected)) => Ok(Outcome::Done),
            result => outcome_of(result.map(|()| Outcome::Done)),
        }
    }
    .boxed()
}

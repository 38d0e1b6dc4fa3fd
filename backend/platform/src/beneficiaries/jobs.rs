//! Background steps of this feature.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::service;
use crate::jobs::{Outcome, Registry, outcome_of};
use crate::kernel::id::BeneficiaryId;
use crate::kernel::{Failure, System};
use crate::platform::Platform;

pub fn register(registry: Registry) -> Registry {
    registry.add(service::SETTLE, settle)
}

fn settle(
    platform: Platform,
    system: System,
    payload: Value,
) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let id = payload.get("id").and_then(Value::as_str).unwrap_or_default();
        let id = BeneficiaryId::parse(id).map_err(Failure::new)?;
        outcome_of(service::find_out(&platform, &system, &id).await)
    }
    .boxed()
}

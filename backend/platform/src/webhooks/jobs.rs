//! Background steps of this feature.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::service;
use crate::jobs::{Outcome, Registry};
use crate::kernel::id::WebhookEventId;
use crate::kernel::{Failure, System};
use crate::platform::Platform;

pub fn register(registry: Registry) -> Registry {
    registry.add(service::WORK, work)
}

fn work(platform: Platform, system: System, payload: Value) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let id = payload.get("id").and_then(Value::as_str).unwrap_or_default();
        service::work(&platform, &system, &WebhookEventId::parse(id).map_err(Failure::new)?).await
    }
    .boxed()
}

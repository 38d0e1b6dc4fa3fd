//! Background steps of this feature.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::service;
use crate::jobs::{Outcome, Registry};
use crate::kernel::id::MailId;
use crate::kernel::{Failure, System};
use crate::platform::Platform;

pub fn register(registry: Registry) -> Registry {
    registry.add(service::TELL, tell).add(service::DELIVER, deliver)
}

fn tell(platform: Platform, system: System, payload: Value) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move { service::expand(&platform, &system, &payload).await.map(|()| Outcome::Done) }.boxed()
}

fn deliver(platform: Platform, _: System, payload: Value) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let id = payload.get("id").and_then(Value::as_str).unwrap_or_default();
        service::deliver(&platform, &MailId::parse(id).map_err(Failure::new)?).await
    }
    .boxed()
}

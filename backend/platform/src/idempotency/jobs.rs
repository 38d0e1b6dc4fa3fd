//! Forgetting old keys, once a day.

use chrono::Duration;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::jobs::{Outcome, Registry};
use crate::kernel::{Failure, System};
use crate::platform::Platform;

const FORGET: &str = "idempotency.forget";

pub fn register(registry: Registry) -> Registry {
    registry.add(FORGET, forget).every(FORGET, Duration::days(1))
}

fn forget(platform: Platform, _system: System, _: Value) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let count = super::forget_old(&platform).await?;
        tracing::debug!(count, "old idempotency keys are forgotten");
        Ok(Outcome::Done)
    }
    .boxed()
}

//! Background steps of this feature.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::mails;
use crate::jobs::{Outcome, Registry};
use crate::kernel::{Failure, System};
use crate::platform::Platform;

pub fn register(registry: Registry) -> Registry {
    registry.add(mails::MAIL, mail)
}

fn mail(platform: Platform, system: System, payload: Value) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move { mails::send(&platform, &system, &payload).await }.boxed()
}

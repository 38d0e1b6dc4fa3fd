//! Background steps of this feature.

use chrono::Duration;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{PayoutRefusal, service};
use crate::jobs::{Outcome, Registry, outcome_of};
use crate::kernel::id::{PayoutHoldId, PayoutId};
use crate::kernel::{Error, Failure, System};
use crate::platform::Platform;

pub fn register(registry: Registry) -> Registry {
    registry
        .add(service::SUBMIT, submit)
        .add(service::RECONCILE, reconcile)
        .add(service::BREAK, show_break)
        .add(service::COMPARE, compare)
        .add(service::COMPARE_ACCOUNT, compare_account)
        .add(service::RELEASE, release)
        .every(service::RECONCILE, Duration::minutes(10))
}

fn submit(
    platform: Platform,
    system: System,
    payload: Value,
) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let id = payload.get("id").and_then(Value::as_str).unwrap_or_default();
        let id = PayoutId::parse(id).map_err(Failure::new)?;
        told(service::submit(&platform, &system, &id).await)
    }
    .boxed()
}

/// Nothing that a machine could do: it was shown to staff at once, and comes here when a person has looked. What
/// the payout itself shows stays until it moves; anything else is done with that.
fn show_break(
    platform: Platform,
    system: System,
    payload: Value,
) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        let id = PayoutId::parse(text("id").unwrap_or_default()).map_err(Failure::new)?;
        let now = service::status(&platform, &system, &id).await?;
        let is_still_so = text("while").is_some_and(|status| now.is_some_and(|now| now.as_str() == status));
        Ok(if is_still_so {
            Outcome::GiveUp(text("why").unwrap_or_default().to_owned())
        } else {
            Outcome::Done
        })
    }
    .boxed()
}

fn reconcile(platform: Platform, system: System, _: Value) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move { outcome_of(service::look_up_quiet(&platform, &system).await.map(|()| Outcome::Done)) }
        .boxed()
}

fn hold_id(payload: &Value) -> Result<PayoutHoldId, Failure> {
    let id = payload.get("id").and_then(Value::as_str).unwrap_or_default();
    PayoutHoldId::parse(id).map_err(Failure::new)
}

fn compare(
    platform: Platform,
    system: System,
    payload: Value,
) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move { told(service::compare(&platform, &system, &hold_id(&payload)?).await) }.boxed()
}

fn compare_account(
    platform: Platform,
    system: System,
    payload: Value,
) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move {
        let account = payload.get("id").and_then(Value::as_str).unwrap_or_default();
        told(service::compare_account(&platform, &system, account).await)
    }
    .boxed()
}

/// A look-up that was refused or not heard says nothing: look again later, however long it takes.
fn told(result: Result<Outcome, Error<PayoutRefusal>>) -> Result<Outcome, Failure> {
    match result {
        Err(Error::Upstream(error)) => Ok(Outcome::Later(Duration::zero(), error.to_string())),
        result => outcome_of(result),
    }
}

/// Comes here when staff have looked.
fn release(platform: Platform, _: System, payload: Value) -> BoxFuture<'static, Result<Outcome, Failure>> {
    async move { service::release(&platform, &hold_id(&payload)?).await.map(|()| Outcome::Done) }.boxed()
}

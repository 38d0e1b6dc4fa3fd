//! Background steps of this feature.

use chrono::{DateTime, Duration};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{diagnosis, ending, refresh, rules, service, vault};
use crate::jobs::{NewJob, Outcome, Registry, enqueue_once, outcome_of};
use crate::kernel::id::{AttemptId, ChainId, ConnectionId};
use crate::kernel::{Failure, System};
use crate::platform::Platform;

type Ran = BoxFuture<'static, Result<Outcome, Failure>>;

pub fn register(registry: Registry) -> Registry {
    registry
        .add(refresh::RECOVER, recover)
        .add(refresh::SETTLE, settle)
        .add(service::RENEW, renew)
        .add(service::SETTLE_ATTEMPT, settle_attempt)
        .add(service::LEARN_ACCOUNT, learn_account)
        .add(refresh::PROBE, probe)
        .add(diagnosis::DIAGNOSE, diagnose)
        .add(service::REFRESH_IDLE, refresh_idle)
        .every(service::REFRESH_IDLE, Duration::minutes(1))
}

fn chain_id(payload: &Value) -> Result<ChainId, Failure> {
    ChainId::parse(payload.get("id").and_then(Value::as_str).unwrap_or_default()).map_err(Failure::new)
}

fn again() -> Outcome {
    Outcome::Later(Duration::seconds(2), "another send is still open".to_owned())
}

fn recover(platform: Platform, system: System, payload: Value) -> Ran {
    async move {
        let open = refresh::recover(&platform, &system, &chain_id(&payload)?).await?;
        Ok(if open { again() } else { Outcome::Done })
    }
    .boxed()
}

fn settle(platform: Platform, system: System, payload: Value) -> Ran {
    async move {
        // Best effort: after its time the next one, or the ordinary refresh, has to do.
        let until = payload.get("until").and_then(Value::as_str).unwrap_or_default();
        let until = DateTime::parse_from_rfc3339(until).map_err(Failure::new)?;
        let waits = refresh::settle(&platform, &system, &chain_id(&payload)?).await?;
        Ok(if waits && platform.clock.now() < until { again() } else { Outcome::Done })
    }
    .boxed()
}

fn renew(platform: Platform, system: System, payload: Value) -> Ran {
    async move {
        let waits = refresh::refresh_now(&platform, &system, &chain_id(&payload)?).await?;
        let later = || Outcome::Later(Duration::minutes(1), "it is not the time to send".to_owned());
        Ok(if waits { later() } else { Outcome::Done })
    }
    .boxed()
}

fn attempt_id(payload: &Value) -> Result<AttemptId, Failure> {
    AttemptId::parse(payload.get("id").and_then(Value::as_str).unwrap_or_default()).map_err(Failure::new)
}

fn settle_attempt(platform: Platform, system: System, payload: Value) -> Ran {
    async move {
        let id = attempt_id(&payload)?;
        service::settle_lost_attempt(&platform, &system, &id).await.map(|()| Outcome::Done)
    }
    .boxed()
}

fn learn_account(platform: Platform, system: System, payload: Value) -> Ran {
    async move { outcome_of(service::learn_account(&platform, &system, &attempt_id(&payload)?).await) }
        .boxed()
}

fn diagnose(platform: Platform, system: System, payload: Value) -> Ran {
    async move {
        let id = payload.get("id").and_then(Value::as_str).unwrap_or_default();
        let id = ConnectionId::parse(id).map_err(Failure::new)?;
        let sender = payload.get("sender").cloned().unwrap_or_default();
        let sender = serde_json::from_value(sender).map_err(Failure::new)?;
        diagnosis::diagnose(&platform, &system, &id, &sender).await
    }
    .boxed()
}

fn probe(platform: Platform, _: System, _: Value) -> Ran {
    async move {
        let wait = || Outcome::Later(rules::PROBE, "the token endpoint does not answer".to_owned());
        Ok(if refresh::probe(&platform).await? { Outcome::Done } else { wait() })
    }
    .boxed()
}

/// Refreshes chains that nobody used for a third of their refresh token's life.
fn refresh_idle(platform: Platform, _: System, _: Value) -> Ran {
    async move {
        ending::forget_given_up(&platform).await?;
        for (chain, generation) in vault::idle(platform.db.read(), platform.clock.now()).await? {
            let job = NewJob {
                payload: serde_json::json!({ "id": chain.as_str() }),
                ..NewJob::about(service::RENEW, format!("{chain}/{generation}"))
            };
            enqueue_once(&platform, job).await?;
        }
        Ok(Outcome::Done)
    }
    .boxed()
}

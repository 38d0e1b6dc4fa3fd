//! Taking an event in, and working on it.

use airwallex::event::{Event, SignatureError, verify};
use chrono::Duration;
use sea_orm::ActiveValue::Set;

use super::dispatch::{self, Meaning};
use super::entity::{ActiveModel, Model};
use super::store;
use crate::jobs::{NewJob, Outcome, enqueue, enqueue_once};
use crate::kernel::id::WebhookEventId;
use crate::kernel::{Failure, Staff, System};
use crate::platform::Platform;

pub const WORK: &str = "webhooks.work";
/// How often an event that matches nothing is tried before it is shown as unmatched.
const TRIES: i32 = 6;

/// What came of a delivery.
#[derive(Debug)]
pub enum Received {
    /// Stored now, or already there.
    Stored,
    NotAnEvent,
    NotBelieved(SignatureError),
}

/// A delivery as it arrived.
pub struct Delivery<'a> {
    pub timestamp: Option<&'a str>,
    pub signature: Option<&'a str>,
    pub body: &'a [u8],
}

/// Verifies and stores. Nothing else: the answer must be quick, and 200 means "kept".
pub async fn receive(platform: &Platform, delivery: &Delivery<'_>) -> Result<Received, Failure> {
    let secrets = platform.settings.webhook_secrets.iter().map(|secret| secret.expose().as_str());
    let now = platform.clock.now();
    let window = platform.settings.webhook_window;
    let verified = verify(secrets, delivery.timestamp, delivery.signature, delivery.body, now, window);
    if let Err(error) = verified {
        return Ok(Received::NotBelieved(error));
    }
    let (Ok(event), Ok(mut body)) =
        (Event::parse(delivery.body), serde_json::from_slice::<serde_json::Value>(delivery.body))
    else {
        return Ok(Received::NotAnEvent);
    };
    mask(&mut body);
    let id = &WebhookEventId::generate(&*platform.clock, &*platform.random);
    let row = &ActiveModel {
        id: Set(id.clone()),
        upstream_id: Set(event.id),
        name: Set(event.name),
        account: Set(event.account_id),
        body: Set(body.to_string()),
        status: Set("RECEIVED".to_owned()),
        detail: Set(None),
        attempts: Set(0),
        occurred_at: Set(event.created_at.map(|at| at.0)),
        received_at: Set(now),
        settled_at: Set(None),
    };
    platform
        .db
        .write(|tx| async move {
            if store::insert(&tx, row.clone()).await? {
                enqueue(platform, &tx, NewJob::about(WORK, id)).await?;
            }
            Ok::<_, Failure>(())
        })
        .await?;
    Ok(Received::Stored)
}

/// Events carry whole copies of bank accounts. Nobody here needs them: numbers keep their last four characters.
fn mask(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, inner) in fields.iter_mut() {
                let secret = matches!(name.as_str(), "account_number" | "iban" | "account_routing_value1");
                match inner {
                    serde_json::Value::String(text) if secret => {
                        let count = text.chars().count();
                        let last: String = text.chars().skip(count.saturating_sub(4)).collect();
                        *text = format!("…{last}");
                    }
                    other => mask(other),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

/// Works on a stored event: finds out what it means and lets the feature that it concerns act.
pub async fn work(platform: &Platform, system: &System, id: &WebhookEventId) -> Result<Outcome, Failure> {
    let Some(row) = store::find(platform.db.read(), system, id).await? else { return Ok(Outcome::Done) };
    let event = Event::parse(row.body.as_bytes()).map_err(Failure::new)?;
    let found = dispatch::act(platform, system, &event).await;
    let wait = Duration::seconds(i64::from(1 << row.attempts.clamp(0, 8)));
    let is_last = row.attempts + 1 >= TRIES;
    let (status, detail, next) = match found {
        Ok(Meaning::Applied(what)) => ("APPLIED", what, Outcome::Done),
        Ok(Meaning::Ignored(why)) => ("IGNORED", why, Outcome::Done),
        Ok(Meaning::Unmatched(what)) if is_last => ("UNMATCHED", what, Outcome::Done),
        Ok(Meaning::Lost(what)) if is_last => ("UNMATCHED", what.clone(), Outcome::GiveUp(what)),
        Ok(Meaning::Unmatched(what) | Meaning::Lost(what)) => {
            ("UNMATCHED", what.clone(), Outcome::Later(wait, what))
        }
        Err(failure) => {
            let why = format!("failed inside, reference {}", failure.report());
            ("FAILED", why.clone(), Outcome::Later(wait, why))
        }
    };
    let (row, detail) = (&row, &detail);
    let now = platform.clock.now();
    platform.db.write(|tx| async move { store::settle(&tx, row, status, detail, now).await }).await?;
    Ok(next)
}

/// The newest events, for staff.
pub async fn newest(platform: &Platform, staff: &Staff, status: Option<&str>) -> Result<Vec<Model>, Failure> {
    store::newest(platform.db.read(), staff, status).await
}

/// How many events have a status, for staff.
pub async fn count(platform: &Platform, staff: &Staff, status: &str) -> Result<u64, Failure> {
    store::count(platform.db.read(), staff, status).await
}

/// Works on an event once more, because a member of staff asked.
pub async fn replay(platform: &Platform, _staff: &Staff, id: &WebhookEventId) -> Result<(), Failure> {
    enqueue_once(platform, NewJob::about(WORK, id)).await
}

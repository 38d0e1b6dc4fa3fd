//! The status machine of transfers (03 §c.6) and the events of its moves.

use chrono::{Duration, NaiveTime};

use super::{body, failures, funding};
use crate::clock::Instant;
use crate::webhooks::{emit, is_heard};
use crate::wire::ApiError;
use crate::world::World;
use crate::world::money::{Failure, Transfer};
use crate::world::steering::Due;

/// How long a new transfer stays SCHEDULED by itself (C: observed live).
const FIRST_STEP_MILLIS: i64 = 300;
/// How long each further step takes (`--auto`).
const STEP_SECONDS: i64 = 2;

/// A new transfer: IN_APPROVAL where the account has an approval workflow, else SCHEDULED. A batch was approved
/// as a whole.
pub fn begin(world: &mut World, id: &str, now: Instant) {
    let is_of_batch = world.transfers.get(id).is_some_and(|transfer| transfer.batch.is_some());
    if world.meta.settings.approval_workflow && !is_of_batch {
        set(world, id, now, |transfer| transfer.status = "IN_APPROVAL".to_owned());
        return tell(world, id, "in_approval", now);
    }
    schedule(world, id, now);
}

fn schedule(world: &mut World, id: &str, now: Instant) {
    set(world, id, now, |transfer| {
        transfer.status = "SCHEDULED".to_owned();
        transfer.funding = "SCHEDULED".to_owned();
    });
    tell(world, id, "scheduled", now);
    tell(world, id, "funding.scheduled", now);
    let Some(transfer) = world.transfers.get(id) else { return };
    // Funds are taken on the transfer's date (D).
    let date = transfer.transfer_date.and_time(NaiveTime::MIN).and_utc();
    let wait = delay(transfer).unwrap_or(Duration::milliseconds(FIRST_STEP_MILLIS));
    world.later(date.max(now) + wait, Due::Step { transfer: id.to_owned() });
}

/// Whether a transfer may be asked to end so: a word that is not understood would test something else.
pub fn is_outcome(word: &str) -> bool {
    let kind = word.strip_prefix("failed:").or_else(|| word.strip_prefix("paid_then_failed:"));
    match kind {
        Some(kind) => failures::of_kind(kind).is_some(),
        None => ["paid", "sent", "overdue", "stuck_processing"].contains(&word),
    }
}

/// `sim.outcome` in the metadata says how a transfer ends by itself (A: stays valid on the real API).
fn outcome(transfer: &Transfer) -> Option<String> {
    transfer.echo.get("metadata")?.get("sim.outcome")?.as_str().map(str::to_owned)
}

fn delay(transfer: &Transfer) -> Option<Duration> {
    let metadata = transfer.echo.get("metadata")?;
    let millis = metadata.get("sim.delay_ms")?.as_str()?.parse::<u32>().ok()?;
    Some(Duration::milliseconds(i64::from(millis)))
}

/// One step by itself: to PROCESSING always, further in auto mode or where the metadata says so.
pub fn step(world: &mut World, id: &str, now: Instant) {
    let Some(transfer) = world.transfers.get(id) else { return };
    let (outcome, wait) = (outcome(transfer), delay(transfer).unwrap_or(Duration::seconds(STEP_SECONDS)));
    let goes_on = match outcome.as_deref() {
        Some("stuck_processing") => false,
        Some(_) => true,
        None => world.meta.settings.auto,
    };
    let failure = |prefix: &str| {
        outcome.as_deref().and_then(|outcome| outcome.strip_prefix(prefix)).and_then(failures::of_kind)
    };
    match transfer.status.as_str() {
        "SCHEDULED" if outcome.as_deref() == Some("overdue") => return overdue(world, id, now),
        "SCHEDULED" | "OVERDUE" => process(world, id, now),
        "PROCESSING" if goes_on => send(world, id, now),
        "SENT" if outcome.as_deref() == Some("sent") => return,
        "SENT" if failure("failed:").is_some() => return fail(world, id, failure("failed:"), now),
        "SENT" if goes_on => pay(world, id, now),
        "PAID" if failure("paid_then_failed:").is_some() => {
            return fail(world, id, failure("paid_then_failed:"), now);
        }
        _ => return,
    }
    let has_more = world.transfers.get(id).is_some_and(|transfer| match transfer.status.as_str() {
        "PROCESSING" | "SENT" => goes_on,
        "PAID" => outcome.as_deref().is_some_and(|outcome| outcome.starts_with("paid_then_failed:")),
        _ => false,
    });
    if has_more {
        world.later(now + wait, Due::Step { transfer: id.to_owned() });
    }
}

/// Where somebody may move a transfer to (A, 03 §c.12).
pub fn next_of(status: &str) -> &'static [&'static str] {
    match status {
        "SCHEDULED" => &["PROCESSING", "OVERDUE", "CANCELLED"],
        "OVERDUE" => &["PROCESSING", "CANCELLED"],
        "PROCESSING" => &["SENT", "CANCELLED", "FAILED"],
        "SENT" => &["PAID", "FAILED", "CANCELLED"],
        "PAID" => &["FAILED"],
        _ => &[],
    }
}

/// One hop of [`next_of`]; to where it stands already is none.
pub fn transition(
    world: &mut World,
    id: &str,
    next: &str,
    failure: Option<&str>,
    now: Instant,
) -> Result<(), ApiError> {
    let transfer = world.transfers.get(id).ok_or_else(|| ApiError::not_found("the transfer"))?;
    let from = transfer.status.clone();
    let known = ["OVERDUE", "PROCESSING", "SENT", "PAID", "FAILED", "CANCELLED"];
    if !known.contains(&next) {
        return Err(ApiError::invalid("next_status", format!("one of {}", known.join(", "))));
    }
    let failure = match failure {
        None => None,
        Some(kind) => Some(
            failures::of_kind(kind).ok_or_else(|| ApiError::invalid("failure_type", "not a failure type"))?,
        ),
    };
    if from == next {
        return Ok(());
    }
    if from == "PROCESSING" && next == "FAILED" && world.meta.settings.strict {
        return Err(ApiError::new(500, "service_unavailable", "the real sandbox answers 500 here as well"));
    }
    if !next_of(&from).contains(&next) {
        return Err(ApiError::invalid("next_status", format!("{from} does not lead to {next}")));
    }
    match next {
        "PROCESSING" => process(world, id, now),
        "OVERDUE" => overdue(world, id, now),
        "SENT" => send(world, id, now),
        "PAID" => pay(world, id, now),
        "FAILED" => fail(world, id, failure, now),
        _ => cancel(world, id, now),
    }
    Ok(())
}

/// What the approvers decide, in the web app (03 §c.6).
pub fn approve(world: &mut World, id: &str, decision: &str, now: Instant) -> Result<(), ApiError> {
    let transfer = world.transfers.get(id).ok_or_else(|| ApiError::not_found("the transfer"))?;
    if transfer.status != "IN_APPROVAL" {
        return Err(ApiError::invalid("status", "the transfer is not IN_APPROVAL"));
    }
    match decision {
        "APPROVED" => schedule(world, id, now),
        "APPROVAL_RECALLED" | "APPROVAL_REJECTED" | "APPROVAL_BLOCKED" => {
            set(world, id, now, |transfer| transfer.status = decision.to_owned());
            tell(world, id, &decision.to_lowercase(), now);
        }
        _ => {
            return Err(ApiError::invalid(
                "decision",
                "APPROVED, APPROVAL_RECALLED, APPROVAL_REJECTED or APPROVAL_BLOCKED",
            ));
        }
    }
    Ok(())
}

/// Funds the transfer, or makes it OVERDUE when the wallet is short (D).
fn process(world: &mut World, id: &str, now: Instant) {
    let Some(transfer) = world.transfers.get(id).cloned() else { return };
    if !funding::take(world, &transfer, now) {
        if transfer.status != "OVERDUE" {
            overdue(world, id, now);
        }
        return;
    }
    set(world, id, now, |transfer| {
        transfer.status = "PROCESSING".to_owned();
        transfer.funding = "FUNDED".to_owned();
    });
    tell(world, id, "funding.funded", now);
    tell(world, id, "processing", now);
}

fn send(world: &mut World, id: &str, now: Instant) {
    set(world, id, now, |transfer| {
        transfer.status = "SENT".to_owned();
        transfer.dispatched_at = Some(now);
    });
    tell(world, id, "sent", now);
}

fn pay(world: &mut World, id: &str, now: Instant) {
    set(world, id, now, |transfer| transfer.status = "PAID".to_owned());
    tell(world, id, "paid", now);
}

fn overdue(world: &mut World, id: &str, now: Instant) {
    set(world, id, now, |transfer| {
        transfer.status = "OVERDUE".to_owned();
        transfer.funding = "FAILED".to_owned();
    });
    tell(world, id, "funding.failed", now);
    tell(world, id, "overdue", now);
}

/// FAILED is a blink: both events are sent, CANCELLED with the failure stays (C: observed live).
fn fail(world: &mut World, id: &str, failure: Option<Failure>, now: Instant) {
    let failure = failure.or_else(|| failures::of_kind("ACCOUNT_CLOSED"));
    set(world, id, now, |transfer| {
        transfer.status = "FAILED".to_owned();
        transfer.failure = failure;
    });
    tell(world, id, "failed", now);
    cancel(world, id, now);
}

/// What was taken is given back; what was not yet taken is not taken any more.
fn cancel(world: &mut World, id: &str, now: Instant) {
    let Some(transfer) = world.transfers.get(id).cloned() else { return };
    let was_funded = transfer.funding == "FUNDED";
    if was_funded {
        funding::give_back(world, &transfer, now);
    }
    let funding = if was_funded { "REVERSED" } else { "CANCELLED" };
    set(world, id, now, |transfer| {
        transfer.status = "CANCELLED".to_owned();
        transfer.funding = funding.to_owned();
    });
    tell(world, id, "cancelled", now);
    tell(world, id, &format!("funding.{}", funding.to_lowercase()), now);
    retry_overdue(world, &transfer.account, now);
}

/// What a person's cancel does, by status (03 §c.8).
pub fn ask_to_cancel(world: &mut World, id: &str, now: Instant) -> Result<(), ApiError> {
    let status = world.transfers.get(id).map(|transfer| transfer.status.clone()).unwrap_or_default();
    match status.as_str() {
        "IN_APPROVAL" | "SCHEDULED" | "OVERDUE" => cancel(world, id, now),
        "PROCESSING" => {
            set(world, id, now, |transfer| transfer.status = "CANCELLATION_REQUESTED".to_owned());
            tell(world, id, "cancellation_requested", now);
            world.later(now + Duration::seconds(1), Due::Cancellation { transfer: id.to_owned() });
        }
        _ => {
            return Err(ApiError::new(400, "can_not_be_edited", "the transfer cannot be cancelled any more"));
        }
    }
    Ok(())
}

/// A cancellation that was asked for while the transfer was processed takes effect.
pub fn finish_cancellation(world: &mut World, id: &str, now: Instant) {
    if world.transfers.get(id).is_some_and(|transfer| transfer.status == "CANCELLATION_REQUESTED") {
        cancel(world, id, now);
    }
}

/// A wallet got money: overdue transfers are tried again, oldest first.
pub fn retry_overdue(world: &mut World, account: &str, now: Instant) {
    let mut waiting: Vec<(u64, String)> = world
        .transfers
        .values()
        .filter(|transfer| transfer.account == account && transfer.status == "OVERDUE")
        .map(|transfer| (transfer.sequence, transfer.id.clone()))
        .collect();
    waiting.sort();
    for (_, id) in waiting {
        world.later(now, Due::Step { transfer: id });
    }
}

fn set(world: &mut World, id: &str, now: Instant, change: impl FnOnce(&mut Transfer)) {
    if let Some(transfer) = world.transfers.get_mut(id) {
        change(transfer);
        transfer.updated_at = now;
    }
}

fn tell(world: &mut World, id: &str, what: &str, now: Instant) {
    let Some(transfer) = world.transfers.get(id) else { return };
    let name = format!("payout.transfer.{what}");
    if is_heard(world, &name, &transfer.account) {
        let (account, data) = (transfer.account.clone(), body(transfer));
        emit(world, now, &name, &account, id, data);
    }
}

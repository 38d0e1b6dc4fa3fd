//! Sending a payout and finding out what became of it: at most one transfer.
//!
//! Each send is recorded before it leaves. Five answers: created, duplicate, refused, not executed,
//! unknown. After unknown the transfer is looked up, then the same bytes go out under the same
//! `request_id`. Absence in a list is no evidence by itself; presence always is, and so is an event.

use chrono::Duration;

use airwallex::Access;
use airwallex::api::transfers::{self, Transfer};

use super::entity::{payout, payout_send};
use super::model::{Payout, PayoutStatus};
use super::reports::{Source, apply_upstream, show_stuck, tell};
use super::rules::{self, SendOutcome, Step};
use super::store::{self, Change};
use super::{PayoutRefusal, holds, upstream};
use crate::jobs::{Outcome, backoff};
use crate::kernel::id::PayoutId;
use crate::kernel::{Error, Failure, Instant, System, checkpoint};
use crate::platform::Platform;

type Result<T> = std::result::Result<T, Error<PayoutRefusal>>;

/// One run of the submitting job. Re-reads the world, so it may run twice and anywhere.
pub async fn submit(platform: &Platform, system: &System, id: &PayoutId) -> Result<Outcome> {
    let Some(row) = store::row(platform.db.read(), system, id).await? else { return Ok(Outcome::Done) };
    let payout = store::read(row.clone())?;
    let is_first = matches!(payout.status, PayoutStatus::Approved | PayoutStatus::Planned);
    if !is_first && !matches!(payout.status, PayoutStatus::Submitting | PayoutStatus::Reconciling) {
        return Ok(Outcome::Done);
    }
    // The comparison looks up what is open; nobody else has to ask meanwhile.
    if holds::is_kept_back(platform.db.read(), &payout.acting_account).await? {
        return Ok(is_held());
    }
    let access = Access::OnBehalfOf(payout.acting_account.clone());
    // Before the look-up: what it does not show may still have been executed since.
    let now = platform.clock.now();
    let mut refusal = None;
    if !is_first {
        // A crash or an unknown answer lies behind us: look before anything else.
        match transfers::find(&platform.upstream, &access, &payout.request_id).await {
            Ok(Some(found)) => return adopt(platform, system, &payout, &found, "found by request_id").await,
            Ok(None) => {}
            Err(error) if is_refusal(&error) => refusal = Some(error.to_string()),
            Err(error) => return unheard(platform, &payout, error).await,
        }
    }
    let sends = store::sends(platform.db.read(), id).await?;
    let read: Vec<rules::Send> = sends.iter().map(store::read_send).collect();
    let step = rules::step(&read, now);
    if let Some(why) = refusal.filter(|_| step != Step::Fail || rules::has_open(&read)) {
        return Ok(unseen(&read, now, &why));
    }
    if read.iter().map(|send| send.recorded_at).min().is_some_and(|first| now - first > rules::HIDDEN) {
        show_stuck(platform, &payout, "first sent over an hour ago, and Airwallex has not taken it yet")
            .await?;
    }
    match step {
        Step::Send => send(platform, system, &row, &access, sends.len() as i64 + 1).await,
        Step::Wait(wait) => Ok(Outcome::Later(wait, "an open send may still be executed".to_owned())),
        Step::Fail => {
            let why = sends.iter().rev().find(|send| send.outcome.as_deref() == Some("REFUSED"));
            let code = why.and_then(|send| send.detail.clone()).unwrap_or_else(|| "REFUSED".to_owned());
            fail(platform, system, id, &code, now).await?;
            Ok(Outcome::Done)
        }
        Step::Find => find(platform, system, &payout, &access, &sends).await,
        Step::Person => Ok(Outcome::GiveUp("unanswered for seven days; look it up at Airwallex".to_owned())),
    }
}

/// Airwallex does not let us look: the account is no longer ours to act for, or the object is not there.
pub(super) fn is_refusal(error: &airwallex::Error) -> bool {
    match error {
        airwallex::Error::Refused(_) => true,
        airwallex::Error::Unauthorized(refusal) => refusal.is_account_not_authorized(),
        _ => false,
    }
}

/// A look-up that failed says nothing about the payout: look again later. After an hour staff see it, and
/// after the time in which it could be sent again it is theirs.
async fn unheard(platform: &Platform, payout: &Payout, error: airwallex::Error) -> Result<Outcome> {
    let sends = store::sends(platform.db.read(), &payout.id).await?;
    let since = sends.iter().map(|send| platform.clock.now() - send.recorded_at).max().unwrap_or_default();
    if since >= rules::RESEND_WINDOW {
        return Ok(Outcome::GiveUp(format!("sent seven days ago, and never found since: {error}")));
    }
    if since > rules::HIDDEN {
        show_stuck(platform, payout, "sent over an hour ago, and Airwallex does not say what became of it")
            .await?;
    }
    Err(error.into())
}

/// Without a look nothing may be sent or called failed; after an hour a person has to find out.
fn unseen(sends: &[rules::Send], now: Instant, why: &str) -> Outcome {
    let since = sends.iter().map(|send| send.recorded_at).min();
    if since.is_some_and(|since| now - since > rules::HIDDEN) {
        return Outcome::GiveUp(format!("sent, and Airwallex refuses to show what became of it: {why}"));
    }
    Outcome::Later(rules::LIST_LAG, format!("Airwallex refuses the look-up: {why}"))
}

/// Records a send, then sends the frozen body, once. The login comes first: it may take its time, and
/// it fails without a trace.
async fn send(
    platform: &Platform,
    system: &System,
    row: &payout::Model,
    access: &Access,
    number: i64,
) -> Result<Outcome> {
    let ready = platform.upstream.ready(access).await?;
    let recorded_at = match record(platform, system, row, number).await? {
        Recorded::At(at) => at,
        Recorded::Overtaken => {
            return Ok(Outcome::Later(Duration::seconds(1), "somebody else is at it".to_owned()));
        }
        Recorded::Held => return Ok(is_held()),
    };
    checkpoint("payouts.recorded").await;
    if platform.clock.now() - recorded_at > rules::LAST_LOOK {
        resolve(platform, &row.id, number, "NOT_EXECUTED", "held up before sending").await?;
        return Ok(Outcome::Later(Duration::zero(), "held up before sending".to_owned()));
    }
    let answer = transfers::create(&platform.upstream, ready, &row.api_version, &row.body).await;
    checkpoint("payouts.sent").await;
    // Some servers say 401 for "not yours to act for": no new token helps against that.
    let answer = match answer {
        Err(airwallex::Error::Unauthorized(refusal)) if refusal.is_account_not_authorized() => {
            Err(airwallex::Error::Refused(refusal))
        }
        answer => answer,
    };
    let payout = store::read(row.clone())?;
    match answer {
        Ok(transfer) => {
            resolve(platform, &row.id, number, "CREATED", &transfer.id).await?;
            adopt(platform, system, &payout, &transfer, "accepted by Airwallex").await
        }
        Err(airwallex::Error::Duplicate(refusal)) => {
            let existing = refusal.existing_id().unwrap_or_default();
            resolve(platform, &row.id, number, "DUPLICATE", existing).await?;
            duplicate(platform, system, &payout, access, refusal.existing_id()).await
        }
        Err(airwallex::Error::Refused(refusal)) => {
            resolve(platform, &row.id, number, "REFUSED", &refusal.code).await?;
            reconcile(platform, system, &row.id, "refused").await?;
            Ok(Outcome::Later(
                Duration::milliseconds(100),
                "refused; making sure that it is final".to_owned(),
            ))
        }
        Err(
            error @ (airwallex::Error::NotSent(_)
            | airwallex::Error::Limited(_)
            | airwallex::Error::Unauthorized(_)),
        ) => {
            resolve(platform, &row.id, number, "NOT_EXECUTED", &error.to_string()).await?;
            Ok(Outcome::Later(Duration::zero(), error.to_string()))
        }
        Err(error @ airwallex::Error::Unsendable(_)) => {
            resolve(platform, &row.id, number, "NOT_EXECUTED", &error.to_string()).await?;
            Ok(Outcome::GiveUp(error.to_string()))
        }
        Err(error @ airwallex::Error::Unknown(_)) => {
            reconcile(platform, system, &row.id, "no answer").await?;
            Ok(Outcome::Later(pause(number), error.to_string()))
        }
    }
}

/// Longer with every send that nobody answered: an Airwallex in trouble is not helped by more of the same.
fn pause(number: i64) -> Duration {
    backoff(i32::try_from(number).unwrap_or(i32::MAX)).max(Duration::seconds(5))
}

fn is_held() -> Outcome {
    let why = "it waits until what a restore left open is known".to_owned();
    Outcome::Later(Duration::seconds(15), why)
}

/// What became of the wish to send.
enum Recorded {
    At(Instant),
    /// Somebody else changed the payout.
    Overtaken,
    /// Nothing may leave before what a restore left open is known.
    Held,
}

/// SUBMITTING (or still RECONCILING) and the record of the send, in one transaction.
async fn record(platform: &Platform, system: &System, row: &payout::Model, number: i64) -> Result<Recorded> {
    Ok(platform
        .db
        .write(|tx| async move {
            if holds::is_held(platform, &tx, row).await? {
                return Ok::<_, Failure>(Recorded::Held);
            }
            let now = platform.clock.now();
            let from = PayoutStatus::parse(&row.status).ok_or_else(|| Failure::new("an unknown status"))?;
            let is_first = rules::may_move(from, PayoutStatus::Submitting);
            let change = Change {
                status: is_first.then_some(PayoutStatus::Submitting),
                first_sent_at: row.first_sent_at.is_none().then_some(now),
                ..Change::default()
            };
            if !store::change(platform, &tx, system, row, change, "submitting").await? {
                return Ok(Recorded::Overtaken);
            }
            store::record_send(&tx, &row.id, number, now).await?;
            Ok(Recorded::At(now))
        })
        .await?)
}

async fn resolve(platform: &Platform, id: &PayoutId, number: i64, outcome: &str, detail: &str) -> Result<()> {
    let now = platform.clock.now();
    Ok(platform
        .db
        .write(|tx| async move { store::resolve_send(&tx, id, number, outcome, detail, now).await })
        .await?)
}

/// A transfer for this payout exists: compare it with what was frozen, then take it in.
async fn adopt(
    platform: &Platform,
    system: &System,
    payout: &Payout,
    transfer: &Transfer,
    cause: &str,
) -> Result<Outcome> {
    if !upstream::is_ours(payout, transfer) {
        tracing::error!(payout.id = %payout.id, transfer.id = %transfer.id, "a transfer under our request_id is not what we froze");
        return Ok(Outcome::GiveUp(format!(
            "transfer {} differs from what was frozen; a person must look",
            transfer.id
        )));
    }
    submitted(platform, system, &payout.id, transfer, cause).await?;
    let source = Source(cause.to_owned());
    apply_upstream(platform, system, Some(&payout.acting_account), transfer, &source).await?;
    Ok(Outcome::Done)
}

/// SUBMITTED with the upstream id, unless an event was faster.
async fn submitted(
    platform: &Platform,
    system: &System,
    id: &PayoutId,
    transfer: &Transfer,
    cause: &str,
) -> std::result::Result<(), Failure> {
    change_status(platform, system, id, cause, |row, _| {
        let from = PayoutStatus::parse(&row.status)?;
        rules::may_move(from, PayoutStatus::Submitted).then(|| Change {
            status: Some(PayoutStatus::Submitted),
            upstream_id: Some(transfer.id.clone()),
            upstream_reference: transfer.short_reference_id.clone(),
            ..Change::default()
        })
    })
    .await
}

async fn duplicate(
    platform: &Platform,
    system: &System,
    payout: &Payout,
    access: &Access,
    existing: Option<&str>,
) -> Result<Outcome> {
    let found = match existing {
        Some(id) => transfers::get(&platform.upstream, access, id).await.map(Some),
        None => transfers::find(&platform.upstream, access, &payout.request_id).await,
    };
    match found {
        Ok(Some(transfer)) => {
            adopt(platform, system, payout, &transfer, "the first send had reached Airwallex").await
        }
        Err(error) if !is_refusal(&error) => Err(error.into()),
        Ok(None) | Err(_) => {
            reconcile(platform, system, &payout.id, "duplicate").await?;
            Ok(Outcome::Later(
                rules::LIST_LAG,
                "Airwallex knows the request_id but does not show the transfer".to_owned(),
            ))
        }
    }
}

/// A send told us that the transfer exists: by its id if that was told, else it shows up in the list.
async fn find(
    platform: &Platform,
    system: &System,
    payout: &Payout,
    access: &Access,
    sends: &[payout_send::Model],
) -> Result<Outcome> {
    let told = sends.iter().filter(|send| store::read_send(send).outcome == SendOutcome::Exists);
    let id = told.clone().filter_map(|send| send.detail.as_deref()).find(|id| !id.is_empty());
    let since = told.map(|send| send.recorded_at).min();
    if let Some(id) = id {
        match transfers::get(&platform.upstream, access, id).await {
            Ok(transfer) => return adopt(platform, system, payout, &transfer, "found by its id").await,
            Err(error) if is_refusal(&error) => {}
            Err(error) => return unheard(platform, payout, error).await,
        }
    }
    if since.is_some_and(|since| platform.clock.now() - since > rules::HIDDEN) {
        return Ok(Outcome::GiveUp(
            "Airwallex knows the request_id but never showed the transfer".to_owned(),
        ));
    }
    Ok(Outcome::Later(rules::LIST_LAG, "the transfer exists but does not show yet".to_owned()))
}

async fn reconcile(platform: &Platform, system: &System, id: &PayoutId, cause: &str) -> Result<()> {
    change_status(platform, system, id, cause, |row, _| {
        let from = PayoutStatus::parse(&row.status)?;
        rules::may_move(from, PayoutStatus::Reconciling)
            .then(|| Change { status: Some(PayoutStatus::Reconciling), ..Change::default() })
    })
    .await?;
    Ok(())
}

/// FAILED, if the sends of this very transaction still say so: another worker may have sent, or an event
/// may have brought the transfer meanwhile.
async fn fail(
    platform: &Platform,
    system: &System,
    id: &PayoutId,
    code: &str,
    looked_up_at: Instant,
) -> Result<()> {
    change_status(platform, system, id, "refused by Airwallex", |row, sends| {
        let from = PayoutStatus::parse(&row.status)?;
        let is_final = row.upstream_id.is_none() && rules::step(sends, looked_up_at) == Step::Fail;
        (is_final && rules::may_move(from, PayoutStatus::Failed)).then(|| Change {
            status: Some(PayoutStatus::Failed),
            reason: Some(code.to_owned()),
            ..Change::default()
        })
    })
    .await?;
    Ok(())
}

/// Compare-and-set with another look when somebody else was faster; `None` from `decide` leaves it.
/// Whoever has to know is told in the same transaction.
async fn change_status(
    platform: &Platform,
    system: &System,
    id: &PayoutId,
    cause: &str,
    decide: impl Fn(&payout::Model, &[rules::Send]) -> Option<Change> + Send + Sync,
) -> std::result::Result<(), Failure> {
    let decide = &decide;
    loop {
        let is_done = platform
            .db
            .write(|tx| async move {
                let Some(row) = store::row(&*tx, system, id).await? else { return Ok::<_, Failure>(true) };
                let sends: Vec<_> = store::sends(&*tx, id).await?.iter().map(store::read_send).collect();
                let Some(change) = decide(&row, &sends) else { return Ok(true) };
                let (status, reason) = (change.status, change.reason.clone());
                if !store::change(platform, &tx, system, &row, change, cause).await? {
                    return Ok(false);
                }
                if let Some(status) = status {
                    tell(platform, &tx, &store::read(row)?, status, reason.as_deref()).await?;
                }
                Ok(true)
            })
            .await?;
        if is_done {
            return Ok(());
        }
    }
}

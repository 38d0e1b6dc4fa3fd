//! Taking in what Airwallex reports about a transfer, from an answer, an event or a look-up, and telling
//! whoever has to know.

use serde_json::json;

use airwallex::api::transfers::Transfer;

use super::entity::payout;
use super::model::{Payout, PayoutStatus};
use super::rules::{self, Move, Report};
use super::service::BREAK;
use super::store::{self, Change};
use super::upstream;
use crate::db::Tx;
use crate::jobs::{NewJob, give_up, is_known};
use crate::kernel::id::PayoutId;
use crate::kernel::{Failure, System, Who};
use crate::platform::Platform;
use crate::{accounts, beneficiaries, notifications};

/// Where a report about a transfer came from.
#[derive(Debug, Clone)]
pub struct Source(pub String);

/// Takes in what Airwallex says about a transfer, from an answer, an event or a look-up. `None` when no
/// payout of ours is meant.
pub async fn apply_upstream(
    platform: &Platform,
    system: &System,
    account: Option<&str>,
    transfer: &Transfer,
    source: &Source,
) -> Result<Option<PayoutId>, Failure> {
    loop {
        let applied = platform
            .db
            .write(|tx| async move {
                let request_id = transfer.request_id.as_deref();
                let Some(row) = store::by_transfer(&*tx, system, account, &transfer.id, request_id).await?
                else {
                    return Ok::<_, Failure>(Some(None));
                };
                let applied = apply(platform, &tx, system, &row, transfer, source).await?;
                Ok(applied.then(|| Some(row.id.clone())))
            })
            .await?;
        // Somebody else changed the payout meanwhile: read again, decide again.
        if let Some(result) = applied {
            return Ok(result);
        }
    }
}

/// Applies a report inside the caller's transaction. `false` asks to read again.
pub(super) async fn apply(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    row: &payout::Model,
    transfer: &Transfer,
    source: &Source,
) -> Result<bool, Failure> {
    let payout = store::read(row.clone())?;
    // Presence is evidence only of the transfer that was frozen; anything else is a break for staff.
    if payout.upstream_id.as_ref().is_some_and(|id| *id != transfer.id)
        || !upstream::is_ours(&payout, transfer)
    {
        let why =
            format!("transfer {} is reported under our request_id, but it is not what we froze", transfer.id);
        raise(platform, tx, &payout, &why, Until::SomebodyLooks).await?;
        return Ok(true);
    }
    let report = upstream::report(transfer);
    let learns_id = payout.upstream_id.is_none();
    let mut change = Change {
        upstream_id: learns_id.then(|| transfer.id.clone()),
        upstream_reference: transfer.short_reference_id.clone(),
        checked_at: Some(platform.clock.now()),
        ..Change::default()
    };
    if let Report::Unknown(word) = &report {
        change.upstream_status = Some(word.clone());
    }
    let reason = match &report {
        Report::Failed(code) => Some(code.clone().unwrap_or_else(|| "FAILED".to_owned())),
        _ => None,
    };
    match rules::next(payout.status, !learns_id, &report) {
        Move::None => store::change(platform, tx, who, row, change, &source.0).await,
        Move::To(status) => {
            change.status = Some(status);
            change.reason = reason.clone();
            if !store::change(platform, tx, who, row, change, &source.0).await? {
                return Ok(false);
            }
            if learns_id && matches!(payout.status, PayoutStatus::Failed | PayoutStatus::Cancelled) {
                let why = format!("called {}, but transfer {} exists", payout.status.as_str(), transfer.id);
                raise(platform, tx, &payout, &why, Until::SomebodyLooks).await?;
            }
            if rules::moves_money(payout.status, status) {
                accounts::service::sync_after(platform, tx, &payout.seller).await?;
            }
            tell(platform, tx, &payout, status, reason.as_deref()).await?;
            Ok(true)
        }
    }
}

/// When a break is none any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    SomebodyLooks,
    /// The payout leaves the status that it has now.
    ItMoves,
}

/// Shows staff a break between our books and Airwallex's, beside the work that was given up. Once, however
/// often it is found.
pub(super) async fn raise(
    platform: &Platform,
    tx: &Tx,
    payout: &Payout,
    why: &str,
    until: Until,
) -> Result<(), Failure> {
    let status = (until == Until::ItMoves).then(|| payout.status.as_str());
    let payload = json!({ "id": payout.id.as_str(), "why": why, "while": status });
    if is_known(tx, BREAK, &payload).await? {
        return Ok(());
    }
    give_up(platform, tx, NewJob { payload, ..NewJob::about(BREAK, &payout.id) }, why).await
}

/// Shows staff once that a payout does not get on, until it moves.
pub(super) async fn show_stuck(
    platform: &Platform,
    payout: &Payout,
    why: &str,
) -> std::result::Result<(), Failure> {
    platform.db.write(|tx| async move { raise(platform, &tx, payout, why, Until::ItMoves).await }).await
}

/// Mails the seller what she needs to know: arrived, came back, did not go through.
pub(super) async fn tell(
    platform: &Platform,
    tx: &Tx,
    payout: &Payout,
    status: PayoutStatus,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let template = match status {
        PayoutStatus::Overdue => "payout_waits",
        PayoutStatus::Paid => "payout_paid",
        PayoutStatus::Failed => "payout_failed",
        PayoutStatus::Returned => "payout_returned",
        _ => return Ok(()),
    };
    let context = json!({
        "amount": payout.amount.for_people(),
        "fee": payout.fee.for_people(),
        "total": payout.total().for_people(),
        "currency": payout.amount.currency().code(),
        "to": beneficiaries::service::label(tx, &payout.beneficiary).await?,
        "reference": payout.reference,
        "why": upstream::reason_for_people(reason),
        "link": platform.public_url(&format!("/seller/{}/payouts/{}", payout.seller, payout.id)),
    });
    let cause = format!("{}/{}", payout.id, platform.clock.now().timestamp_micros());
    notifications::service::tell_seller(platform, tx, &payout.seller, template, &cause, context).await
}

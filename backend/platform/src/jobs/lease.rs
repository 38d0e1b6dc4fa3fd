//! Claiming jobs: a lease that ends by itself and a fencing number that grows with each claim.
//!
//! Whoever finishes a job names the fence of its claim; a worker whose lease ended and whose job was
//! claimed again changes nothing. Due times read the business clock, leases the lease clock.

use chrono::Duration;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::{Outcome, backoff};
use crate::db::skip_locked;
use crate::kernel::Failure;
use crate::platform::Platform;

/// Claims due jobs of these kinds, urgent ones first, then the oldest: up to `room`, of which the last
/// `reserved` are for urgent ones.
pub async fn claim(
    platform: &Platform,
    kinds: &[&str],
    room: u64,
    reserved: u64,
) -> Result<Vec<Model>, Failure> {
    let for_all = room.saturating_sub(reserved);
    let mut claimed = claim_of(platform, kinds, for_all, false).await?;
    // Fewer than asked for: nothing else is due.
    if claimed.len() as u64 == for_all {
        claimed.extend(claim_of(platform, kinds, Ord::min(room, reserved), true).await?);
    }
    Ok(claimed)
}

async fn claim_of(
    platform: &Platform,
    kinds: &[&str],
    limit: u64,
    only_urgent: bool,
) -> Result<Vec<Model>, Failure> {
    if limit == 0 {
        return Ok(vec![]);
    }
    let due_at = platform.clock.now();
    platform
        .db
        .write(|tx| async move {
            let lease_now = tx.lease_now().await?;
            let free =
                Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lt(lease_now));
            let due = Entity::find()
                .filter(Column::State.eq("READY"))
                .filter(Column::RunAt.lte(due_at))
                .filter(Column::Kind.is_in(kinds.iter().copied()))
                .filter(free)
                .order_by_desc(Column::Urgent)
                .order_by_asc(Column::RunAt)
                .order_by_asc(Column::Id)
                .limit(limit);
            let due = if only_urgent { due.filter(Column::Urgent.eq(true)) } else { due };
            let mut claimed = skip_locked(due).all(&*tx).await?;
            if claimed.is_empty() {
                return Ok::<_, Failure>(claimed);
            }
            let ids: Vec<_> = claimed.iter().map(|job| job.id.clone()).collect();
            Entity::update_many()
                .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
                .col_expr(Column::LeaseUntil, Expr::value(lease_now + platform.settings.job_lease))
                .filter(Column::Id.is_in(ids))
                .exec(&*tx)
                .await?;
            for job in &mut claimed {
                job.fence += 1;
                job.attempts += 1;
            }
            Ok(claimed)
        })
        .await
}

/// Writes down how a run ended, unless somebody else has claimed the job meanwhile.
pub async fn finish(
    platform: &Platform,
    job: &Model,
    result: Result<Outcome, Failure>,
) -> Result<(), Failure> {
    let now = platform.clock.now();
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(failure) => {
            let reference = failure.report();
            let why = format!("failed inside, reference {reference}");
            // A hiccup after many runs that waited for Airwallex is not a job that always fails.
            let failed_before =
                job.last_error.as_deref().is_some_and(|last| last.starts_with("failed inside"));
            let is_hopeless = job.attempts >= 12 && failed_before;
            if is_hopeless { Outcome::GiveUp(why) } else { Outcome::Later(Duration::zero(), why) }
        }
    };
    let outcome = &outcome;
    platform
        .db
        .write(|tx| async move {
            let mine = Condition::all().add(Column::Id.eq(job.id.clone())).add(Column::Fence.eq(job.fence));
            let change = match outcome {
                Outcome::Done => {
                    Entity::delete_many().filter(mine).exec(&*tx).await?;
                    return Ok::<_, Failure>(());
                }
                Outcome::Later(wait, why) => ActiveModel {
                    // A run that named its time worked; the others wait longer each time.
                    attempts: if wait.is_zero() { NotSet } else { Set(0) },
                    run_at: Set(now + if wait.is_zero() { backoff(job.attempts) } else { *wait }),
                    lease_until: Set(None),
                    last_error: Set(Some(why.clone())),
                    ..ActiveModel::default()
                },
                Outcome::GiveUp(why) => ActiveModel {
                    state: Set("GIVEN_UP".to_owned()),
                    lease_until: Set(None),
                    dedupe_key: Set(None),
                    last_error: Set(Some(why.clone())),
                    finished_at: Set(Some(now)),
                    ..ActiveModel::default()
                },
            };
            if let Outcome::GiveUp(why) = outcome {
                tracing::error!(job.id = %job.id, job.kind = %job.kind, why, "a job was given up");
            }
            Entity::update_many().set(change).filter(mine).exec(&*tx).await?;
            Ok(())
        })
        .await
}

//! Recurring jobs, once per period in the whole cluster: the row's compare-and-set decides who.

use chrono::Duration;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::entity::schedule::{ActiveModel, Column, Entity};
use super::queue::{NewJob, enqueue};
use crate::kernel::Failure;
use crate::platform::Platform;

/// A kind of job and how often it runs.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    pub kind: &'static str,
    pub period: Duration,
}

/// Enqueues the job if its time has come and no other replica was faster.
pub(super) async fn tick(platform: &Platform, schedule: Schedule) -> Result<(), Failure> {
    let now = platform.clock.now();
    let seen = Entity::find_by_id(schedule.kind).one(platform.db.read()).await?;
    if seen.is_some_and(|row| row.next_at > now) {
        return Ok(());
    }
    platform
        .db
        .write(|tx| async move {
            let first = ActiveModel { name: Set(schedule.kind.to_owned()), next_at: Set(now) };
            Entity::insert(first)
                .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
                .exec_without_returning(&*tx)
                .await?;
            let mine = Entity::update_many()
                .set(ActiveModel { next_at: Set(now + schedule.period), ..ActiveModel::default() })
                .filter(Column::Name.eq(schedule.kind))
                .filter(Column::NextAt.lte(now))
                .exec(&*tx)
                .await?;
            if mine.rows_affected == 1 {
                enqueue(platform, &tx, NewJob::about(schedule.kind, "tick")).await?;
            }
            Ok::<_, Failure>(())
        })
        .await
}

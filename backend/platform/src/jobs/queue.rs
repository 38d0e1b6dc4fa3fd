//! Putting jobs in, and looking at those that were given up.

use chrono::Duration;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{ActiveModel, Column, Entity};
use crate::db::Tx;
use crate::kernel::id::JobId;
use crate::kernel::{Failure, Instant, Staff};
use crate::platform::Platform;

/// A step to be done in the background.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub kind: &'static str,
    /// Ids only: the job re-reads the world.
    pub payload: serde_json::Value,
    /// Not before this long from now.
    pub delay: Duration,
    /// While a job with this key waits or runs, another one is not added.
    pub dedupe_key: Option<String>,
    /// Runs before others and on slots of its own: what a slow Airwallex must not hold up.
    pub urgent: bool,
}

impl NewJob {
    /// A job about one object, named by its id.
    pub fn about(kind: &'static str, id: impl std::fmt::Display) -> Self {
        Self {
            kind,
            payload: serde_json::json!({ "id": id.to_string() }),
            delay: Duration::zero(),
            dedupe_key: Some(format!("{kind}/{id}")),
            urgent: false,
        }
    }

    pub fn urgent(self) -> Self {
        Self { urgent: true, ..self }
    }

    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Allows several jobs of this kind about the same object.
    pub fn repeatable(self) -> Self {
        Self { dedupe_key: None, ..self }
    }
}

/// Adds a job in the transaction of the change that wants it.
pub async fn enqueue(platform: &Platform, tx: &Tx, job: NewJob) -> Result<(), Failure> {
    let now = platform.clock.now();
    insert(platform, tx, job, now).await
}

/// Shows staff something that no machine can do, beside the jobs that were given up. It runs when they say so.
pub async fn give_up(platform: &Platform, tx: &Tx, job: NewJob, why: &str) -> Result<(), Failure> {
    let now = platform.clock.now();
    let row = ActiveModel {
        state: Set("GIVEN_UP".to_owned()),
        dedupe_key: Set(None),
        last_error: Set(Some(why.to_owned())),
        finished_at: Set(Some(now)),
        ..row(platform, job, now)
    };
    tracing::error!(why, "something needs a person");
    Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// The same as [`enqueue`], for a change of its own that is nothing but the job.
pub async fn enqueue_once(platform: &Platform, job: NewJob) -> Result<(), Failure> {
    let job = &job;
    platform.db.write(|tx| async move { enqueue(platform, &tx, job.clone()).await }).await
}

async fn insert(platform: &Platform, tx: &Tx, job: NewJob, now: Instant) -> Result<(), Failure> {
    Entity::insert(row(platform, job, now))
        .on_conflict(OnConflict::column(Column::DedupeKey).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    tx.note_work();
    Ok(())
}

fn row(platform: &Platform, job: NewJob, now: Instant) -> ActiveModel {
    ActiveModel {
        id: Set(JobId::generate(&*platform.clock, &*platform.random)),
        kind: Set(job.kind.to_owned()),
        payload: Set(job.payload.to_string()),
        state: Set("READY".to_owned()),
        run_at: Set(now + job.delay),
        attempts: Set(0),
        fence: Set(0),
        lease_until: Set(None),
        dedupe_key: Set(job.dedupe_key),
        last_error: Set(None),
        created_at: Set(now),
        finished_at: Set(None),
        urgent: Set(job.urgent),
    }
}

/// Whether a job of this kind with this payload waits, runs, or was given up.
pub async fn is_known(tx: &Tx, kind: &str, payload: &serde_json::Value) -> Result<bool, Failure> {
    let found = Entity::find()
        .filter(Column::Kind.eq(kind))
        .filter(Column::Payload.eq(payload.to_string()))
        .one(&**tx)
        .await?;
    Ok(found.is_some())
}

/// A job that waits for a person.
#[derive(Debug, Clone)]
pub struct GivenUp {
    pub id: JobId,
    pub kind: String,
    pub payload: String,
    pub last_error: String,
    pub attempts: i32,
    pub finished_at: Option<Instant>,
}

/// The newest jobs that were given up, a thousand at most.
pub async fn given_up(platform: &Platform, _staff: &Staff) -> Result<Vec<GivenUp>, Failure> {
    let rows = Entity::find()
        .filter(Column::State.eq("GIVEN_UP"))
        .order_by_desc(Column::Id)
        .limit(1000)
        .all(platform.db.read())
        .await?;
    let shown = rows.into_iter().map(|row| GivenUp {
        id: row.id,
        kind: row.kind,
        payload: row.payload,
        last_error: row.last_error.unwrap_or_default(),
        attempts: row.attempts,
        finished_at: row.finished_at,
    });
    Ok(shown.collect())
}

/// Lets a job that was given up run again. Answers whether there was one.
pub async fn run_again(platform: &Platform, _staff: &Staff, id: &JobId) -> Result<bool, Failure> {
    let now = platform.clock.now();
    platform
        .db
        .write(|tx| async move {
            let changed = Entity::update_many()
                .set(ActiveModel {
                    state: Set("READY".to_owned()),
                    run_at: Set(now),
                    attempts: Set(0),
                    lease_until: Set(None),
                    finished_at: Set(None),
                    ..ActiveModel::default()
                })
                .filter(Column::Id.eq(id.clone()))
                .filter(Column::State.eq("GIVEN_UP"))
                .exec(&*tx)
                .await?;
            tx.note_work();
            Ok::<_, Failure>(changed.rows_affected == 1)
        })
        .await
}

/// How many jobs wait or run, and how many were given up.
pub async fn count_by_state(platform: &Platform) -> Result<Vec<(String, u64)>, Failure> {
    use sea_orm::PaginatorTrait;
    let mut counts = vec![];
    for state in ["READY", "GIVEN_UP"] {
        let count = Entity::find().filter(Column::State.eq(state)).count(platform.db.read()).await?;
        counts.push((state.to_owned(), count));
    }
    Ok(counts)
}

/// The kinds of jobs that are due, were given up, or failed inside and wait to be run again.
#[cfg(test)]
pub async fn unfinished(platform: &Platform) -> Result<Vec<String>, Failure> {
    let now = platform.clock.now();
    let tell = |row: super::entity::Model| {
        let failed = row.last_error.as_deref().is_some_and(|why| why.starts_with("failed inside"));
        match row.state.as_str() {
            "GIVEN_UP" => Some(format!("{} given up", row.kind)),
            _ if failed => Some(format!("{} {}", row.kind, row.last_error.unwrap_or_default())),
            _ if row.run_at <= now => Some(format!("{} due", row.kind)),
            _ => None,
        }
    };
    Ok(Entity::find().all(platform.db.read()).await?.into_iter().filter_map(tell).collect())
}

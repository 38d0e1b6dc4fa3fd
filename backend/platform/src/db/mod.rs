//! The database: one writer connection and a pool of readers on SQLite, one pool on PostgreSQL.
//!
//! A writing transaction opens through [`Db::write`] alone and may be run again whole, so its body
//! does no HTTP, sends no mail and never sleeps. Reads outside a transaction use [`Db::read`].

mod conflict;
mod dialect;
mod joined;
pub mod page;

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::sync::Notify;

use crate::kernel::refusal::MayRerun;
use crate::kernel::{Failure, Instant};

pub use conflict::is_unique_violation;
pub use dialect::{asks_for_rerun, skip_locked};
pub use joined::Joined;

/// How often a transaction is run again when the database asks for it.
const RERUNS: u32 = 5;

/// Both ways into the database.
#[derive(Clone)]
pub struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// Told after a commit that enqueued jobs or live events, so that loops need not wait a poll.
    pub work: Arc<Notify>,
    pub news: Arc<Notify>,
    /// Tests move the lease clock by this many microseconds; zero in processes.
    lease_offset: Arc<AtomicI64>,
    statements: Arc<AtomicI64>,
}

/// A writing transaction. Cheap to clone; [`Db::write`] commits it.
#[derive(Clone)]
pub struct Tx {
    transaction: Arc<DatabaseTransaction>,
    has_work: Arc<AtomicBool>,
    has_news: Arc<AtomicBool>,
    lease_offset: Arc<AtomicI64>,
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

impl Tx {
    /// Jobs were enqueued; workers of this process look at once after the commit.
    pub(crate) fn note_work(&self) {
        self.has_work.store(true, Ordering::Relaxed);
    }

    /// Live events were written.
    pub(crate) fn note_news(&self) {
        self.has_news.store(true, Ordering::Relaxed);
    }

    /// How far the host's clock is from the database's, without any virtual offset.
    pub async fn clock_difference(&self) -> Result<chrono::Duration, Failure> {
        Ok(crate::kernel::clock::host_now() - dialect::database_time(&*self.transaction).await?)
    }

    /// The lease clock: the database's own time, the same for all replicas.
    pub async fn lease_now(&self) -> Result<Instant, Failure> {
        let offset = self.lease_offset.load(Ordering::Relaxed);
        Ok(dialect::database_time(&*self.transaction).await? + chrono::Duration::microseconds(offset))
    }
}

impl Db {
    /// Connects to `sqlite:PATH` or `postgres://…`. `durable: false` is for tests only.
    pub async fn connect(url: &str, durable: bool) -> Result<Self, Failure> {
        let (mut writer, mut reader) = dialect::connect(url, durable).await?;
        let statements = Arc::new(AtomicI64::new(0));
        for connection in [&mut writer, &mut reader] {
            let counter = statements.clone();
            connection.set_metric_callback(move |_| {
                counter.fetch_add(1, Ordering::Relaxed);
            });
        }
        Ok(Self {
            writer,
            reader,
            work: Arc::new(Notify::new()),
            news: Arc::new(Notify::new()),
            lease_offset: Arc::new(AtomicI64::new(0)),
            statements,
        })
    }

    /// For reads that need no transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For migrations, which manage their own transactions.
    pub fn migration_connection(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Runs `body` in one writing transaction and commits it; an error rolls back. Runs the whole
    /// body again, on a new transaction, when the database asks for it.
    pub async fn write<T, E, F, Fut>(&self, body: F) -> Result<T, E>
    where
        E: MayRerun,
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let mut runs = 0;
        loop {
            runs += 1;
            match self.write_once(&body).await {
                Err(error) if error.asks_for_rerun() && runs <= RERUNS => continue,
                result => return result,
            }
        }
    }

    async fn write_once<T, E, F, Fut>(&self, body: &F) -> Result<T, E>
    where
        E: MayRerun,
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let transaction =
            self.writer.begin_with_options(dialect::write_options()).await.map_err(Failure::from)?;
        let tx = Tx {
            transaction: Arc::new(transaction),
            has_work: Arc::new(AtomicBool::new(false)),
            has_news: Arc::new(AtomicBool::new(false)),
            lease_offset: self.lease_offset.clone(),
        };
        let value = body(tx.clone()).await?;
        let (has_work, has_news) = (tx.has_work, tx.has_news);
        let transaction =
            Arc::try_unwrap(tx.transaction).map_err(|_| Failure::new("a transaction outlived its body"))?;
        transaction.commit().await.map_err(Failure::from)?;
        if has_work.load(Ordering::Relaxed) {
            self.work.notify_waiters();
        }
        if has_news.load(Ordering::Relaxed) {
            self.news.notify_waiters();
        }
        Ok(value)
    }

    /// The lease clock outside a transaction.
    pub async fn lease_now(&self) -> Result<Instant, Failure> {
        let offset = self.lease_offset.load(Ordering::Relaxed);
        Ok(dialect::database_time(&self.reader).await? + chrono::Duration::microseconds(offset))
    }

    /// Moves the lease clock; only tests do.
    pub fn advance_lease_clock(&self, by: chrono::Duration) {
        self.lease_offset.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::Relaxed);
    }

    /// How far the lease clock was moved; only tests ask.
    pub fn lease_offset(&self) -> chrono::Duration {
        chrono::Duration::microseconds(self.lease_offset.load(Ordering::Relaxed))
    }

    /// How many statements have run through this handle; tests hold the number per operation.
    pub fn statement_count(&self) -> i64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether other replicas may work on the same database.
    pub fn is_shared(&self) -> bool {
        dialect::is_shared(&self.writer)
    }

    /// Books the next turn of `name` among all replicas, `gap` after the one before, and answers how long to
    /// wait for it; none if it is further away than `ahead`: nobody books what they may not wait for.
    pub async fn take_turn(
        &self,
        name: &str,
        gap: Duration,
        ahead: Duration,
    ) -> Result<Option<Duration>, Failure> {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4);
        let wait = dialect::take_turn(&self.writer, name, micros(gap), micros(ahead)).await?;
        Ok(wait.map(|wait| Duration::from_micros(wait.unsigned_abs())))
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), Failure> {
        self.reader.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// The newest migration that the database has applied, if any.
    pub async fn newest_migration(&self) -> Result<Option<String>, Failure> {
        dialect::newest_migration(&self.reader).await
    }

    pub async fn close(self) -> Result<(), Failure> {
        self.reader.close().await?;
        self.writer.close().await?;
        Ok(())
    }
}

//! The only file that knows which database runs.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, QuerySelect, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions,
};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::kernel::{Failure, Instant};

/// Writer and reader. They are the same pool on PostgreSQL.
pub async fn connect(url: &str, durable: bool) -> Result<(DatabaseConnection, DatabaseConnection), Failure> {
    if url.starts_with("sqlite:") {
        // One writer: SQLite has one write lock anyway, and a queue in the pool is fair while
        // SQLite's own busy handler is not.
        let writer = Database::connect(sqlite(url, 1, durable)).await?;
        let reader = Database::connect(sqlite(url, 4, durable)).await?;
        return Ok((writer, reader));
    }
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(if durable { 16 } else { 8 })
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(10))
        .set_application_name("souk")
        .sqlx_logging(false);
    options.map_sqlx_postgres_opts(move |options| {
        options.options([("synchronous_commit", if durable { "on" } else { "off" })])
    });
    let pool = Database::connect(options).await?;
    Ok((pool.clone(), pool))
}

fn sqlite(url: &str, connections: u32, durable: bool) -> ConnectOptions {
    // A lost commit loses a connection to Airwallex: every commit waits for the disk.
    let synchronous = if durable { SqliteSynchronous::Full } else { SqliteSynchronous::Off };
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(Duration::from_secs(30)).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(Duration::from_secs(10))
    });
    options
}

/// `BEGIN IMMEDIATE` on SQLite: a read transaction that later writes would fail with "locked".
pub fn write_options() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// `FOR UPDATE SKIP LOCKED` where the database has it; SQLite has one writer and needs none.
pub fn skip_locked<Q: QuerySelect>(query: Q) -> Q {
    query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
}

/// The database's own time, the same for every replica.
pub async fn database_time(connection: &impl ConnectionTrait) -> Result<Instant, Failure> {
    let backend = connection.get_database_backend();
    let question = match backend {
        DbBackend::Postgres => "SELECT clock_timestamp() AS now",
        _ => "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now",
    };
    let row = connection
        .query_one_raw(Statement::from_string(backend, question))
        .await?
        .ok_or_else(|| Failure::new("the database does not tell the time"))?;
    match backend {
        DbBackend::Postgres => Ok(row.try_get::<Instant>("", "now")?),
        _ => {
            let text: String = row.try_get("", "now")?;
            Instant::from_str(&text).map_err(Failure::new)
        }
    }
}

/// Serialization failure and deadlock on PostgreSQL; busy and busy-snapshot on SQLite.
pub fn asks_for_rerun(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Conn(RuntimeErr::SqlxError(inner))) = error
    else {
        return false;
    };
    inner
        .as_database_error()
        .and_then(|database| database.code())
        .is_some_and(|code| ["40001", "40P01", "5", "517"].contains(&code.as_ref()))
}

/// What the migration table says, or nothing when there is no such table yet.
pub async fn newest_migration(connection: &DatabaseConnection) -> Result<Option<String>, Failure> {
    let backend = connection.get_database_backend();
    let statement =
        Statement::from_string(backend, "SELECT version FROM seaql_migrations ORDER BY version DESC LIMIT 1");
    match connection.query_one_raw(statement).await {
        Ok(row) => Ok(row.map(|row| row.try_get("", "version")).transpose()?),
        Err(DbErr::Query(_)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Books the next turn of `name` by the database's time: the first that is free, `gap` microseconds long. Nothing
/// is booked when that one is further away than `ahead`. Answers how many microseconds to wait for it.
pub async fn take_turn(
    connection: &impl ConnectionTrait,
    name: &str,
    gap: i64,
    ahead: i64,
) -> Result<Option<i64>, Failure> {
    let backend = connection.get_database_backend();
    let (now, later) = match backend {
        DbBackend::Postgres => ("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint", "GREATEST"),
        _ => ("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)", "MAX"),
    };
    let statement = format!(
        "INSERT INTO upstream_turn (name, next_micros) VALUES ($1, {now} + $2) \
         ON CONFLICT (name) DO UPDATE SET next_micros = {later}(upstream_turn.next_micros, {now}) + $2 \
         WHERE upstream_turn.next_micros <= {now} + $3 \
         RETURNING next_micros - $2 - {now} AS wait"
    );
    let values = [name.into(), gap.into(), ahead.into()];
    let row = connection.query_one_raw(Statement::from_sql_and_values(backend, statement, values)).await?;
    Ok(row.map(|row| row.try_get::<i64>("", "wait")).transpose()?.map(|wait| wait.max(0)))
}

/// Whether other processes may work on the same database.
pub fn is_shared(connection: &DatabaseConnection) -> bool {
    connection.get_database_backend() == DbBackend::Postgres
}

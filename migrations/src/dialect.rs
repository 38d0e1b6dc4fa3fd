//! The few words in which the two databases differ.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs the statements of one migration, separated by `;`, after replacing `{id}`, `{instant}`
/// and `{serial}` by the words of the database at hand.
pub async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let words = match connection.get_database_backend() {
        DbBackend::Postgres => [
            ("{id}", "TEXT COLLATE \"C\""),
            ("{instant}", "TIMESTAMPTZ"),
            ("{serial}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        ],
        _ => [("{id}", "TEXT"), ("{instant}", "TEXT"), ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT")],
    };
    let mut text = statements.to_owned();
    for (word, replacement) in words {
        text = text.replace(word, replacement);
    }
    for statement in text.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Declares a migration whose `up` is one block of statements; Souk never migrates down.
macro_rules! step {
    ($statements:literal) => {
        use sea_orm_migration::prelude::*;

        #[derive(DeriveMigrationName)]
        pub struct Step;

        #[async_trait::async_trait]
        impl MigrationTrait for Step {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                crate::dialect::run(manager, $statements).await
            }

            // Whole or not at all, on SQLite too.
            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
        }
    };
}
pub(crate) use step;

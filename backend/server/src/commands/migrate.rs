//! `souk migrate`: bring the database up to this version. Safe to run again.

use crate::config::Config;
use crate::output::say;
use crate::{Stop, boot};

pub async fn run(config: Config) -> Result<(), Stop> {
    let db = boot::database(&config.database_url).await?;
    boot::migrate(&db).await?;
    say(&format!("the database is at {}", migrations::newest()));
    Ok(())
}

//! `souk restored --since`: after a restore or failover that may have lost commits.

use chrono::{DateTime, Utc};
use platform::app;

use crate::config::Config;
use crate::output::say;
use crate::{Stop, boot};

pub async fn run(since: &str, config: Config) -> Result<(), Stop> {
    let since = DateTime::parse_from_rfc3339(since).map_err(|_| {
        Stop::Refused("--since must be an RFC 3339 instant such as 2026-11-20T10:00:00Z".to_owned())
    })?;
    let platform = boot::platform(config).await?;
    let held = app::command::restored(&platform, since.with_timezone(&Utc))
        .await
        .map_err(|failure| Stop::Failed(failure.to_string()))?;
    say(&format!("{} connections are held and ask their sellers for a new consent", held.connections));
    say(&format!(
        "{} payouts may have been sent in lost commits; no payout leaves before replicas have compared them with Airwallex",
        held.payouts
    ));
    Ok(())
}

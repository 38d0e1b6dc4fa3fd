//! Logs: readable lines in development, JSON in production. Never bodies, tokens or personal data.

use tracing_subscriber::EnvFilter;

use crate::Stop;

/// Starts logging to standard error.
pub fn start(filter: &str, json: bool) -> Result<(), Stop> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Stop::Refused(format!("SOUK_LOG is no log filter ({error}); one reads info,sqlx=warn"))
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, in a process that logs already, changes nothing.
    let _ = if json { builder.json().try_init() } else { builder.try_init() };
    Ok(())
}

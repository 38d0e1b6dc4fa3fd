//! Logs: readable lines in development, JSON in production. Never bodies, tokens or personal data.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error.
pub fn start(filter: &str, json: bool) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, in a process that logs already, changes nothing.
    let _ = if json { builder.json().try_init() } else { builder.try_init() };
}

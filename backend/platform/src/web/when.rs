//! Instants for people and machines: the `time` element's value and its words.

use serde::Serialize;

use crate::kernel::Instant;

/// An instant on a page; the script shows it in the reader's own zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct When {
    pub iso: String,
    /// Such as `20 Nov, 10:14`, in UTC.
    pub short: String,
    /// Such as `10:14`, in UTC.
    pub clock: String,
    /// Such as `20 November 2026, 10:14:03 UTC`.
    pub long: String,
}

impl From<Instant> for When {
    fn from(at: Instant) -> Self {
        Self {
            iso: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            short: at.format("%-d %b, %H:%M").to_string(),
            clock: at.format("%H:%M").to_string(),
            long: at.format("%-d %B %Y, %H:%M:%S UTC").to_string(),
        }
    }
}

impl When {
    pub fn sample() -> Self {
        Self::from(chrono::DateTime::UNIX_EPOCH)
    }
}

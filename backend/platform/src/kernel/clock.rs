//! The clock that business rules read. Always UTC, cut to microseconds, as both databases keep it.
//!
//! Three kinds of time must not be mixed up: this clock (may be virtual), the lease clock (database
//! time, see `db`), and monotonic time for time-outs and sleeps.

use std::path::PathBuf;
use std::sync::Mutex;

use chrono::{DateTime, Duration, SubsecRound, Utc};

/// An instant in UTC.
pub type Instant = DateTime<Utc>;

/// Tells the time.
pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;
}

/// The clock of the machine.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        wall_clock()
    }
}

/// The machine's clock without any virtual offset; compared with the database's, see `connections`.
pub fn host_now() -> Instant {
    wall_clock()
}

#[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
fn wall_clock() -> Instant {
    Utc::now().trunc_subsecs(6)
}

/// A clock ruled by a small file, so that Souk and the sandbox live in the same virtual time.
///
/// The file holds one line, `offset MICROSECONDS` or `frozen RFC3339`. It is read at each call; a
/// missing or unreadable file means no offset. Development only.
pub struct FileClock {
    path: PathBuf,
}

impl FileClock {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Clock for FileClock {
    fn now(&self) -> Instant {
        let line = std::fs::read_to_string(&self.path).unwrap_or_default();
        match line.trim().split_once(' ') {
            Some(("frozen", at)) => DateTime::parse_from_rfc3339(at)
                .map(|at| at.with_timezone(&Utc).trunc_subsecs(6))
                .unwrap_or_else(|_| wall_clock()),
            Some(("offset", micros)) => wall_clock() + Duration::microseconds(micros.parse().unwrap_or(0)),
            _ => wall_clock(),
        }
    }
}

/// A clock that moves only when a test moves it.
pub struct MockClock {
    now: Mutex<Instant>,
}

impl MockClock {
    pub fn at(now: Instant) -> Self {
        Self { now: Mutex::new(now.trunc_subsecs(6)) }
    }

    pub fn advance(&self, by: Duration) {
        *self.now.lock().expect("no holder of this lock panics") += by;
    }
}

impl Clock for MockClock {
    fn now(&self) -> Instant {
        *self.now.lock().expect("no holder of this lock panics")
    }
}

//! A clock that can stop, jump and be shared with other processes through a small file.
//!
//! The file holds one line: `offset MICROSECONDS` or `frozen RFC3339`.

use std::path::PathBuf;

use chrono::{DateTime, Datelike, Duration, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// A moment of the sandbox's time.
pub type Instant = DateTime<Utc>;

/// How the sandbox's time relates to the machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    Offset { micros: i64 },
    Frozen { at: DateTime<Utc> },
}

/// The sandbox's clock.
#[derive(Debug, Clone)]
pub struct Clock {
    mode: Mode,
    file: Option<PathBuf>,
}

/// Four-digit years, which every spelling on the wire can write.
fn is_a_time(at: &Instant) -> bool {
    (2000..9000).contains(&at.year())
}

#[expect(clippy::disallowed_methods, reason = "the sandbox is its own source of time")]
fn wall() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

impl Clock {
    pub fn new(mode: Mode, file: Option<PathBuf>) -> std::io::Result<Self> {
        let clock = Self { mode, file };
        clock.write()?;
        Ok(clock)
    }

    pub fn now(&self) -> DateTime<Utc> {
        match self.mode {
            Mode::Offset { micros } => wall() + Duration::microseconds(micros),
            Mode::Frozen { at } => at,
        }
    }

    pub fn is_frozen(&self) -> bool {
        matches!(self.mode, Mode::Frozen { .. })
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Moves on by `by`. Answers false, and stays, where there is no such time.
    pub fn advance(&mut self, by: Duration) -> std::io::Result<bool> {
        match self.now().checked_add_signed(by).filter(is_a_time) {
            Some(at) => self.set(at).map(|()| true),
            None => Ok(false),
        }
    }

    pub fn freeze(&mut self, freeze: bool) -> std::io::Result<()> {
        let now = self.now();
        self.mode = if freeze { Mode::Frozen { at: now } } else { Self::offset_to(now) };
        self.write()
    }

    pub fn set(&mut self, at: DateTime<Utc>) -> std::io::Result<()> {
        self.mode = match self.mode {
            Mode::Offset { .. } => Self::offset_to(at),
            Mode::Frozen { .. } => Mode::Frozen { at },
        };
        self.write()
    }

    /// Runs with this machine again.
    pub fn go_real(&mut self) -> std::io::Result<()> {
        self.mode = Mode::Offset { micros: 0 };
        self.write()
    }

    /// Whether the clock may stand there.
    pub fn may_stand_at(at: Instant) -> bool {
        is_a_time(&at)
    }

    fn offset_to(at: DateTime<Utc>) -> Mode {
        Mode::Offset { micros: (at - wall()).num_microseconds().unwrap_or(0) }
    }

    fn write(&self) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let line = match self.mode {
            Mode::Offset { micros } => format!("offset {micros}\n"),
            Mode::Frozen { at } => format!("frozen {}\n", at.to_rfc3339()),
        };
        let partial = file.with_extension("partial");
        std::fs::write(&partial, line)?;
        std::fs::rename(partial, file)
    }
}

//! Something broke that nobody asked for: the database, a template, an invariant.
//!
//! A failure keeps its cause and the place where it was first seen. It is logged once, where it is
//! handled; people read a reference, never the cause.

use std::fmt;
use std::panic::Location;

/// An internal error with its cause and place.
pub struct Failure {
    source: Box<dyn std::error::Error + Send + Sync>,
    place: &'static Location<'static>,
    rerun: bool,
    unique: bool,
}

impl Failure {
    /// A broken invariant, told in words.
    #[track_caller]
    pub fn new(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: what.into(), place: Location::caller(), rerun: false, unique: false }
    }

    /// Somebody else changed what this transaction had read: it is run again whole.
    #[track_caller]
    pub fn changed_meanwhile(what: &str) -> Self {
        Self { rerun: true, ..Self::new(format!("{what} was changed meanwhile")) }
    }

    /// Whether the database only asks to run the transaction again (serialization failure, deadlock).
    pub fn asks_for_rerun(&self) -> bool {
        self.rerun
    }

    /// Whether a row with the same unique value was there first.
    pub fn is_unique_violation(&self) -> bool {
        self.unique
    }

    /// Where it was first seen, for logs.
    pub fn place(&self) -> String {
        format!("{}:{}", self.place.file(), self.place.line())
    }

    /// Logs the failure and answers the reference that people may quote.
    pub fn report(&self) -> String {
        let reference = crate::kernel::digest::sha256_hex(format!("{self}"))[..8].to_owned();
        tracing::error!(failure.reference = %reference, failure.place = %self.place(), cause = %self.source, "something failed inside");
        reference
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.source, self.place())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Failure({self})")
    }
}

impl std::error::Error for Failure {}

impl From<sea_orm::DbErr> for Failure {
    #[track_caller]
    fn from(source: sea_orm::DbErr) -> Self {
        let rerun = crate::db::asks_for_rerun(&source);
        let unique = crate::db::is_unique_violation(&source);
        Self { source: Box::new(source), place: Location::caller(), rerun, unique }
    }
}

impl From<serde_json::Error> for Failure {
    #[track_caller]
    fn from(source: serde_json::Error) -> Self {
        Self::new(source)
    }
}

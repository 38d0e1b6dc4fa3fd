//! How a use case ends badly: it refuses, Airwallex is in trouble, or something of ours fails.
//!
//! Each feature lists its refusals in one enum; [`Error`] adds the other two ways, once for all.

use super::{Failure, Kind};

/// Everything a use case with refusals `R` may end in.
#[derive(Debug)]
pub enum Error<R> {
    /// A rule of ours says no; carries field and remedy.
    Refused(R),
    /// Airwallex said no, asked to wait, or was not heard.
    Upstream(airwallex::Error),
    /// Something of ours broke.
    Failed(Failure),
}

/// One named "no" of a feature.
pub trait Refusal: std::fmt::Debug {
    fn kind(&self) -> Kind;
    /// Stable, listed in `docs/problems.md`.
    fn code(&self) -> &'static str;
    /// What happened and what to do, in plain words.
    fn message(&self) -> String;
    /// The path of the input field that caused it, if one did.
    fn field(&self) -> Vec<String> {
        vec![]
    }
    /// As data; more than one only where a whole form is refused.
    fn problems(&self) -> Vec<Problem> {
        vec![Problem { kind: self.kind(), code: self.code(), message: self.message(), field: self.field() }]
    }
}

/// A refusal as data, ready for GraphQL or a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: Kind,
    pub code: &'static str,
    pub message: String,
    pub field: Vec<String>,
}

impl<R: Refusal> Error<R> {
    /// The refusals as data, at least one; a failure is passed on untouched.
    pub fn into_problems(self) -> Result<Vec<Problem>, Failure> {
        match self {
            Self::Refused(refusal) => Ok(refusal.problems()),
            Self::Upstream(error) => Ok(vec![upstream_problem(&error)]),
            Self::Failed(failure) => Err(failure),
        }
    }

    /// The first of the refusals.
    pub fn into_problem(self) -> Result<Problem, Failure> {
        let first = self.into_problems()?.into_iter().next();
        first.ok_or_else(|| Failure::new("a refusal without a problem"))
    }
}

/// Codes that any use case which talks to Airwallex may answer.
pub const UPSTREAM_CODES: [(&str, &str); 3] = [
    (
        "UPSTREAM_REFUSED",
        "Airwallex did not accept this. Compare what you entered; if it is right, write to our staff.",
    ),
    ("UPSTREAM_BUSY", "Airwallex asks us to wait. Try again in a minute."),
    ("UPSTREAM_UNAVAILABLE", "We have not heard from Airwallex. Please wait a minute, then look here again."),
];

fn upstream_problem(error: &airwallex::Error) -> Problem {
    tracing::warn!(%error, "Airwallex did not do what was asked");
    let (kind, (code, message)) = match error {
        airwallex::Error::Refused(_) | airwallex::Error::Duplicate(_) => (Kind::Conflict, UPSTREAM_CODES[0]),
        airwallex::Error::Unauthorized(refusal) if refusal.is_account_not_authorized() => {
            (Kind::Conflict, UPSTREAM_CODES[0])
        }
        // Our own key is refused: nothing that the caller could change, and it passes.
        airwallex::Error::Unauthorized(_) => (Kind::Unavailable, UPSTREAM_CODES[2]),
        airwallex::Error::Limited(_) => (Kind::Unavailable, UPSTREAM_CODES[1]),
        airwallex::Error::NotSent(_) | airwallex::Error::Unknown(_) => (Kind::Unavailable, UPSTREAM_CODES[2]),
        // What we hold is no id or no header: nobody but us can mend it.
        airwallex::Error::Unsendable(_) => (Kind::Conflict, UPSTREAM_CODES[0]),
    };
    Problem { kind, code, message: message.to_owned(), field: vec![] }
}

impl<R> From<Failure> for Error<R> {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl<R> From<sea_orm::DbErr> for Error<R> {
    #[track_caller]
    fn from(source: sea_orm::DbErr) -> Self {
        Self::Failed(source.into())
    }
}

impl<R> From<airwallex::Error> for Error<R> {
    fn from(error: airwallex::Error) -> Self {
        Self::Upstream(error)
    }
}

impl<R: Refusal> From<R> for Error<R> {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal)
    }
}

/// What `db::write` needs to know of an error: does the database ask for another run?
pub trait MayRerun: From<Failure> {
    fn asks_for_rerun(&self) -> bool;
}

impl<R> MayRerun for Error<R> {
    fn asks_for_rerun(&self) -> bool {
        matches!(self, Self::Failed(failure) if failure.asks_for_rerun())
    }
}

impl MayRerun for Failure {
    fn asks_for_rerun(&self) -> bool {
        Failure::asks_for_rerun(self)
    }
}

//! The kinds of refusal. GraphQL, HTTP and jobs translate kinds in one place each.

/// What a refusal means to whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The input breaks a rule; another input would do.
    Invalid,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// Nobody has signed in.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// The thing is in a state that does not allow this.
    Conflict,
    /// Too often in too short a time; the same may work later.
    Limited,
    /// Airwallex did not answer, or asked us to wait; the same may work later.
    Unavailable,
}

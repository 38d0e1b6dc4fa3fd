//! Who may call what: the platform's login, OAuth consent and tokens, and the guard of every call.

pub mod authorize;
pub mod consent;
pub mod guard;
pub mod login;
pub mod scopes;
pub mod token;

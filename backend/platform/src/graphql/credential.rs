//! What an actor was resolved from, to be asked again: sockets and streams live long, and meanwhile a
//! session ends, a token is revoked, a membership changes.

use axum::http::{HeaderMap, header};
use futures_util::future::BoxFuture;

use crate::kernel::{Actor, Secret};
use crate::platform::Platform;
use crate::web::Browser;

/// Resolves an API token or a session cookie into its actor; `None` when it is not valid.
pub type Resolve = fn(Platform, String) -> BoxFuture<'static, Option<Actor>>;

/// Where to ask.
#[derive(Clone)]
pub struct Check {
    pub platform: Platform,
    pub bearer: Resolve,
    pub session: Resolve,
}

/// What an actor was resolved from.
#[derive(Clone)]
pub enum Credential {
    None,
    Session(Secret<String>),
    Token(Secret<String>),
}

impl Credential {
    /// What this request came with.
    pub fn of(browser: &Browser, headers: &HeaderMap) -> Self {
        match (&browser.session, bearer(headers)) {
            (Some(session), _) => Self::Session(session.token.clone()),
            (None, Some(token)) => Self::Token(Secret::new(token)),
            (None, None) => Self::None,
        }
    }

    /// Whether it still stands for the same actor, with the same rights.
    pub async fn is_still(&self, check: &Check, actor: &Actor) -> bool {
        let now = match self {
            Self::None => return true,
            Self::Session(cookie) => (check.session)(check.platform.clone(), cookie.expose().clone()).await,
            Self::Token(token) => (check.bearer)(check.platform.clone(), token.expose().clone()).await,
        };
        now.as_ref() == Some(actor)
    }
}

/// The token of `Authorization: Bearer …`; the scheme's case does not matter (RFC 9110 §11.1).
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    bearer_of(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
}

/// The token of one such value.
pub fn bearer_of(value: &str) -> Option<String> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

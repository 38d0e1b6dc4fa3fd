//! The browser behind a request: who is signed in, its CSRF token, its cookies.
//!
//! The app's middleware fills it in; handlers take it as an argument.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use cookie::{Cookie, SameSite};

use super::WebError;
use crate::kernel::id::PersonId;
use crate::kernel::{Actor, Secret};

/// The name of the session cookie.
pub const SESSION: &str = "souk_session";
/// Names a browser that has not signed in, so that its forms carry a token too.
pub const VISITOR: &str = "souk_visitor";
pub const THEME: &str = "souk_theme";

/// Who is behind a request.
#[derive(Clone)]
pub struct Browser {
    pub actor: Actor,
    pub session: Option<Session>,
    /// To be repeated in every form.
    pub csrf: String,
    pub theme: String,
    pub cookies: Cookies,
    /// The page that is looked at, without its query, which may carry secrets.
    pub path: String,
    /// Where the request comes from, as far as our own proxies say; for counting tries.
    pub address: String,
}

/// A signed-in browser.
#[derive(Clone)]
pub struct Session {
    pub person: PersonId,
    pub name: String,
    pub token: Secret<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| crate::kernel::Failure::new("the session layer did not run").into())
    }
}

impl Browser {
    /// The person signed in, or the way to the sign-in page.
    pub fn signed_in(&self) -> Result<&Session, WebError> {
        self.session.as_ref().ok_or(WebError::SignIn)
    }
}

/// The cookies that a request carries.
#[derive(Clone, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    pub fn read(headers: &HeaderMap) -> Self {
        let all = headers
            .get_all("cookie")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| Cookie::split_parse(line.to_owned()).filter_map(Result::ok))
            .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
            .collect();
        Self(all)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A `Set-Cookie` value: HttpOnly, Lax, Secure when pages travel over https.
pub fn set_cookie(name: &str, value: &str, path: &str, seconds: i64, secure: bool) -> HeaderValue {
    let cookie = Cookie::build((name.to_owned(), value.to_owned()))
        .path(path.to_owned())
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(seconds))
        .build();
    HeaderValue::from_str(&cookie.to_string()).expect("names and values of our cookies are plain")
}

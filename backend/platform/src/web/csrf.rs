//! Forms carry a token bound to the browser's cookie; foreign origins are refused before that.

use axum::http::{HeaderMap, Method};

use crate::kernel::digest::{equal, sha256_hex};

/// The token for a browser, derived from its session or visitor cookie.
pub fn token(cookie: &str) -> String {
    sha256_hex(format!("csrf {cookie}"))
}

/// Whether a form's token belongs to this browser.
pub fn matches(expected: &str, given: Option<&str>) -> bool {
    given.is_some_and(|given| equal(expected, given))
}

/// Whether a request that may change something comes from our own pages. Browsers send
/// `Sec-Fetch-Site`; older ones at least `Origin`.
pub fn is_same_origin(method: &Method, headers: &HeaderMap, own: &url::Url) -> bool {
    if method.is_safe() {
        return true;
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (header("sec-fetch-site"), header("origin")) {
        (Some("same-origin" | "none"), _) => true,
        (Some(_), _) => false,
        (None, Some(origin)) => origin == own.origin().ascii_serialization(),
        (None, None) => true,
    }
}

//! Which pages may call us with a person's cookies (CORS and the origin rule).

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::media::Media;
use super::{Rejected, error, header_text};
use crate::platform::Platform;
use crate::web::Browser;

/// Lets the configured frontends read our answers, refusals included. Wraps the whole endpoint.
pub fn allow_frontends(platform: &Platform, headers: &HeaderMap, response: &mut Response) {
    let Some(origin) = frontend(platform, headers) else { return };
    let out = response.headers_mut();
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    out.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    out.append(header::VARY, HeaderValue::from_static("Origin"));
}

/// The `Origin` of a request, if it is one of the configured frontends.
fn frontend(platform: &Platform, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = header_text(headers, header::ORIGIN)?;
    let known = platform.settings.allowed_origins.iter().any(|one| one == origin);
    known.then(|| HeaderValue::from_str(origin).ok()).flatten()
}

/// Answers a browser's preflight for the frontends that may call us.
pub async fn preflight(State(platform): State<Platform>, headers: HeaderMap) -> Response {
    if frontend(&platform, &headers).is_none() {
        return (StatusCode::NO_CONTENT, [(header::ALLOW, "GET, POST, OPTIONS")]).into_response();
    }
    let mut response = (
        StatusCode::NO_CONTENT,
        [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, authorization"),
        ],
    )
        .into_response();
    allow_frontends(&platform, &headers, &mut response);
    response
}

/// With cookies, a request that may change something must come from an allowed origin.
pub(super) fn check_origin(
    platform: &Platform,
    browser: &Browser,
    method: &Method,
    headers: &HeaderMap,
    media: Media,
) -> Result<(), Rejected> {
    let safe = method == Method::GET && media != Media::EventStream;
    if browser.session.is_none() || safe || is_allowed_origin(platform, headers) {
        return Ok(());
    }
    Err(Rejected {
        status: StatusCode::FORBIDDEN,
        media,
        error: error(
            "ORIGIN_NOT_ALLOWED",
            "with cookies, this endpoint answers pages of allowed origins only",
        ),
    })
}

/// Whether `Origin` is our own or one of the configured frontends. A browser's `EventSource` on our own
/// pages sends none, but says so in a header that no script can set.
pub fn is_allowed_origin(platform: &Platform, headers: &HeaderMap) -> bool {
    let own = platform.settings.public_url.origin().ascii_serialization();
    match header_text(headers, header::ORIGIN) {
        Some(origin) => origin == own || platform.settings.allowed_origins.iter().any(|one| one == origin),
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    }
}

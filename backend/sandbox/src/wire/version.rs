//! `x-api-version` (D: dates; A: earlier than 2024-09-27 or unknown is refused, never served wrongly).

use axum::http::HeaderMap;

use super::ApiError;

const KNOWN: [&str; 14] = [
    "2024-09-27",
    "2025-01-07",
    "2025-02-14",
    "2025-04-25",
    "2025-06-16",
    "2025-06-30",
    "2025-08-29",
    "2025-09-30",
    "2025-11-11",
    "2026-02-27",
    "2026-05-29",
    "2026-06-30",
    "2026-07-17",
    "2026-08-21",
];

/// Absent means the newest.
pub fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get("x-api-version").map(|value| value.to_str()) {
        None => Ok(()),
        Some(Ok(version)) if KNOWN.contains(&version) => Ok(()),
        Some(_) => Err(ApiError::invalid("x-api-version", "this API version is not served")),
    }
}

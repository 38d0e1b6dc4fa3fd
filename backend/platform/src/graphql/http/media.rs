//! Media types: what the client accepts, and writing a response in it.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{Rejected, error};

/// The media types of a response.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Media {
    Graphql,
    Json,
    EventStream,
}

/// Picks the response's media type; without a wish it is the specification's own.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<Media, Rejected> {
    let accepted: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if accepted.is_empty() {
        return Ok(Media::Graphql);
    }
    let mut best: Option<(u32, Media)> = None;
    for range in accepted.iter().flat_map(|line| line.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Media::Graphql,
            "application/json" | "application/*" | "*/*" => Media::Json,
            "text/event-stream" => Media::EventStream,
            _ => continue,
        };
        let parameters: Vec<&str> = parts.collect();
        let foreign_charset = parameters
            .iter()
            .filter_map(|one| one.to_ascii_lowercase().strip_prefix("charset=").map(str::to_owned))
            .any(|charset| charset.trim_matches('"') != "utf-8");
        if foreign_charset {
            continue;
        }
        let weight = parameters.iter().find_map(|one| one.strip_prefix("q=")).map_or(1000, thousandths);
        if weight > 0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, media));
        }
    }
    best.map(|(_, media)| media).ok_or(Rejected {
        status: StatusCode::NOT_ACCEPTABLE,
        media: Media::Json,
        error: error("NOT_ACCEPTABLE", "accept application/graphql-response+json or application/json"),
    })
}

/// A quality value such as `0.8` in thousandths.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    (whole.parse::<u32>().unwrap_or(0).min(1) * 1000 + digits.parse::<u32>().unwrap_or(0)).min(1000)
}

pub(super) fn write(status: StatusCode, media: Media, body: &Value) -> Response {
    let kind = match media {
        Media::Graphql => "application/graphql-response+json; charset=utf-8",
        Media::Json | Media::EventStream => "application/json; charset=utf-8",
    };
    (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], body.to_string())
        .into_response()
}

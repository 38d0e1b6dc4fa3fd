//! Reading a body: what stands at a path.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::ApiError;
use crate::clock::{Clock, Instant};

/// How deep a body may be nested: deeper than any document of Airwallex's, and little enough for whoever reads it
/// again inside another one.
const DEEPEST: usize = 64;

/// A JSON document as it came; none if it is no JSON or nested beyond reason.
pub fn json_in(bytes: &[u8]) -> Option<Value> {
    fn fits(value: &Value, levels: usize) -> bool {
        match value {
            Value::Array(items) => levels > 0 && items.iter().all(|item| fits(item, levels - 1)),
            Value::Object(members) => levels > 0 && members.values().all(|member| fits(member, levels - 1)),
            _ => true,
        }
    }
    serde_json::from_slice(bytes).ok().filter(|body| fits(body, DEEPEST))
}

fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |at, key| match at {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// The text at a dotted path; numbers are read as their text, blanks as absent.
pub fn text_at(body: &Value, path: &str) -> Option<String> {
    let text = match at(body, path)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The list at a dotted path; anything else counts as none.
pub fn list_at<'a>(body: &'a Value, path: &str) -> &'a [Value] {
    at(body, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub fn flag_at(body: &Value, path: &str) -> Option<bool> {
    at(body, path).and_then(Value::as_bool)
}

/// Every spelling of an instant that clients were seen to write; a bare date is its midnight. None so far away
/// that reckoning with it could fail.
pub fn instant_in(text: &str) -> Option<Instant> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        // An unescaped plus in a query arrives as a blank.
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f %z"))
        .or_else(|_| DateTime::parse_from_str(&text.replacen(' ', "+", 1), "%Y-%m-%dT%H:%M:%S%.f%z"))
        .map(|at| at.with_timezone(&Utc))
        .ok()
        .or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc()))
        .filter(|at| Clock::may_stand_at(*at))
}

/// What a member is, if it is there.
#[derive(Clone, Copy)]
pub enum Kind {
    Flag,
    List,
    Text,
    /// A number, or its text.
    Number,
    /// An object of texts.
    Texts,
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Flag => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Text => value.is_string(),
            Self::Number => value.is_number() || value.is_string(),
            Self::Texts => value.as_object().is_some_and(|members| members.values().all(Value::is_string)),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::List => "a list",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Texts => "an object of texts",
        }
    }
}

/// Refuses the first member that is there and is something else.
pub fn check_kinds(body: &Value, kinds: &[(&str, Kind)]) -> Result<(), ApiError> {
    for (name, kind) in kinds {
        if body.get(name).is_some_and(|value| !kind.fits(value)) {
            return Err(ApiError::invalid(name, kind.words()));
        }
    }
    Ok(())
}

impl ApiError {
    /// The text at a path that must be there.
    pub fn need(body: &Value, path: &str) -> Result<String, Self> {
        text_at(body, path).ok_or_else(|| Self::required(path))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_found_at_their_paths() {
        let body = json!({ "a": { "b": [ { "c": 1 }, { "c": " " } ], "d": true }, "e": "x" });
        assert_eq!(text_at(&body, "a.b.0.c").as_deref(), Some("1"));
        assert_eq!(text_at(&body, "a.b.1.c"), None);
        assert_eq!(text_at(&body, "a.b.x.c"), None);
        assert_eq!(flag_at(&body, "a.d"), Some(true));
        assert_eq!(list_at(&body, "a.b").len(), 2);
        assert!(list_at(&body, "e").is_empty());
    }

    #[test]
    fn what_is_nested_beyond_reason_is_no_document() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(json_in(nested(DEEPEST).as_bytes()).is_some());
        assert!(json_in(nested(DEEPEST + 1).as_bytes()).is_none());
        assert!(json_in(br#"{"a": "#).is_none());
    }

    #[test]
    fn every_spelling_of_an_instant_is_read() {
        for text in [
            "2026-05-04T03:22:10Z",
            "2026-05-04T03:22:10+00:00",
            "2026-05-04T03:22:10+0000",
            "2026-05-04T03:22:10.000 0000",
            "2026-05-04T03:22:10 00:00",
        ] {
            assert_eq!(instant_in(text).map(|at| at.timestamp()), Some(1_777_864_930), "{text}");
        }
        assert!(instant_in("2026-05-04").is_some());
        assert!(instant_in("yesterday").is_none());
    }
}

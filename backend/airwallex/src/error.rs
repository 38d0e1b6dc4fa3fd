//! Failures, split by what the caller must do next.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::call::Recovery;

/// Why a call did not succeed.
///
/// After `NotSent` and a 429 nothing was executed; after a 409 an earlier send of the same is still running, so
/// the same may be sent again, but nothing else in its place; after `Unknown` only Airwallex knows what
/// happened.
#[derive(Debug, Clone)]
pub enum Error {
    /// Airwallex said no; nothing was executed.
    Refused(Box<Refusal>),
    /// This `request_id` has been used; the first object exists. Look it up (D).
    Duplicate(Box<Refusal>),
    /// 401, or a login that was refused: the credential is over, or a permission is missing (C; a 403 is documented
    /// for that and is [`Refused`](Self::Refused), see [`Refusal::is_permission_missing`]). Nothing was executed. The client has renewed its own once where a repeat is safe;
    /// [`transfers::create`](crate::api::transfers::create) is sent once, so there an expired login ends like this
    /// too, and the next [`ready`](crate::Client::ready) logs in anew.
    Unauthorized(Box<Refusal>),
    /// 429: not executed, wait. Or 409: the same `request_id` is still being executed, wait (D).
    Limited(Box<Refusal>),
    /// No byte of the request reached Airwallex; later it may.
    NotSent(String),
    /// No request can say this: an id that is none, a line break in a header, no partner application. Nothing has
    /// left, and nothing ever will.
    Unsendable(String),
    /// Deadline, broken connection, 5xx or an unreadable answer.
    Unknown(Lost),
}

/// What is known of a call whose outcome is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// What broke, without addresses, bodies or queries.
    pub why: String,
    /// How to find out what became of it.
    pub recovery: Recovery,
    /// What Airwallex's support asks for, if an answer or its headers told it (C).
    pub trace_id: Option<String>,
}

/// An error body, in the shape of API versions since 2024-09-27 (D); older spellings are read too.
#[derive(Clone, Default, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// A word such as `invalid_argument` (D); empty when the body is no JSON.
    pub code: String,
    /// For people, and subject to change (D). Never printed: it may quote what somebody typed.
    pub message: String,
    /// A field path such as `beneficiary.bank_details.iban`, or a word such as `account`.
    pub source: Option<String>,
    /// Polymorphic: object, array or string (D, C).
    pub details: Value,
    /// What Airwallex's support asks for, from the body or else the headers (C; D on a 429).
    pub trace_id: Option<String>,
    /// How long to wait, if somebody on the way says so; Airwallex documents none.
    pub retry_after: Option<Duration>,
}

/// One failing field of `validation_failed` (D).
#[derive(Clone, Deserialize, PartialEq)]
pub struct FieldError {
    /// Path of the field in the request.
    pub source: String,
    /// Numeric code: `001` required, `002` length, `011` not allowed (D), `003` pattern (A), `021` too long (C).
    pub code: String,
    /// For people; not in every answer (D).
    #[serde(default)]
    pub message: Option<String>,
    /// By the code: `length_min` and `length_max`, `pattern`, `value_options` (D; `pattern` A).
    #[serde(default)]
    pub params: Value,
}

impl fmt::Debug for FieldError {
    /// Field and code, but neither message nor parameters: they may quote what a person typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldError({} at {})", self.code, self.source)
    }
}

impl Refusal {
    /// Reads a body of any era; a body that is no JSON leaves `code` empty.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let details = match value.get("details") {
            Some(details) if !details.is_null() => details.clone(),
            _ => match value.get("errors") {
                Some(errors) => serde_json::json!({ "errors": errors }),
                None => Value::Null,
            },
        };
        Self {
            status,
            code: text("code").unwrap_or_default(),
            message: text("message").unwrap_or_default(),
            source: text("source").filter(|source| !source.is_empty()),
            details,
            trace_id: text("trace_id"),
            retry_after: None,
        }
    }

    /// Every failing field that the answer names.
    pub fn fields(&self) -> Vec<FieldError> {
        let listed: Vec<FieldError> = self
            .details
            .get("errors")
            .and_then(|errors| serde_json::from_value(errors.clone()).ok())
            .unwrap_or_default();
        if !listed.is_empty() {
            return listed;
        }
        let one = self.source.as_ref().map(|source| FieldError {
            source: source.clone(),
            code: if self.code == "field_required" { "001".to_owned() } else { self.code.clone() },
            message: Some(self.message.clone()),
            params: Value::Null,
        });
        one.into_iter().collect()
    }

    /// The id of the object that a duplicate `request_id` belongs to, when told (C).
    pub fn existing_id(&self) -> Option<&str> {
        self.details.get("id").and_then(Value::as_str)
    }

    /// Whether the account to act for is unknown, not linked or not allowed (A: `source: account`).
    pub fn is_account_not_authorized(&self) -> bool {
        matches!(self.status, 401 | 403) && self.source.as_deref() == Some("account")
    }

    /// Whether a permission is missing: 403 with one of these words (D; `access_denied_not_enabled` C), or a 401
    /// `unauthorized` (C), which a token that is no good may get as well.
    pub fn is_permission_missing(&self) -> bool {
        let words = ["forbidden", "access_denied", "access_denied_not_enabled", "unauthorized"];
        let is_refused = match self.status {
            403 => words.contains(&self.code.as_str()),
            401 => self.code == "unauthorized",
            _ => false,
        };
        is_refused && !self.is_account_not_authorized()
    }
}

impl Error {
    /// Sorts an answer that is not a success; the trace of the headers counts when the body has none.
    pub(crate) fn from_answer(
        status: u16,
        body: &[u8],
        trace: Option<String>,
        retry_after: Option<Duration>,
        recovery: Recovery,
    ) -> Self {
        let mut refusal = Box::new(Refusal { retry_after, ..Refusal::read(status, body) });
        refusal.trace_id = refusal.trace_id.take().or(trace);
        match status {
            401 => Self::Unauthorized(refusal),
            429 => Self::Limited(refusal),
            // The same `request_id`, still at work. Of a call without one a 409 says only that something is.
            409 if matches!(recovery, Recovery::ByRequestId | Recovery::Repeat) => Self::Limited(refusal),
            409 => Self::unanswered(&refusal, recovery),
            400..=499 if is_duplicate(&refusal.code) => Self::Duplicate(refusal),
            // Somebody on the way answered, not Airwallex: a time-out of theirs, or a page of a proxy.
            408 | 499 => Self::unanswered(&refusal, recovery),
            400..=499 if refusal.code.is_empty() && recovery != Recovery::Repeat => {
                Self::unanswered(&refusal, recovery)
            }
            400..=499 => Self::Refused(refusal),
            _ => Self::unanswered(&refusal, recovery),
        }
    }

    fn unanswered(answer: &Refusal, recovery: Recovery) -> Self {
        let why = format!("answered {}", answer.status);
        Self::Unknown(Lost { why, recovery, trace_id: answer.trace_id.clone() })
    }

    /// A call whose outcome only Airwallex knows.
    pub(crate) fn lost(why: impl Into<String>, recovery: Recovery, trace_id: Option<String>) -> Self {
        Self::Unknown(Lost { why: why.into(), recovery, trace_id })
    }

    /// How long to wait before the same is sent again, if the answer says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal().and_then(|refusal| refusal.retry_after)
    }

    /// What support asks for.
    pub fn trace_id(&self) -> Option<&str> {
        match self {
            Self::Unknown(lost) => lost.trace_id.as_deref(),
            other => other.refusal().and_then(|refusal| refusal.trace_id.as_deref()),
        }
    }

    /// Whether the same may simply be sent again later: nothing has left, or a 429 put it off. A refusal was not
    /// executed either, but would be refused again.
    pub fn is_not_executed(&self) -> bool {
        match self {
            Self::NotSent(_) => true,
            Self::Limited(refusal) => refusal.status == 429,
            _ => false,
        }
    }

    /// Whether it may have been executed, or may be executing at this moment.
    pub(crate) fn may_be_executed(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Limited(refusal) => refusal.status == 409,
            _ => false,
        }
    }

    /// Whether the same, with the same `request_id`, may be sent again.
    pub(crate) fn may_repeat(&self, recovery: Recovery) -> bool {
        match self {
            Self::NotSent(_) | Self::Limited(_) => true,
            Self::Unknown(_) => recovery == Recovery::Repeat,
            _ => false,
        }
    }

    /// The refusal inside, if Airwallex answered with one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal)
            | Self::Duplicate(refusal)
            | Self::Unauthorized(refusal)
            | Self::Limited(refusal) => Some(refusal),
            Self::NotSent(_) | Self::Unsendable(_) | Self::Unknown(_) => None,
        }
    }

    /// Whether this is a 404: `not_found` or `resource_not_found` (D). A 400 with that code is none.
    pub fn is_not_found(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.status == 404)
    }
}

fn is_duplicate(code: &str) -> bool {
    ["duplicate_request_id", "request_id_duplicate", "batch_request_id_duplicate", "duplicate_request"]
        .contains(&code)
}

fn trace(id: Option<&String>) -> String {
    id.map(|id| format!(", trace {id}")).unwrap_or_default()
}

impl fmt::Display for Refusal {
    /// Code, field and trace, but not the message: it may quote what a person typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, if self.code.is_empty() { "(no code)" } else { &self.code })?;
        if let Some(source) = &self.source {
            write!(f, " at {source}")?;
        }
        f.write_str(&trace(self.trace_id.as_ref()))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({self})")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Duplicate(refusal) => write!(f, "duplicate: {refusal}"),
            Self::Unauthorized(refusal) => write!(f, "unauthorized: {refusal}"),
            Self::Limited(refusal) => write!(f, "limited: {refusal}"),
            Self::NotSent(why) => write!(f, "not sent: {why}"),
            Self::Unsendable(why) => write!(f, "cannot be sent: {why}"),
            Self::Unknown(lost) => {
                write!(f, "outcome unknown: {}{}", lost.why, trace(lost.trace_id.as_ref()))
            }
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_sorted_by_consequence() {
        let sort =
            |status, body: &str| Error::from_answer(status, body.as_bytes(), None, None, Recovery::Repeat);
        assert!(matches!(sort(400, r#"{"code":"invalid_argument"}"#), Error::Refused(_)));
        assert!(matches!(sort(400, r#"{"code":"duplicate_request_id"}"#), Error::Duplicate(_)));
        assert!(matches!(sort(400, r#"{"code":"request_id_duplicate"}"#), Error::Duplicate(_)));
        assert!(matches!(sort(401, "{}"), Error::Unauthorized(_)));
        assert!(matches!(sort(409, r#"{"code":"request_in_progress"}"#), Error::Limited(_)));
        assert!(matches!(sort(429, ""), Error::Limited(_)));
        assert!(matches!(sort(502, "<html>"), Error::Unknown(_)));
        assert!(matches!(sort(404, "not json"), Error::Refused(_)));
        assert!(matches!(sort(408, ""), Error::Unknown(_)), "a proxy's time-out says nothing");
        let moved = |status, body: &str| {
            Error::from_answer(status, body.as_bytes(), None, None, Recovery::ByRequestId)
        };
        assert!(matches!(moved(400, "<html>"), Error::Unknown(_)), "not Airwallex's words");
        assert!(matches!(moved(400, r#"{"code":"invalid_argument"}"#), Error::Refused(_)));
        for (body, is_permission) in
            [(r#"{"code":"access_denied"}"#, true), (r#"{"code":"access_denied","source":"account"}"#, false)]
        {
            let refused = moved(403, body);
            let Error::Refused(refusal) = &refused else { panic!("{refused}") };
            assert_eq!(refusal.is_permission_missing(), is_permission);
        }
        for recovery in [Recovery::ByIdentifier, Recovery::ByStatus, Recovery::ByFingerprint] {
            let conflict = Error::from_answer(409, br#"{"code":"conflict"}"#, None, None, recovery);
            assert!(matches!(&conflict, Error::Unknown(lost) if lost.recovery == recovery), "{conflict}");
        }
    }

    #[test]
    fn a_409_is_still_running_and_not_nothing() {
        let sort = |status| Error::from_answer(status, b"{}", None, None, Recovery::ByRequestId);
        assert!(sort(429).is_not_executed() && sort(429).may_repeat(Recovery::ByRequestId));
        assert!(!sort(409).is_not_executed() && sort(409).may_repeat(Recovery::ByRequestId));
        assert!(!sort(502).may_repeat(Recovery::ByRequestId) && sort(502).may_repeat(Recovery::Repeat));
    }

    #[test]
    fn a_refusal_never_prints_its_message() {
        let body = br#"{"code":"invalid_argument","message":"iban GB29NWBK is wrong","source":"iban","trace_id":"t1"}"#;
        let error = Error::from_answer(400, body, None, None, Recovery::Repeat);
        for text in [format!("{error}"), format!("{error:?}")] {
            assert!(!text.contains("GB29"), "{text}");
            assert!(text.contains("trace t1"), "{text}");
        }
    }

    #[test]
    fn failing_fields_are_read_in_both_shapes() {
        let many = br#"{"code":"validation_failed","details":{"errors":[{"source":"a.b","code":"001"},{"source":"c","code":"003","params":{"pattern":"x"}}]}}"#;
        assert_eq!(Refusal::read(400, many).fields().len(), 2);
        let one = br#"{"code":"field_required","source":"a.b","message":"missing"}"#;
        assert_eq!(Refusal::read(400, one).fields()[0].code, "001");
        let old = br#"{"code":"validation_failed","errors":[{"source":"x","code":"011"}]}"#;
        assert_eq!(Refusal::read(400, old).fields()[0].source, "x");
    }
}

//! `x-api-version` (D: dates; A: earlier than 2024-09-27 or unknown is refused, never served wrongly), and
//! what a body looks like to those who speak an older one.

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::ApiError;
use crate::clock::Instant;

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
    NEWEST,
];

/// What the sandbox speaks by itself.
pub const NEWEST: &str = "2026-08-21";

/// A served version; they compare as the dates they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(&'static str);

/// What clients wrote comes back as they wrote it.
const CLIENTS: [&str; 5] = ["metadata", "reference", "remarks", "identifier", "nickname"];

impl Version {
    /// The one that a header names; absent means the newest.
    pub fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        match headers.get("x-api-version") {
            None => Ok(Self(NEWEST)),
            Some(value) => value
                .to_str()
                .ok()
                .and_then(Self::parse)
                .ok_or_else(|| ApiError::invalid("x-api-version", "this API version is not served")),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        KNOWN.iter().find(|known| **known == text).map(|known| Self(known))
    }

    /// Whether something that came with `date` is there.
    pub fn has(self, date: &str) -> bool {
        self.0 >= date
    }

    /// A body of the newest version as this one spells it (01 §b.4).
    pub fn spell(self, body: &mut Value) {
        if self.has(NEWEST) {
            return;
        }
        match body {
            Value::Object(members) => {
                older_account(members);
                older_failure(members);
                let own = members.iter_mut().filter(|(name, _)| !CLIENTS.contains(&name.as_str()));
                own.for_each(|(_, value)| self.spell(value));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.spell(item)),
            Value::String(text) if !self.has("2026-06-30") && is_stamp(text) => {
                text.truncate(text.len() - "+00:00".len());
                text.push_str("+0000");
            }
            _ => {}
        }
    }
}

/// DORMANT is told as ACTIVE, CLOSED as SUSPENDED (D, before 2026-08-21).
fn older_account(members: &mut Map<String, Value>) {
    if !members.contains_key("account_details") {
        return;
    }
    match members.get("status").and_then(Value::as_str) {
        Some("DORMANT") => members["status"] = json!("ACTIVE"),
        Some("CLOSED") => members["status"] = json!("SUSPENDED"),
        _ => {}
    }
}

/// The `failure` object was two members before (C).
fn older_failure(members: &mut Map<String, Value>) {
    if !members.contains_key("transfer_method") {
        return;
    }
    if let Some(failure) = members.shift_remove("failure") {
        members.insert(
            "failure_reason".to_owned(),
            json!({ "code": failure["code"], "description": failure["message"] }),
        );
        members.insert("failure_type".to_owned(), failure["details"]["type"].clone());
    }
}

fn is_stamp(text: &str) -> bool {
    text.len() >= "2026-01-01T00:00:00+00:00".len()
        && text.ends_with("+00:00")
        && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

/// Timestamps end in `+00:00` from version 2026-06-30 on (D).
pub fn stamp(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Ledger objects carry milliseconds (C).
pub fn stamp_millis(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_versions_spell_the_same_facts_their_way() {
        let account =
            json!({ "status": "CLOSED", "account_details": {}, "created_at": "2026-09-01T03:12:45+00:00" });
        let spelt = |version: &str, mut body: Value| {
            Version::parse(version).expect("served").spell(&mut body);
            body
        };
        assert_eq!(spelt(NEWEST, account.clone()), account);
        assert_eq!(spelt("2026-07-17", account.clone())["status"], "SUSPENDED");
        assert_eq!(spelt("2026-07-17", account.clone())["created_at"], "2026-09-01T03:12:45+00:00");
        assert_eq!(spelt("2026-05-29", account)["created_at"], "2026-09-01T03:12:45+0000");
        let failed = json!({ "items": [{ "transfer_method": "LOCAL", "failure":
            { "code": "90701", "message": "Account closed", "details": { "type": "ACCOUNT_CLOSED" } } }] });
        let older = spelt("2025-06-30", failed);
        assert_eq!(older["items"][0]["failure_reason"]["code"], "90701");
        assert_eq!(older["items"][0]["failure_type"], "ACCOUNT_CLOSED");
        assert!(older["items"][0].get("failure").is_none());
        assert!(Version::parse("2023-10-01").is_none());
    }
}

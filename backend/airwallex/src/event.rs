//! Webhook events: signature over the raw body, then the envelope. Unknown events survive.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use crate::{Document, Rest, Timestamp, Unreadable};

/// An event's envelope (D). `data` keeps every field that arrived.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// Opaque and of any length; the same on every retry.
    pub id: String,
    /// Such as `payout.transfer.paid`; the list grows (D).
    pub name: String,
    /// The account that it is about, the connected one for a platform; not of an organisation's events (D).
    #[serde(default, alias = "accountId")]
    pub account_id: Option<String>,
    /// The resource as its own call answers it, for most events; see [`Event::object`] (D).
    #[serde(default)]
    pub data: Document,
    /// When it happened. Deliveries come in any order and more than once (D).
    #[serde(default, alias = "createdAt")]
    pub created_at: Option<Timestamp>,
    /// `version`, `source_id`, `app_id`, `org_id` (D), and what may come.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Event {
    /// Reads a body whose signature has been verified.
    pub fn parse(body: &[u8]) -> Result<Self, Unreadable> {
        Ok(serde_json::from_slice(body)?)
    }

    /// The object: flat in `data`, or wrapped as `data.object` (C).
    pub fn object(&self) -> &Value {
        match self.data.get("object") {
            Some(object) if object.is_object() => object,
            _ => &self.data,
        }
    }
}

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// No `x-timestamp` or `x-signature`, or not in their form.
    Missing,
    /// No secret in force makes this signature.
    Mismatch,
    /// Signed too long ago, or in the future.
    OutsideWindow,
}

/// How far the signed time may be from now.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// How long ago it may have been signed.
    pub past: Duration,
    /// How far ahead of our clock it may have been signed.
    pub future: Duration,
}

impl Default for Window {
    /// Four days cover the retry horizon of about three (D) even if retries keep their first
    /// timestamp; five minutes of clock difference ahead.
    fn default() -> Self {
        Self { past: Duration::from_secs(4 * 24 * 3600), future: Duration::from_secs(300) }
    }
}

/// Verifies `x-signature`: lower-case hex of HMAC-SHA256 over `x-timestamp` (Unix milliseconds)
/// followed by the raw body, under any of the secrets, in constant time (D).
pub fn verify<'a>(
    secrets: impl IntoIterator<Item = &'a str>,
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: DateTime<Utc>,
    window: Window,
) -> Result<(), SignatureError> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
        return Err(SignatureError::Missing);
    };
    let given = hex::decode(signature).map_err(|_| SignatureError::Missing)?;
    let mut genuine = false;
    // Anybody can sign with nothing: a secret that was not set opens no door.
    for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(timestamp.as_bytes());
        mac.update(body);
        // No early end: which secret matched must not show in the time taken.
        genuine |= mac.verify_slice(&given).is_ok();
    }
    if !genuine {
        return Err(SignatureError::Mismatch);
    }
    let signed_at = timestamp
        .parse::<i64>()
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .ok_or(SignatureError::Missing)?;
    let age = now - signed_at;
    let too_old = age > chrono::Duration::from_std(window.past).unwrap_or(chrono::Duration::MAX);
    let too_new = -age > chrono::Duration::from_std(window.future).unwrap_or(chrono::Duration::MAX);
    if too_old || too_new { Err(SignatureError::OutsideWindow) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
        mac.update(timestamp.as_bytes());
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    #[test]
    fn only_genuine_signatures_inside_the_window_pass() {
        let now = DateTime::from_timestamp_millis(1_790_000_000_000).expect("an instant");
        let stamp = "1790000000000";
        let body = br#"{"id":"evt_1","name":"account.active"}"#;
        let check = |secrets: &[&str], stamp: &str, signature: &str| {
            verify(secrets.iter().copied(), Some(stamp), Some(signature), body, now, Window::default())
        };
        let good = sign("whsec_b", stamp, body);
        assert_eq!(check(&["whsec_a", "whsec_b"], stamp, &good), Ok(()));
        assert_eq!(check(&["whsec_a"], stamp, &good), Err(SignatureError::Mismatch));
        assert_eq!(check(&["whsec_a", ""], stamp, &sign("", stamp, body)), Err(SignatureError::Mismatch));
        assert_eq!(check(&["whsec_b"], "1790000000001", &good), Err(SignatureError::Mismatch));
        assert_eq!(check(&["whsec_b"], stamp, "zz"), Err(SignatureError::Missing));

        let old = (now - chrono::Duration::days(5)).timestamp_millis().to_string();
        assert_eq!(check(&["s"], &old, &sign("s", &old, body)), Err(SignatureError::OutsideWindow));
        let ahead = (now + chrono::Duration::minutes(6)).timestamp_millis().to_string();
        assert_eq!(check(&["s"], &ahead, &sign("s", &ahead, body)), Err(SignatureError::OutsideWindow));
        let late_retry = (now - chrono::Duration::days(3)).timestamp_millis().to_string();
        assert_eq!(check(&["s"], &late_retry, &sign("s", &late_retry, body)), Ok(()));
    }

    #[test]
    fn the_wrapped_and_the_flat_object_are_both_found() {
        let flat = Event::parse(br#"{"id":"1","name":"n","data":{"id":"x"}}"#).expect("flat");
        let wrapped =
            Event::parse(br#"{"id":"1","name":"n","data":{"object":{"id":"x"}}}"#).expect("wrapped");
        assert_eq!(flat.object(), wrapped.object());
    }
}

//! Request bodies: JSON objects; anything else is refused by name, never with a 500.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde_json::Value;

use super::ApiError;

const LIMIT: usize = 1024 * 1024;

/// A JSON object; an empty body counts as an empty object.
pub struct Input(pub Value);

impl<S: Send + Sync> FromRequest<S> for Input {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| ApiError::new(413, "invalid_argument", "the body is too large"))?;
        if bytes.len() > LIMIT {
            return Err(ApiError::new(413, "invalid_argument", "the body is too large"));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(serde_json::json!({})));
        }
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(body) if body.is_object() => Ok(Self(body)),
            _ => Err(ApiError::new(400, "invalid_argument", "the body is no JSON object")),
        }
    }
}

/// The text at a dotted path; numbers are read as their text, blanks as absent.
pub fn text_at(body: &Value, path: &str) -> Option<String> {
    let found = path.split('.').try_fold(body, |at, key| at.get(key))?;
    let text = match found {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

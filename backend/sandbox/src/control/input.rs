//! The body of an order.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde_json::{Value, json};

use crate::wire::{ApiError, json_in};

/// A JSON object; an empty body counts as an empty one.
pub struct Input(pub Value);

impl Input {
    /// The order, if it says nothing but this: a word that is not understood would be a test that tests
    /// something else.
    pub fn only(self, members: &[&str]) -> Result<Value, ApiError> {
        let unknown =
            self.0.as_object().and_then(|body| body.keys().find(|name| !members.contains(&name.as_str())));
        match unknown {
            Some(name) if members.is_empty() => Err(ApiError::invalid(name, "this order says nothing")),
            Some(name) => Err(ApiError::invalid(name, format!("one of {}", members.join(", ")))),
            None => Ok(self.0),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Input {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| ApiError::new(413, "invalid_argument", "the body is too large"))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(json!({})));
        }
        match json_in(&bytes) {
            Some(body) if body.is_object() => Ok(Self(body)),
            _ => Err(ApiError::new(400, "invalid_argument", "the body is no JSON object")),
        }
    }
}

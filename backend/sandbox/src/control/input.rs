//! The body of an order.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde_json::{Value, json};

use crate::wire::ApiError;

/// A JSON object; an empty body counts as an empty one.
pub struct Input(pub Value);

impl<S: Send + Sync> FromRequest<S> for Input {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| ApiError::new(413, "invalid_argument", "the body is too large"))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(json!({})));
        }
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(body) if body.is_object() => Ok(Self(body)),
            _ => Err(ApiError::new(400, "invalid_argument", "the body is no JSON object")),
        }
    }
}

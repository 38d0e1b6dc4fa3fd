//! Answers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::ApiError;

/// What a call ends with.
pub type Reply = Result<Answer, ApiError>;

/// A success.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Body,
}

#[derive(Debug, Clone)]
pub enum Body {
    Json(Value),
    /// Content with its type, such as a letter.
    Content(&'static str, Vec<u8>),
}

/// 200 with a body.
pub fn ok(body: Value) -> Reply {
    Ok(Answer { status: 200, body: Body::Json(body) })
}

/// 201 with a body: creates answer so (D).
pub fn created(body: Value) -> Reply {
    Ok(Answer { status: 201, body: Body::Json(body) })
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (kind, bytes) = match self.body {
            Body::Json(value) => ("application/json", serde_json::to_vec(&value).unwrap_or_default()),
            Body::Content(kind, bytes) => (kind, bytes),
        };
        (status, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], bytes).into_response()
    }
}

//! Answers: error bodies in the shape of versions since 2024-09-27 (D), numbers and timestamps.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::world::Instant;

/// An error as Airwallex words it.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub source: Option<String>,
    pub details: Option<Value>,
}

/// One failing field of `validation_failed`.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldFault {
    pub source: String,
    pub code: &'static str,
    pub params: Value,
}

pub type Reply = Result<Response, ApiError>;

impl ApiError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), source: None, details: None }
    }

    pub fn at(self, source: &str) -> Self {
        Self { source: Some(source.to_owned()), ..self }
    }

    pub fn with(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    pub fn invalid(source: &str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_argument", message).at(source)
    }

    pub fn required(source: &str) -> Self {
        Self::new(400, "field_required", format!("{source} must not be blank")).at(source)
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("{what} was not found"))
    }

    /// All failing fields at once; the outer source is empty (D).
    pub fn fields(faults: &[FieldFault]) -> Self {
        let errors: Vec<Value> = faults
            .iter()
            .map(|fault| {
                let mut one = json!({ "source": fault.source, "code": fault.code });
                if !fault.params.is_null() {
                    one["params"] = fault.params.clone();
                }
                one
            })
            .collect();
        Self::new(400, "validation_failed", "Request failed field validation")
            .at("")
            .with(json!({ "errors": errors }))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "code": self.code, "message": self.message });
        if let Some(source) = self.source {
            body["source"] = json!(source);
        }
        if let Some(details) = self.details {
            body["details"] = details;
        }
        body["trace_id"] = json!("5a4db0e1c0de5a4db0e1c0de5a4db0e1");
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(body)).into_response()
    }
}

pub fn ok(body: Value) -> Reply {
    Ok(Json(body).into_response())
}

pub fn created(body: Value) -> Reply {
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// Timestamps end in `+00:00` from version 2026-06-30 on (D).
pub fn stamp(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Amounts in answers are JSON numbers in major units (D).
pub fn number(amount: Decimal) -> Value {
    serde_json::from_str(&amount.normalize().to_string()).unwrap_or(Value::Null)
}

//! Error bodies in the shape of versions since 2024-09-27 (D).

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Answer, Body};

/// An error as Airwallex words it.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub source: Option<String>,
    pub details: Option<Value>,
    /// The token endpoint words its errors as RFC 6749 does (A, register 1).
    pub is_oauth: bool,
}

/// One failing field of `validation_failed`.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldFault {
    pub source: String,
    pub code: &'static str,
    pub params: Value,
}

impl FieldFault {
    pub fn new(source: &str, code: &'static str, params: Value) -> Self {
        Self { source: source.to_owned(), code, params }
    }

    /// A mandatory field that is missing (D: code 001).
    pub fn missing(source: &str) -> Self {
        Self::new(source, "001", Value::Null)
    }

    pub fn body(&self) -> Value {
        let mut one = json!({ "source": self.source, "code": self.code });
        if !self.params.is_null() {
            one["params"] = self.params.clone();
        }
        one
    }
}

impl ApiError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            source: None,
            details: None,
            is_oauth: false,
        }
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

    /// An error of the token endpoint.
    pub fn oauth(status: u16, error: &str, description: &str) -> Self {
        Self { is_oauth: true, ..Self::new(status, error, description) }
    }

    /// The same in the token endpoint's words, if it is the one who speaks (A, register 1).
    pub fn worded(self, is_oauth: bool) -> Self {
        let code = match self.code.as_str() {
            "invalid_argument" if is_oauth => "invalid_request".to_owned(),
            _ => self.code,
        };
        Self { code, is_oauth, ..self }
    }

    /// All failing fields at once; the outer source is empty (D).
    pub fn fields(faults: &[FieldFault]) -> Self {
        let errors: Vec<Value> = faults.iter().map(FieldFault::body).collect();
        Self::new(400, "validation_failed", "Request failed field validation")
            .at("")
            .with(json!({ "errors": errors }))
    }

    /// The answer, with the trace that logs would be searched by.
    pub fn answer(self, trace: &str) -> Answer {
        if self.is_oauth {
            let body = json!({ "error": self.code, "error_description": self.message });
            return Answer { status: self.status, body: Body::Json(body) };
        }
        let mut body = json!({ "code": self.code, "message": self.message });
        if let Some(source) = self.source {
            body["source"] = json!(source);
        }
        if let Some(details) = self.details {
            body["details"] = details;
        }
        body["trace_id"] = json!(trace);
        Answer { status: self.status, body: Body::Json(body) }
    }
}

/// For the tester's own routes, which nobody traces.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.answer("control").into_response()
    }
}

//! Submitted values, and errors that stand beside their fields.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use serde::Serialize;

use super::{Browser, WebError, csrf};
use crate::kernel::Secret;

/// The fields of a submitted form whose CSRF token was right.
#[derive(Clone, Default)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The trimmed value; empty when absent.
    pub fn text(&self, name: &str) -> String {
        self.0.get(name).map(|value| value.trim().to_owned()).unwrap_or_default()
    }

    /// The value as it was typed, blanks included: a password.
    pub fn secret(&self, name: &str) -> Secret<String> {
        Secret::new(self.0.get(name).cloned().unwrap_or_default())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl std::fmt::Debug for Fields {
    /// The names only: among the values are passwords and bank accounts.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let browser = request.extensions().get::<Browser>().cloned().ok_or(WebError::ForeignForm)?;
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|_| WebError::TooLarge)?;
        let fields = Self(url::form_urlencoded::parse(&bytes).into_owned().collect());
        if csrf::matches(&browser.csrf, fields.0.get("csrf").map(String::as_str)) {
            return Ok(fields);
        }
        Err(WebError::ForeignForm)
    }
}

/// One field that has to be put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The name of the control; empty when no single one is at fault.
    pub field: String,
    /// The field's rule with the person's own value in mind, and the likely cause.
    pub message: String,
}

impl FieldProblem {
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// "Three things to put right": the summary on top of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub title: String,
    pub problems: Vec<FieldProblem>,
}

impl Summary {
    pub fn of(problems: Vec<FieldProblem>) -> Self {
        let title = match problems.len() {
            1 => "One thing to put right".to_owned(),
            count => format!("{} things to put right", in_words(count)),
        };
        Self { title, problems }
    }

    /// From refusals as data; a form's field is named by the path joined with dots.
    pub fn of_problems(problems: &[crate::kernel::Problem]) -> Self {
        Self::of(
            problems
                .iter()
                .map(|problem| FieldProblem::new(&problem.field.join("."), problem.message.clone()))
                .collect(),
        )
    }
}

fn in_words(count: usize) -> String {
    let words = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    words.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

//! The query of a request; unknown parameters are ignored (D: the official client adds one of its own).

use super::{ApiError, instant_in};
use crate::clock::Instant;

/// Name and value, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The last value under a name; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&String> {
        self.0.iter().rev().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value)
    }

    /// Every value under a name that may be repeated.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a String> {
        self.0.iter().filter(move |(known, value)| known == name && !value.is_empty()).map(|(_, value)| value)
    }

    /// Whether a filter, if it is given, asks for this value.
    pub fn wants(&self, name: &str, value: &str) -> bool {
        self.get(name).is_none_or(|wanted| wanted == value)
    }

    /// A bound of a window, if it is given.
    pub fn instant(&self, name: &str) -> Result<Option<Instant>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(text) => instant_in(text).map(Some).ok_or_else(|| ApiError::invalid(name, "not a time")),
        }
    }
}

impl FromIterator<(String, String)> for Query {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

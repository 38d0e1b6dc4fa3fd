//! What is kept of an answer without being taken apart, and how what is about people is not printed.

use std::fmt;
use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A part of an answer, kept as it came. Printed by the names of its members alone: what they hold may be a
/// person's.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(Value);

impl Deref for Document {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Document {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl From<Document> for Value {
    fn from(document: Document) -> Self {
        document.0
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.as_object().into_iter().flat_map(|members| members.keys());
        write!(f, "Document({})", names.map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}

/// A member that decides nothing: what does not fit its type is as good as not told, so that an odd word never
/// makes an answer unreadable.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// A list or map that decides nothing: absent, `null` or of another shape, it is empty.
pub(crate) fn told<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    lenient(deserializer).map(Option::unwrap_or_default)
}

/// A document that is not what it should be: where, but not what stands there, which may be a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(String);

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("{:?} at line {} column {}", error.classify(), error.line(), error.column()))
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot be read: {}", self.0)
    }
}

impl std::error::Error for Unreadable {}

/// `Debug` by the type's name alone, for types that hold what is about people.
macro_rules! quiet {
    ($($name:ident),+ $(,)?) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        })+
    };
}

pub(crate) use quiet;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_like_json_and_prints_no_value() {
        let document: Document =
            serde_json::from_str(r#"{"first_name":"Mira","iban":{"number":"GB29"}}"#).expect("a document");
        assert_eq!(document["iban"]["number"], "GB29");
        assert_eq!(format!("{document:?}"), "Document(first_name, iban)");
        assert_eq!(format!("{:?}", Document::default()), "Document()");
    }
}

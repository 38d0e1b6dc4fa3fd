//! Members of an answer that this version does not know.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Unknown members, kept as they came. Printed by their names alone: what they hold may be a person's.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Rest(Map<String, Value>);

impl Rest {
    /// A member by its name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Every member with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rest({})", self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Answer {
        id: u32,
        #[serde(flatten)]
        rest: Rest,
    }

    #[test]
    fn unknown_members_survive_exactly_and_are_not_printed() {
        let text = r#"{"id":7,"amount":12345678901234567.89,"name":"Mira"}"#;
        let answer: Answer = serde_json::from_str(text).expect("an answer");
        assert_eq!(answer.id, 7);
        assert_eq!(answer.rest.get("amount").map(Value::to_string).as_deref(), Some("12345678901234567.89"));
        assert_eq!(format!("{:?}", answer.rest), "Rest(amount, name)");
        assert_eq!(answer.rest.iter().count(), 2);
    }
}

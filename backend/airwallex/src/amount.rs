//! Wire amounts: JSON numbers or strings in major units (D). Read exactly, never through a float.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An exact amount in major units. Written as a decimal string, as the transfer endpoints type it (D).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub Decimal);

impl Amount {
    /// As a JSON number, for the few requests that type it so (D: quotes). Every digit is kept.
    pub fn as_number(self) -> serde_json::Value {
        serde_json::from_str(&self.0.to_string()).unwrap_or(serde_json::Value::Null)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::String(text) => text,
            other => return Err(serde::de::Error::custom(format!("{other} is no amount"))),
        };
        // Of a power of ten too the digits are read exactly: the library would round them.
        let digits = text.split(['e', 'E']).next().unwrap_or_default();
        let exact = Decimal::from_str_exact(digits).and_then(|plain| match text.len() == digits.len() {
            true => Ok(plain),
            false => Decimal::from_scientific(&text),
        });
        exact.map(Self).map_err(|_| serde::de::Error::custom("an amount that cannot be read exactly"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_strings_are_read_exactly() {
        let read = |text: &str| serde_json::from_str::<Amount>(text).map(|amount| amount.to_string());
        assert_eq!(read("12345678901234567.89").expect("number"), "12345678901234567.89");
        assert_eq!(read("\"5.0\"").expect("string"), "5.0");
        assert_eq!(read("1.25e2").expect("scientific"), "125");
        assert!(read("0.00000000000000000000000000000000000001").is_err(), "more digits than can be kept");
        assert!(read("1.00000000000000000000000000000000000001e5").is_err(), "rounding would lose a digit");
        assert!(read("true").is_err());
        assert!(read("\"five\"").is_err());
    }
}

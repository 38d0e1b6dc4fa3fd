//! Our scalars, each with its description.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

macro_rules! text_scalar {
    ($(#[doc = $doc:literal])* $name:ident, $check:expr, $expected:literal) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub String);

        $(#[doc = $doc])*
        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) if ($check)(&text) => Ok(Self(text)),
                    Value::String(_) => Err(InputValueError::custom(concat!("expected ", $expected))),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    };
}

text_scalar!(
    /// An exact decimal number in plain notation, as a string: `"12.50"`.
    Decimal,
    |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.bytes().any(|b| b.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.bytes().filter(|b| *b == b'.').count() <= 1
    },
    "a decimal number in plain notation, such as \"12.50\""
);
text_scalar!(
    /// An ISO 4217 currency code in capitals: `"GBP"`.
    CurrencyCode,
    |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()),
    "three capital letters, such as \"GBP\""
);
text_scalar!(
    /// An ISO 3166 alpha-2 country code in capitals: `"GB"`.
    CountryCode,
    |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()),
    "two capital letters, such as \"GB\""
);
text_scalar!(
    /// An instant in UTC as RFC 3339: `"2026-11-20T10:14:03.000000Z"`.
    DateTime,
    |text: &str| chrono::DateTime::parse_from_rfc3339(text).is_ok(),
    "an RFC 3339 instant"
);

impl From<crate::kernel::Instant> for DateTime {
    fn from(at: crate::kernel::Instant) -> Self {
        Self(at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
    }
}

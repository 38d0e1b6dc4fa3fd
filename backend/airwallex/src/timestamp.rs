//! Timestamps: every documented spelling in, one out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// An instant as Airwallex writes it: `Z`, `+00:00` or `+0000`, with or without a fraction (D, C).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub DateTime<Utc>);

impl Timestamp {
    /// Reads any of the known spellings; a bare date is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
            .ok()
            .map(|at| Self(at.with_timezone(&Utc)))
    }

    /// The spelling for requests: `+0000` is accepted everywhere, `Z` is not (D, trap list).
    pub fn for_request(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M:%S+0000").to_string()
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a timestamp in no known spelling"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_spelling_is_the_same_instant() {
        let spellings = [
            "2026-05-04T03:22:10Z",
            "2026-05-04T03:22:10+00:00",
            "2026-05-04T03:22:10+0000",
            "2026-05-04T03:22:10.000Z",
            "2026-05-04T05:22:10.000000+0200",
        ];
        for spelling in spellings {
            let read = Timestamp::parse(spelling).expect(spelling);
            assert_eq!(read.for_request(), "2026-05-04T03:22:10+0000");
        }
        assert!(Timestamp::parse("yesterday").is_none());
    }
}

//! Whose authority a call uses.

use zeroize::Zeroizing;

/// A bearer token or key. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Takes the bare token or key, without `Bearer`.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself, for the one header or form that it goes into.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Token {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// An address that lets in whoever opens it: a hosted page, a download. Never printed.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Link(String);

impl Link {
    /// For the one redirect or request that it was asked for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same, as a text of one's own.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(…)")
    }
}

/// Whose authority a call uses.
#[derive(Clone, Debug)]
pub enum Access {
    /// The platform's own key; login and renewal happen by themselves.
    Platform,
    /// The platform's key, acting for a connected account (`x-on-behalf-of`, D).
    OnBehalfOf(String),
    /// A seller's OAuth access token; never combined with `x-on-behalf-of` (A).
    Seller(Token),
    /// The partner application's own token; login and renewal happen by themselves.
    Partner,
    /// The partner application's id and secret, as HTTP Basic (D: its webhooks).
    Application,
}

impl Access {
    /// On behalf of this connected account.
    pub fn on_behalf_of(account: impl Into<String>) -> Self {
        Self::OnBehalfOf(account.into())
    }
}

//! One request, before it is known whose authority it uses.

use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::Error;

/// How it is found out what became of a call whose answer was lost. Every mutating call declares one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Reading, or the same twice does no harm: send the same again.
    Repeat,
    /// Look the object up in its list by `request_id`; a repeat with the same `request_id` and bytes is
    /// refused as a duplicate, not executed twice (D). For seven days: later it would be executed again (D), so an
    /// old one is looked up and never sent.
    ByRequestId,
    /// Look the object up in its list by `identifier` (accounts have no idempotency, D).
    ByIdentifier,
    /// Read the object: its status says whether it happened (submit, cancel, suspend …).
    ByStatus,
    /// Compare with the list: no filter finds it (beneficiaries, clones).
    ByFingerprint,
}

/// Which of the two hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Api,
    Files,
}

/// What a request carries.
#[derive(Clone)]
pub(crate) struct Content {
    pub kind: String,
    pub bytes: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Call {
    pub method: Method,
    pub host: Host,
    /// With `{}` where ids stand: what logs and limits name.
    pub route: &'static str,
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub content: Option<Content>,
    /// Instead of the client's own.
    pub version: Option<String>,
    pub recovery: Recovery,
}

impl Call {
    /// Ids are put in for the braces, escaped, so that no id leads to another path.
    fn new(method: Method, route: &'static str, ids: &[&str], recovery: Recovery) -> Self {
        let mut ids = ids.iter();
        let path = route
            .split('/')
            .map(|part| match part {
                "{}" => escaped(ids.next().copied().unwrap_or_default()),
                part => part.to_owned(),
            })
            .collect::<Vec<_>>()
            .join("/");
        Self { method, host: Host::Api, route, path, query: vec![], content: None, version: None, recovery }
    }

    /// Whether an id in the path is empty or a dot segment, which would lead to another path (WHATWG URL).
    pub fn names_nothing(&self) -> bool {
        self.path.split('/').skip(1).any(|part| matches!(part, "" | "%2E" | "%2E%2E"))
    }

    pub fn get(route: &'static str, ids: &[&str]) -> Self {
        Self::new(Method::GET, route, ids, Recovery::Repeat)
    }

    pub fn post(route: &'static str, ids: &[&str], recovery: Recovery) -> Self {
        Self::new(Method::POST, route, ids, recovery)
    }

    /// Adds what is given; a list filter that is not set is left out.
    pub fn query(mut self, query: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Self {
        self.query.extend(query.into_iter().filter_map(|(name, value)| Some((name, value?))));
        self
    }

    pub fn json(self, body: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(body).map_err(|error| Error::Unsendable(error.to_string()))?;
        Ok(self.content("application/json", bytes))
    }

    /// Whether the JSON body has a member that says something.
    pub fn has_member(&self, name: &str) -> bool {
        let body =
            self.content.as_ref().and_then(|content| serde_json::from_slice::<Value>(&content.bytes).ok());
        body.is_some_and(|body| body.get(name).is_some_and(|value| !value.is_null()))
    }

    /// Exactly these bytes, so that a repeated send is the same send.
    pub fn raw(self, body: &str) -> Self {
        self.content("application/json", body.as_bytes().to_vec())
    }

    pub fn content(self, kind: &str, bytes: Vec<u8>) -> Self {
        Self { content: Some(Content { kind: kind.to_owned(), bytes }), ..self }
    }

    pub fn at(self, host: Host) -> Self {
        Self { host, ..self }
    }

    /// Under this `x-api-version`, whatever the client's own is by now.
    pub fn version(self, version: &str) -> Self {
        Self { version: Some(version.to_owned()), ..self }
    }
}

fn escaped(id: &str) -> String {
    let mut out = String::new();
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'=') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_never_leads_to_another_path() {
        let path = |id: &str| Call::get("/api/v1/transfers/{}", &[id]).path;
        assert_eq!(path("0b8f9a34-5d0e"), "/api/v1/transfers/0b8f9a34-5d0e");
        assert_eq!(path("../accounts/x?y=1"), "/api/v1/transfers/%2E%2E%2Faccounts%2Fx%3Fy=1");
        for id in ["", ".", ".."] {
            assert!(Call::get("/api/v1/transfers/{}", &[id]).names_nothing(), "{id:?}");
        }
        assert!(!Call::get("/api/v1/transfers/{}", &["0b8f.9a"]).names_nothing());
        let call = Call::post("/a/{}/b/{}", &["1", "2"], Recovery::ByStatus);
        assert_eq!((call.path.as_str(), call.route), ("/a/1/b/2", "/a/{}/b/{}"));
    }
}

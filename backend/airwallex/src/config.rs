//! What the client is made of. Printed without its secrets.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::{Limits, Quota, Token};

/// What the client needs to know. Everything that [`Config::new`] does not ask for has a default.
#[derive(Clone)]
pub struct Config {
    /// Such as `https://api-demo.airwallex.com`.
    pub api_url: Url,
    /// Such as `https://files-demo.airwallex.com`; the API's own host serves it in the sandbox.
    pub files_url: Url,
    /// Sent as `x-api-version` on every call.
    pub api_version: String,
    /// The key's client id, sent as `x-client-id` at the login (D).
    pub client_id: String,
    /// Sent as `x-api-key` at the login alone (D); calls carry the token that it gives.
    pub api_key: Token,
    /// For keys that open several accounts: which one (`x-login-as`, D).
    pub login_as: Option<String>,
    /// For [`Access::Partner`](crate::Access::Partner) and [`Access::Application`](crate::Access::Application).
    pub application: Option<Application>,
    /// The longest that one send may take, connecting included.
    pub deadline: Duration,
    /// The longest that a call may wait besides: for a login, for its turn below the limits, for its repeats.
    /// What has left is never cut by it; a call that never left ends as [`Error::NotSent`](crate::Error).
    pub patience: Duration,
    /// Which of Airwallex's limits this process keeps below.
    pub limits: Limits,
    /// Counts the calls of other processes as well.
    pub quota: Option<Arc<dyn Quota>>,
    /// How often a call is sent again by itself, where that is safe: nothing was executed, or it only reads or
    /// does no harm twice. The same bytes, headers and `request_id`.
    pub repeats: u32,
}

/// The partner application's own credentials (D, part 01 §a.7).
#[derive(Debug, Clone)]
pub struct Application {
    /// `appid_…`: `x-app-id` at the login, the user of HTTP Basic for webhooks (D).
    pub id: String,
    /// `x-app-secret` at the login, the password of HTTP Basic for webhooks (D).
    pub secret: Token,
}

impl Config {
    /// Airwallex's demo host, with its files and its limits.
    pub fn demo(client_id: impl Into<String>, api_key: Token) -> Self {
        let host = |name: &str| format!("https://{name}-demo.airwallex.com").parse().expect("a URL");
        Self {
            files_url: host("files"),
            limits: Limits::Sandbox,
            ..Self::new(host("api"), client_id, api_key)
        }
    }

    /// Airwallex itself.
    pub fn production(client_id: impl Into<String>, api_key: Token) -> Self {
        let host = |name: &str| format!("https://{name}.airwallex.com").parse().expect("a URL");
        Self { files_url: host("files"), ..Self::new(host("api"), client_id, api_key) }
    }

    /// A platform's key at a host, which serves files as well, such as a sandbox; version `2026-08-21`, 30 s a send and two minutes besides, production's
    /// limits, two repeats.
    pub fn new(api_url: Url, client_id: impl Into<String>, api_key: Token) -> Self {
        Self {
            files_url: api_url.clone(),
            api_url,
            api_version: "2026-08-21".to_owned(),
            client_id: client_id.into(),
            api_key,
            login_as: None,
            application: None,
            deadline: Duration::from_secs(30),
            patience: Duration::from_secs(120),
            limits: Limits::Production,
            quota: None,
            repeats: 2,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("api_url", &self.api_url.as_str())
            .field("files_url", &self.files_url.as_str())
            .field("api_version", &self.api_version)
            .field("client_id", &self.client_id)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_hosts_are_known_with_their_limits_and_nothing_secret_prints() {
        let key = || Token::new("api-key-value".to_owned());
        let demo = Config::demo("id", key());
        assert_eq!(demo.api_url.as_str(), "https://api-demo.airwallex.com/");
        assert_eq!(
            (demo.files_url.as_str(), demo.limits),
            ("https://files-demo.airwallex.com/", Limits::Sandbox)
        );
        let real = Config::production("id", key());
        assert_eq!(real.files_url.as_str(), "https://files.airwallex.com/");
        assert!(!format!("{demo:?} {real:?}").contains("api-key-value"));
    }
}

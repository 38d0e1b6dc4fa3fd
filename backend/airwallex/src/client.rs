//! Hosts, version, deadline; one way to send, one to decode. No redirects, no ambient proxy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, SemaphorePermit};
use url::Url;

use crate::pace::{Limits, Pace};
use crate::{Access, Error, Token, api};

/// What the client needs to know.
pub struct Config {
    /// Such as `https://api-demo.airwallex.com`.
    pub api_url: Url,
    /// Sent as `x-api-version` on every call.
    pub api_version: String,
    pub client_id: String,
    pub api_key: Token,
    /// The longest a call may take, connecting included.
    pub deadline: Duration,
    /// Which of Airwallex's limits this process keeps below.
    pub limits: Limits,
}

/// Cheap to clone; all clones share connections and the platform's login.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    http: reqwest::Client,
    /// The platform's token and when it was got; renewed after 25 of its 30 minutes (D). Held while
    /// logging in, so concurrent callers share one login.
    login: Mutex<Option<(Token, Instant)>>,
    /// Whether the last login was refused; an Airwallex that is away changes nothing.
    is_login_refused: AtomicBool,
    pace: Pace,
}

const LOGIN_LIFE: Duration = Duration::from_secs(25 * 60);

/// A list page of either family: numbered (`has_more`) or cursor (`page_after`) (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
    #[serde(default)]
    pub page_after: Option<String>,
}

/// Authority with its token in hand: what is left to do can be done once, at once. Made by
/// [`Client::ready`].
pub struct Ready<'a> {
    access: Access,
    token: Token,
    _turn: Option<SemaphorePermit<'a>>,
}

/// One request, before it is known whose authority it uses.
pub(crate) struct Call<'a> {
    pub method: Method,
    pub path: String,
    pub query: &'a [(&'a str, String)],
    pub body: Option<Vec<u8>>,
    /// Instead of the client's own.
    pub version: Option<&'a str>,
}

impl<'a> Call<'a> {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), query: &[], body: None, version: None }
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self { method: Method::POST, path: path.into(), query: &[], body: None, version: None }
    }

    pub fn query(self, query: &'a [(&'a str, String)]) -> Self {
        Self { query, ..self }
    }

    pub fn json(self, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::NotSent(error.to_string()))?;
        Ok(Self { body: Some(body), ..self })
    }

    /// Under this `x-api-version`, whatever the client's own is by now.
    pub fn version(self, version: &'a str) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Exactly these bytes, so that a repeated send is the same send.
    pub fn raw(self, body: &str) -> Self {
        Self { body: Some(body.as_bytes().to_vec()), ..self }
    }
}

impl Client {
    pub fn new(config: Config) -> Result<Self, Error> {
        // Whoever comes first installs it; a second time changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(5).min(config.deadline))
            .timeout(config.deadline)
            .user_agent(concat!("souk-airwallex/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::NotSent(error.to_string()))?;
        let (login, pace) = (Mutex::new(None), Pace::new(config.limits));
        let is_login_refused = AtomicBool::new(false);
        Ok(Self { inner: Arc::new(Inner { config, http, login, is_login_refused, pace }) })
    }

    /// The version that every call names.
    pub fn api_version(&self) -> &str {
        &self.inner.config.api_version
    }

    /// Whether Airwallex refused the platform's own key when it was last asked.
    pub fn is_login_refused(&self) -> bool {
        self.inner.is_login_refused.load(Ordering::Relaxed)
    }

    /// Sends and decodes. A 401 on the platform's token renews it once (D: a second 401 is a missing
    /// permission, not an expiry).
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        access: &Access,
        call: Call<'_>,
    ) -> Result<T, Error> {
        read(&self.send_raw(access, call).await?)
    }

    /// Sends a call whose success says nothing that matters.
    pub(crate) async fn send_unit(&self, access: &Access, call: Call<'_>) -> Result<(), Error> {
        self.send_raw(access, call).await.map(drop)
    }

    async fn send_raw(&self, access: &Access, call: Call<'_>) -> Result<Vec<u8>, Error> {
        let _turn = self.inner.pace.turn().await;
        let (token, may_renew) = match access {
            Access::Seller(token) => (token.clone(), false),
            Access::Platform | Access::OnBehalfOf(_) => (self.platform_token(None).await?, true),
        };
        match self.send_once(access, &call, &token).await {
            Err(Error::Unauthorized(_)) if may_renew => {
                let renewed = self.platform_token(Some(&token)).await?;
                self.send_once(access, &call, &renewed).await
            }
            result => result,
        }
    }

    /// Gets the authority's token and one's turn before anything is sent, logging in if need be. A failure
    /// here is a failure of the login: nothing else has left.
    pub async fn ready(&self, access: &Access) -> Result<Ready<'_>, Error> {
        let token = match access {
            Access::Seller(token) => token.clone(),
            Access::Platform | Access::OnBehalfOf(_) => self.platform_token(None).await?,
        };
        Ok(Ready { access: access.clone(), token, _turn: self.inner.pace.turn().await })
    }

    /// Sends exactly once, without renewing anything. A 401 was not executed; the next [`ready`]
    /// logs in anew.
    ///
    /// [`ready`]: Self::ready
    pub(crate) async fn send_ready<T: DeserializeOwned>(
        &self,
        ready: Ready<'_>,
        call: Call<'_>,
    ) -> Result<T, Error> {
        match self.send_once(&ready.access, &call, &ready.token).await {
            Ok(body) => read(&body),
            Err(error) => {
                if matches!(error, Error::Unauthorized(_)) {
                    self.forget(&ready.token).await;
                }
                Err(error)
            }
        }
    }

    async fn forget(&self, refused: &Token) {
        let mut login = self.inner.login.lock().await;
        if login.as_ref().is_some_and(|(token, _)| token.expose() == refused.expose()) {
            *login = None;
        }
    }

    async fn send_once(&self, access: &Access, call: &Call<'_>, token: &Token) -> Result<Vec<u8>, Error> {
        let mut request =
            self.request(call.method.clone(), &call.path)?.query(call.query).bearer_auth(token.expose());
        if let Some(version) = call.version {
            // Replaces the one that every request has.
            request = request.headers(version_header(version)?);
        }
        if let Access::OnBehalfOf(account) = access {
            request = request.header("x-on-behalf-of", account);
        }
        if let Some(body) = &call.body {
            request = request.header("content-type", "application/json").body(body.clone());
        } else if call.method == Method::POST {
            request = request.header("content-type", "application/json").body("{}");
        }
        let started = Instant::now();
        let answer = execute(request).await;
        let outcome = match &answer {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        tracing::debug!(method = %call.method, path = %call.path, millis = started.elapsed().as_millis() as u64, outcome, "called Airwallex");
        answer
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Error> {
        let url = self.inner.config.api_url.join(path).map_err(|error| Error::NotSent(error.to_string()))?;
        Ok(self.inner.http.request(method, url).header("x-api-version", &self.inner.config.api_version))
    }

    /// The platform's token; logs in when there is none, when it is old, or when it is the one that
    /// was just refused.
    async fn platform_token(&self, refused: Option<&Token>) -> Result<Token, Error> {
        let mut login = self.inner.login.lock().await;
        if let Some((token, at)) = login.as_ref()
            && at.elapsed() < LOGIN_LIFE
            && refused.is_none_or(|refused| refused.expose() != token.expose())
        {
            return Ok(token.clone());
        }
        let answer = api::login::login(self, &self.inner.config.client_id, &self.inner.config.api_key).await;
        match &answer {
            Ok(_) => self.inner.is_login_refused.store(false, Ordering::Relaxed),
            Err(Error::Unauthorized(_)) => self.inner.is_login_refused.store(true, Ordering::Relaxed),
            Err(_) => {}
        }
        let token = answer?;
        *login = Some((token.clone(), Instant::now()));
        Ok(token)
    }
}

fn version_header(version: &str) -> Result<HeaderMap, Error> {
    let value = HeaderValue::from_str(version).map_err(|error| Error::NotSent(error.to_string()))?;
    Ok(HeaderMap::from_iter([(HeaderName::from_static("x-api-version"), value)]))
}

/// Runs a request and sorts its end by consequence.
pub(crate) async fn execute(request: RequestBuilder) -> Result<Vec<u8>, Error> {
    let response = request.send().await.map_err(sort_transport)?;
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(|error| Error::Unknown(words(&error)))?;
    if (200..300).contains(&status) {
        return Ok(body.to_vec());
    }
    Err(Error::from_answer(status, &body))
}

fn sort_transport(error: reqwest::Error) -> Error {
    if error.is_connect() || error.is_builder() {
        Error::NotSent(words(&error))
    } else {
        Error::Unknown(words(&error))
    }
}

/// What broke, without the address: its query may hold what a person typed.
fn words(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer before the deadline"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    what.to_owned()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body)
        .map_err(|error| Error::Unknown(format!("the answer cannot be read: {}", shape_of(&error))))
}

/// Where decoding failed, without the content.
fn shape_of(error: &serde_json::Error) -> String {
    format!("{:?} at line {} column {}", error.classify(), error.line(), error.column())
}

//! Hosts, version, deadline; one way to send, one to decode. No redirects, no ambient proxy.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, SemaphorePermit};
use tracing::Instrument;
use url::Url;

use crate::call::{Call, Host, Recovery};
use crate::pace::{Limits, Pace, Quota};
use crate::{Access, Error, Token, api};

/// What the client needs to know. Everything that [`Config::new`] does not ask for has a default.
pub struct Config {
    /// Such as `https://api-demo.airwallex.com`.
    pub api_url: Url,
    /// Such as `https://files-demo.airwallex.com`; the API's own host serves it in the sandbox.
    pub files_url: Url,
    /// Sent as `x-api-version` on every call.
    pub api_version: String,
    pub client_id: String,
    pub api_key: Token,
    /// For keys that open several accounts: which one (`x-login-as`, D).
    pub login_as: Option<String>,
    /// For [`Access::Partner`] and [`Access::Application`].
    pub application: Option<Application>,
    /// The longest that one send may take, connecting included. Waiting for one's turn, a login and repeats
    /// come on top.
    pub deadline: Duration,
    /// Which of Airwallex's limits this process keeps below.
    pub limits: Limits,
    /// Counts the calls of other processes as well.
    pub quota: Option<Arc<dyn Quota>>,
    /// How often a call is sent again by itself, where that is safe: nothing was executed, or it only reads or
    /// does no harm twice. The same bytes, headers and `request_id`.
    pub repeats: u32,
}

/// The partner application's own credentials (D, part 01 §a.7).
pub struct Application {
    pub id: String,
    pub secret: Token,
}

impl Config {
    /// A platform's key at a host; version `2026-08-21`, 30 s, production's limits, two repeats.
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
            limits: Limits::Production,
            quota: None,
            repeats: 2,
        }
    }
}

/// Cheap to clone; all clones share connections and logins.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    http: reqwest::Client,
    platform: Login,
    partner: Login,
    /// Whether the last login was refused; an Airwallex that is away changes nothing.
    is_login_refused: AtomicBool,
    pace: Pace,
}

/// A token of 30 minutes and when it was got; renewed after 25 (D). Held while logging in, so concurrent
/// callers share one login.
type Login = Mutex<Option<(Token, Instant)>>;

const LOGIN_LIFE: Duration = Duration::from_secs(25 * 60);

/// Authority with its token in hand: what is left to do can be done once, at once. Made by
/// [`Client::ready`].
pub struct Ready<'a> {
    access: Access,
    token: Token,
    _turn: Option<SemaphorePermit<'a>>,
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
        let pace = Pace::new(config.limits);
        let inner = Inner {
            config,
            http,
            platform: Mutex::default(),
            partner: Mutex::default(),
            is_login_refused: AtomicBool::new(false),
            pace,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The version that every call names.
    pub fn api_version(&self) -> &str {
        &self.inner.config.api_version
    }

    /// Whether Airwallex refused the platform's own key when it was last asked.
    pub fn is_login_refused(&self) -> bool {
        self.inner.is_login_refused.load(Ordering::Relaxed)
    }

    /// Sends and decodes.
    pub(crate) async fn send<T: DeserializeOwned>(&self, access: &Access, call: Call) -> Result<T, Error> {
        let recovery = call.recovery;
        read(&self.send_bytes(access, call).await?, recovery)
    }

    /// Sends a call whose success says nothing that matters.
    pub(crate) async fn send_unit(&self, access: &Access, call: Call) -> Result<(), Error> {
        self.send_bytes(access, call).await.map(drop)
    }

    /// Sends, and sends again where that is safe. The answer as it came.
    pub(crate) async fn send_bytes(&self, access: &Access, call: Call) -> Result<Vec<u8>, Error> {
        let (mut sent, mut lost) = (0, None);
        loop {
            let error = match self.send_renewed(access, &call).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let is_last = !error.may_repeat(call.recovery) || sent >= self.inner.config.repeats;
            // What may have been executed once is not made undone by a later attempt that was refused.
            let is_mutation = call.method != reqwest::Method::GET;
            if is_mutation && lost.is_none() && matches!(error, Error::Unknown(_)) {
                lost = Some(error.clone());
            }
            if is_last {
                return Err(lost.unwrap_or(error));
            }
            // 250 ms, 500 ms, 1 s … 16 s, and up to 100 ms more, other for every call and process.
            let little = Duration::from_millis(RandomState::new().hash_one(sent) % 100);
            tokio::time::sleep(Duration::from_millis(250 << sent.min(6)) + little).await;
            sent += 1;
        }
    }

    /// A 401 on a token of ours renews it once (D: a second 401 is a missing permission, not an expiry).
    async fn send_renewed(&self, access: &Access, call: &Call) -> Result<Vec<u8>, Error> {
        let token = self.token(access, None).await?;
        match self.send_in_turn(access, call, &token).await {
            Err(Error::Unauthorized(_)) if access.may_renew() => {
                let renewed = self.token(access, Some(&token)).await?;
                self.send_in_turn(access, call, &renewed).await
            }
            result => result,
        }
    }

    async fn send_in_turn(&self, access: &Access, call: &Call, token: &Token) -> Result<Vec<u8>, Error> {
        let _turn = self.turn(call.route).await;
        self.send_once(access, call, token).await
    }

    /// Below the limits of this process and, where there is one, of all.
    async fn turn(&self, route: &'static str) -> Option<SemaphorePermit<'_>> {
        if let Some(quota) = &self.inner.config.quota {
            let wait = quota.take(route).await;
            tokio::time::sleep(wait).await;
        }
        self.inner.pace.turn(route).await
    }

    /// Gets the authority's token and one's turn before a transfer is sent, logging in if need be. A failure
    /// here is a failure of the login: nothing else has left.
    pub async fn ready(&self, access: &Access) -> Result<Ready<'_>, Error> {
        let token = self.token(access, None).await?;
        Ok(Ready { access: access.clone(), token, _turn: self.turn(api::transfers::CREATE).await })
    }

    /// Sends exactly once, without renewing anything. A 401 was not executed; the next [`ready`]
    /// logs in anew.
    ///
    /// [`ready`]: Self::ready
    pub(crate) async fn send_ready<T: DeserializeOwned>(
        &self,
        ready: Ready<'_>,
        call: Call,
    ) -> Result<T, Error> {
        match self.send_once(&ready.access, &call, &ready.token).await {
            Ok(body) => read(&body, call.recovery),
            Err(error) => {
                if matches!(error, Error::Unauthorized(_)) {
                    self.forget(&ready.token).await;
                }
                Err(error)
            }
        }
    }

    async fn forget(&self, refused: &Token) {
        let mut login = self.inner.platform.lock().await;
        if login.as_ref().is_some_and(|(token, _)| token.expose() == refused.expose()) {
            *login = None;
        }
    }

    async fn send_once(&self, access: &Access, call: &Call, token: &Token) -> Result<Vec<u8>, Error> {
        let mut request = self.request(call)?;
        request = match (access, &self.inner.config.application) {
            (Access::Application, Some(application)) => {
                request.basic_auth(&application.id, Some(application.secret.expose()))
            }
            (Access::OnBehalfOf(account), _) => {
                request.bearer_auth(token.expose()).header("x-on-behalf-of", account)
            }
            _ => request.bearer_auth(token.expose()),
        };
        execute(request, call).await
    }

    /// Everything but the authority.
    pub(crate) fn request(&self, call: &Call) -> Result<RequestBuilder, Error> {
        let config = &self.inner.config;
        let base = match call.host {
            Host::Api => &config.api_url,
            Host::Files => &config.files_url,
        };
        if call.names_nothing() {
            return Err(Error::NotSent("an id that cannot be one".to_owned()));
        }
        let url = base.join(&call.path).map_err(|error| Error::NotSent(error.to_string()))?;
        let version = call.version.as_ref().unwrap_or(&config.api_version);
        let version = HeaderValue::from_str(version).map_err(|error| Error::NotSent(error.to_string()))?;
        let request = self.inner.http.request(call.method.clone(), url).header("x-api-version", version);
        let request = request.query(&call.query);
        Ok(match &call.content {
            Some(content) => request.header("content-type", &content.kind).body(content.bytes.clone()),
            None if call.method == reqwest::Method::POST => {
                request.header("content-type", "application/json").body("{}")
            }
            None => request,
        })
    }

    /// The authority's token; logs in when there is none, when it is old, or when it is the one that was just
    /// refused.
    async fn token(&self, access: &Access, refused: Option<&Token>) -> Result<Token, Error> {
        let (login, is_partner) = match access {
            Access::Seller(token) => return Ok(token.clone()),
            Access::Application if self.inner.config.application.is_some() => {
                return Ok(Token::new(String::new()));
            }
            Access::Application => return Err(without_application()),
            Access::Partner => (&self.inner.partner, true),
            Access::Platform | Access::OnBehalfOf(_) => (&self.inner.platform, false),
        };
        let mut login = login.lock().await;
        if let Some((token, at)) = login.as_ref()
            && at.elapsed() < LOGIN_LIFE
            && refused.is_none_or(|refused| refused.expose() != token.expose())
        {
            return Ok(token.clone());
        }
        let token = if is_partner { self.log_in_partner().await? } else { self.log_in_platform().await? };
        *login = Some((token.clone(), Instant::now()));
        Ok(token)
    }

    async fn log_in_platform(&self) -> Result<Token, Error> {
        let config = &self.inner.config;
        let answer =
            api::login::platform(self, &config.client_id, &config.api_key, config.login_as.as_deref()).await;
        match &answer {
            Ok(_) => self.inner.is_login_refused.store(false, Ordering::Relaxed),
            Err(Error::Unauthorized(_)) => self.inner.is_login_refused.store(true, Ordering::Relaxed),
            Err(_) => {}
        }
        answer
    }

    async fn log_in_partner(&self) -> Result<Token, Error> {
        let application = self.inner.config.application.as_ref().ok_or_else(without_application)?;
        api::login::partner(self, &application.id, &application.secret).await
    }
}

fn without_application() -> Error {
    Error::NotSent("the client was made without a partner application".to_owned())
}

impl Access {
    /// Whether its token is one that the client gets by itself.
    fn may_renew(&self) -> bool {
        matches!(self, Self::Platform | Self::OnBehalfOf(_) | Self::Partner)
    }
}

/// Runs a request and sorts its end by consequence. What is logged is the route, never the query or a body.
pub(crate) async fn execute(request: RequestBuilder, call: &Call) -> Result<Vec<u8>, Error> {
    let span = tracing::debug_span!(
        "airwallex",
        method = %call.method,
        route = call.route,
        trace_id = tracing::field::Empty,
        outcome = tracing::field::Empty,
        millis = tracing::field::Empty,
    );
    let started = Instant::now();
    let result = exchange(request, call.recovery).instrument(span.clone()).await;
    match &result {
        Ok(_) => span.record("outcome", "ok"),
        Err(error) => span.record("outcome", tracing::field::display(error)),
    };
    if let Some(trace) = result.as_ref().err().and_then(Error::trace_id) {
        span.record("trace_id", trace);
    }
    span.record("millis", started.elapsed().as_millis() as u64);
    span.in_scope(|| tracing::debug!("called Airwallex"));
    result
}

async fn exchange(request: RequestBuilder, recovery: Recovery) -> Result<Vec<u8>, Error> {
    let response = request.send().await.map_err(|error| sort_transport(&error, recovery))?;
    let status = response.status().as_u16();
    // Two spellings were seen (C).
    let trace = ["x-awx-trace-id", "correlation-id"].iter().find_map(|name| {
        response.headers().get(*name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    });
    let body = response.bytes().await.map_err(|error| Error::lost(words(&error), recovery))?;
    if (200..300).contains(&status) {
        return Ok(body.to_vec());
    }
    Err(Error::from_answer(status, &body, trace, recovery))
}

fn sort_transport(error: &reqwest::Error, recovery: Recovery) -> Error {
    if error.is_connect() || error.is_builder() {
        Error::NotSent(words(error).to_owned())
    } else {
        Error::lost(words(error), recovery)
    }
}

/// What broke, without the address: its query may hold what a person typed.
fn words(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer before the deadline"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    }
}

pub(crate) fn read<T: DeserializeOwned>(body: &[u8], recovery: Recovery) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        // Where decoding failed, without the content.
        let place = format!("{:?} at line {} column {}", error.classify(), error.line(), error.column());
        Error::lost(format!("the answer cannot be read: {place}"), recovery)
    })
}

//! Hosts, version, authority, turns and repeats: one way to send. No redirects, no ambient proxy.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;
use url::Url;

use crate::call::{Call, Host};
use crate::exchange::{Answer, execute};
use crate::pace::Pace;
use crate::session::Session;
use crate::{Access, Config, Error, Token, api};

/// Cheap to clone; all clones share connections, logins and turns.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    http: reqwest::Client,
    platform: Session,
    partner: Session,
    /// Whether the last login was refused; an Airwallex that is away changes nothing.
    is_login_refused: AtomicBool,
    pace: Pace,
}

/// Authority with its token and its turn in hand: what is left to do can be done once, at once. Made by
/// [`Client::ready`].
pub struct Ready<'a> {
    access: Access,
    token: Token,
    _turn: Option<SemaphorePermit<'a>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.inner.config).finish()
    }
}

impl Client {
    /// Fails where no TLS can be set up. Installs *ring* as rustls's provider for the process if there is none yet.
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
            .map_err(|error| Error::Unsendable(error.to_string()))?;
        let pace = Pace::new(config.limits, config.quota.clone());
        let inner = Inner {
            config,
            http,
            platform: Session::default(),
            partner: Session::default(),
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
        self.send_bytes(access, call).await?.read(recovery)
    }

    /// Sends a call whose success says nothing that matters.
    pub(crate) async fn send_unit(&self, access: &Access, call: Call) -> Result<(), Error> {
        let recovery = call.recovery;
        let answer = self.send_bytes(access, call).await?;
        // Somebody on the way who shows a page for everything has not done what was asked.
        if answer.body.trim_ascii_start().starts_with(b"<") {
            return Err(Error::lost("answered with a page", recovery, answer.trace_id));
        }
        Ok(())
    }

    /// Sends, and sends again where that is safe. The answer as it came.
    pub(crate) async fn send_bytes(&self, access: &Access, call: Call) -> Result<Answer, Error> {
        self.check(access)?;
        self.address(&call)?;
        let until = self.until();
        let (mut sent, mut lost) = (0, None);
        loop {
            let error = match self.send_renewed(access, &call, until).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            // What may have been executed, or is being executed, is not made undone by a later attempt that
            // never left or was refused.
            let is_mutation = call.method != reqwest::Method::GET;
            if is_mutation && lost.is_none() && error.may_be_executed() {
                lost = Some(error.clone());
            }
            let wait = wait_before(sent).max(error.retry_after().unwrap_or_default());
            let is_last = !error.may_repeat(call.recovery)
                || sent >= self.inner.config.repeats
                || wait >= until.saturating_duration_since(Instant::now());
            if is_last {
                // A duplicate is news: the object exists.
                return Err(if matches!(error, Error::Duplicate(_)) { error } else { lost.unwrap_or(error) });
            }
            tokio::time::sleep(wait).await;
            sent += 1;
        }
    }

    /// Until when a call may wait for anything but its own answer.
    fn until(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(self.inner.config.patience).unwrap_or(now + Duration::from_secs(86_400))
    }

    /// A 401 on a token of ours renews it once (D: a second 401 is a missing permission, not an expiry).
    async fn send_renewed(&self, access: &Access, call: &Call, until: Instant) -> Result<Answer, Error> {
        let token = patiently(until, "a login", self.token(access)).await?;
        match self.send_in_turn(access, call, &token, until).await {
            Err(Error::Unauthorized(refusal)) if refusal.status == 401 => {
                let renewal = async {
                    match self.session(access) {
                        Some(session) => session.renewed(&token, &refusal, || self.log_in(access)).await,
                        None => Ok(None),
                    }
                };
                match patiently(until, "a login", renewal).await? {
                    Some(renewed) => self.send_in_turn(access, call, &renewed, until).await,
                    None => Err(Error::Unauthorized(refusal)),
                }
            }
            result => result,
        }
    }

    async fn send_in_turn(
        &self,
        access: &Access,
        call: &Call,
        token: &Token,
        until: Instant,
    ) -> Result<Answer, Error> {
        let _turn = patiently(until, "its turn", async { Ok(self.turn(call.route).await) }).await?;
        self.send_once(access, call, token).await
    }

    /// Below the limits of this process and, where there is one, of all.
    pub(crate) async fn turn(&self, route: &'static str) -> Option<SemaphorePermit<'_>> {
        self.inner.pace.turn(route).await
    }

    /// Gets the authority's token and one's turn before a transfer is sent, logging in if need be. A failure
    /// here is a failure of the login: nothing else has left.
    pub async fn ready(&self, access: &Access) -> Result<Ready<'_>, Error> {
        self.check(access)?;
        let until = self.until();
        let token = patiently(until, "a login", self.token(access)).await?;
        let turn = async { Ok(self.turn(api::transfers::CREATE).await) };
        let turn = patiently(until, "its turn", turn).await?;
        Ok(Ready { access: access.clone(), token, _turn: turn })
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
            Ok(answer) => answer.read(call.recovery),
            Err(error) => {
                if let Error::Unauthorized(refusal) = &error {
                    self.inner.platform.forget(&ready.token, refusal);
                }
                Err(error)
            }
        }
    }

    async fn send_once(&self, access: &Access, call: &Call, token: &Token) -> Result<Answer, Error> {
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
        let version = call.version.as_ref().unwrap_or(&self.inner.config.api_version);
        let version = header(version, "the version")?;
        let url = self.address(call)?;
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

    fn address(&self, call: &Call) -> Result<Url, Error> {
        if call.names_nothing() {
            return Err(Error::Unsendable("an id that cannot be one".to_owned()));
        }
        let mut url = match call.host {
            Host::Api => self.inner.config.api_url.clone(),
            Host::Files => self.inner.config.files_url.clone(),
        };
        // Below whatever path the host is given with.
        url.set_path(&format!("{}{}", url.path().trim_end_matches('/'), call.path));
        Ok(url)
    }

    /// What no login can mend is found before one.
    fn check(&self, access: &Access) -> Result<(), Error> {
        match access {
            Access::OnBehalfOf(account) => header(account, "the account to act for").map(drop),
            Access::Seller(token) => header(token.expose(), "the seller's token").map(drop),
            Access::Partner | Access::Application if self.inner.config.application.is_none() => {
                Err(without_application())
            }
            _ => Ok(()),
        }
    }

    async fn token(&self, access: &Access) -> Result<Token, Error> {
        match (access, self.session(access)) {
            (_, Some(session)) => session.token(|| self.log_in(access)).await,
            (Access::Seller(token), _) => Ok(token.clone()),
            _ if self.inner.config.application.is_some() => Ok(Token::new(String::new())),
            _ => Err(without_application()),
        }
    }

    /// Where the tokens are that the client gets by itself.
    fn session(&self, access: &Access) -> Option<&Session> {
        match access {
            Access::Platform | Access::OnBehalfOf(_) => Some(&self.inner.platform),
            Access::Partner => Some(&self.inner.partner),
            Access::Seller(_) | Access::Application => None,
        }
    }

    async fn log_in(&self, access: &Access) -> Result<Token, Error> {
        let config = &self.inner.config;
        if matches!(access, Access::Partner) {
            let application = config.application.as_ref().ok_or_else(without_application)?;
            return api::login::partner(self, &application.id, &application.secret).await;
        }
        let answer =
            api::login::platform(self, &config.client_id, &config.api_key, config.login_as.as_deref()).await;
        match &answer {
            Ok(_) => self.inner.is_login_refused.store(false, Ordering::Relaxed),
            Err(Error::Unauthorized(_)) => self.inner.is_login_refused.store(true, Ordering::Relaxed),
            Err(_) => {}
        }
        answer
    }
}

/// 250 ms, 500 ms, 1 s … 16 s, and up to 100 ms more, other for every call and process.
fn wait_before(repeat: u32) -> Duration {
    let little = Duration::from_millis(RandomState::new().hash_one(repeat) % 100);
    Duration::from_millis(250 << repeat.min(6)) + little
}

/// Waits for something that has to come before the call can leave.
async fn patiently<T>(
    until: Instant,
    what: &str,
    wait: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout_at(until, wait).await {
        Ok(result) => result,
        Err(_) => Err(Error::NotSent(format!("waited too long for {what}"))),
    }
}

fn header(value: &str, what: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value).map_err(|_| Error::Unsendable(format!("{what} holds what no header can")))
}

fn without_application() -> Error {
    Error::Unsendable("the client was made without a partner application".to_owned())
}

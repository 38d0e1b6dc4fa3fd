//! OAuth partner connections: the authorize link and the token endpoint (D, part 01 §a).

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse,
    TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use tokio::sync::SemaphorePermit;
use url::Url;

use crate::exchange::{trace_of, traced};
use crate::pace::Pace;
use crate::token_transport::{LastLook, TokenError, TokenErrorKind, TokenTransport};
use crate::{Limits, Quota, Token};

/// The partner application and its endpoints.
pub struct Config {
    /// `appid_…` (D).
    pub app_id: String,
    /// Sent in the form body of every token call (D).
    pub app_secret: Token,
    /// `{consent host}/oauth/authorize`
    pub authorize_url: Url,
    /// `{api host}/oauth/token`
    pub token_url: Url,
    /// Exactly as registered with Airwallex.
    pub redirect_url: Url,
    /// Over the whole token call, once it is its turn; and over the wait for its turn.
    pub timeout: Duration,
    /// Over the connection, and over the TLS session once more; both within `timeout`.
    pub connect_timeout: Duration,
    /// The token endpoint's calls are counted for themselves: they carry no account's token.
    pub limits: Limits,
    /// Counts the calls of other processes as well.
    pub quota: Option<Arc<dyn Quota>>,
}

/// The fields that Airwallex adds to RFC 6749 (D; absent in older copies of the documents).
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Extra {
    #[serde(default)]
    refresh_token_expires_in: Option<i64>,
    #[serde(default)]
    account_id: Option<String>,
}

impl ExtraTokenFields for Extra {}

type Response = StandardTokenResponse<Extra, BasicTokenType>;
type Inner = oauth2::Client<
    BasicErrorResponse,
    Response,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Used where the document says nothing: 60 days.
const REFRESH_LIFE: Duration = Duration::from_secs(60 * 24 * 3600);
/// What limits and logs call the token endpoint.
const TOKEN: &str = "/oauth/token";
const ACCESS_LIFE: Duration = Duration::from_secs(300);

/// The partner application's client.
pub struct OAuth {
    inner: Inner,
    transport: TokenTransport,
    pace: Pace,
    patience: Duration,
}

/// A place among the calls of the token endpoint, held while one is under way.
pub struct Turn<'a>(#[expect(dead_code, reason = "held, not read")] Option<SemaphorePermit<'a>>);

/// A pair of tokens, fresh from the wire.
#[derive(Debug)]
pub struct TokenPair {
    /// Opaque (A); for [`Access::Seller`](crate::Access::Seller).
    pub access: Token,
    /// Takes the place of the one that was used, which is good for another minute (D).
    pub refresh: Token,
    /// 300 seconds if the answer does not say (D).
    pub access_life: Duration,
    /// 60 days if the answer does not say (D).
    pub refresh_life: Duration,
    /// Granted scopes; the requested ones when the answer does not say.
    pub scopes: Option<Vec<String>>,
    /// Who consented, `acct_…`. Older documents have no such member (D): then [`own`](super::accounts::own)
    /// tells.
    pub account_id: Option<String>,
}

/// Where to send the browser, and what must be kept until it comes back.
pub struct AuthorizeRequest<'a> {
    /// Case-sensitive, each registered for the application (D); fewer may be granted (A).
    pub scopes: &'a [String],
    /// Single use; only its hash should be stored.
    pub state: &'a Token,
    /// PKCE verifier, 43 to 128 URL-safe characters.
    pub verifier: &'a Token,
    /// Start in the flow for people who are new to Airwallex.
    pub sign_up: bool,
}

impl OAuth {
    /// Fails where no TLS can be set up.
    pub fn new(config: Config) -> Result<Self, TokenError> {
        let inner = oauth2::Client::new(ClientId::new(config.app_id))
            .set_client_secret(ClientSecret::new(config.app_secret.expose().to_owned()))
            .set_auth_uri(AuthUrl::from_url(config.authorize_url))
            .set_token_uri(TokenUrl::from_url(config.token_url))
            .set_redirect_uri(RedirectUrl::from_url(config.redirect_url))
            // Valid under both documents: the form body carries id and secret (01 §a.3).
            .set_auth_type(AuthType::RequestBody);
        let transport = TokenTransport::new(config.timeout, config.connect_timeout)?;
        Ok(Self { inner, transport, pace: Pace::new(config.limits, config.quota), patience: config.timeout })
    }

    /// The consent page's address: `response_type=code`, PKCE S256, `sign_up=true` for new customers.
    pub fn authorize_url(&self, request: &AuthorizeRequest<'_>) -> Url {
        let state = CsrfToken::new(request.state.expose().to_owned());
        let verifier = PkceCodeVerifier::new(request.verifier.expose().to_owned());
        let mut builder = self
            .inner
            .authorize_url(|| state)
            .add_scopes(request.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if request.sign_up {
            builder = builder.add_extra_param("sign_up", "true");
        }
        builder.url().0
    }

    /// Exchanges a code. Sent once: a lost answer is a failed attempt, never a second send.
    pub async fn exchange(
        &self,
        code: &Token,
        verifier: &Token,
        last_look: LastLook,
    ) -> Result<TokenPair, TokenError> {
        let sender = Sender::new(self, self.turn().await?, last_look);
        let answer = self
            .inner
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .request_async(&sender)
            .await;
        sender.pair(answer)
    }

    /// Waits for one's turn at the token endpoint. Comes before a refresh is recorded: what may leave only later
    /// is better not recorded yet.
    pub async fn turn(&self) -> Result<Turn<'_>, TokenError> {
        let turn = tokio::time::timeout(self.patience, self.pace.turn(TOKEN)).await;
        turn.map(Turn).map_err(|_| TokenErrorKind::NotSent("waited too long for its turn".to_owned()).into())
    }

    /// Refreshes. Whether it may be sent at all, and sent again, is the caller's protocol.
    pub async fn refresh(
        &self,
        turn: Turn<'_>,
        token: &Token,
        last_look: LastLook,
    ) -> Result<TokenPair, TokenError> {
        let sender = Sender::new(self, turn, last_look);
        let token = RefreshToken::new(token.expose().to_owned());
        let answer = self.inner.exchange_refresh_token(&token).request_async(&sender).await;
        sender.pair(answer)
    }

    /// Whether the token endpoint answers at all: sends a code that was invented, which endangers nobody.
    /// Any answer but a 5xx or a 429 says yes; an endpoint that is well refuses it with a 400 (A).
    pub async fn answers(&self, invented: &Token, verifier: &Token) -> bool {
        let Ok(turn) = self.turn().await else { return false };
        let sender = Sender::new(self, turn, always());
        // What it says about the code does not matter.
        let _ = self
            .inner
            .exchange_code(AuthorizationCode::new(invented.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .request_async(&sender)
            .await;
        let heard = sender.heard();
        heard.status.is_some_and(|status| (200..500).contains(&status) && status != 429)
    }
}

/// Every answer but a 200 becomes our own error here, without its body.
fn sorted(response: HttpResponse) -> Result<HttpResponse, TokenError> {
    match response.status().as_u16() {
        200 => Ok(response),
        429 => Err(TokenErrorKind::Limited.into()),
        400 | 401 => Err(sort_refusal(response.body())),
        status => Err(TokenError::unknown(format!("answered {status}"))),
    }
}

/// Runs the oauth2 crate on our own transport, and remembers what was heard.
struct Sender<'a> {
    oauth: &'a OAuth,
    _turn: Turn<'a>,
    last_look: LastLook,
    heard: Mutex<Heard>,
}

/// What is known of an answer, whatever its body is worth.
#[derive(Default)]
struct Heard {
    status: Option<u16>,
    trace_id: Option<String>,
}

impl<'a> Sender<'a> {
    fn new(oauth: &'a OAuth, turn: Turn<'a>, last_look: LastLook) -> Self {
        Self { oauth, _turn: turn, last_look, heard: Mutex::default() }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TokenError> {
        let exchange = async {
            let response = self.oauth.transport.send(request, self.last_look.clone()).await?;
            *self.heard() =
                Heard { status: Some(response.status().as_u16()), trace_id: trace_of(response.headers()) };
            sorted(response).map_err(|error| self.named(error))
        };
        traced("POST", TOKEN, exchange, |_| self.heard().trace_id.clone()).await
    }

    /// The error under the answer's trace.
    fn named(&self, error: TokenError) -> TokenError {
        TokenError { trace_id: self.heard().trace_id.clone(), ..error }
    }

    fn pair(
        &self,
        answer: Result<Response, RequestTokenError<TokenError, BasicErrorResponse>>,
    ) -> Result<TokenPair, TokenError> {
        answer.map_err(sort).and_then(pair).map_err(|error| self.named(error))
    }
}

impl<'c> AsyncHttpClient<'c> for Sender<'_> {
    type Error = TokenError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TokenError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Both spellings of an error body: `error` (RFC 6749) and `code`.
fn sort_refusal(body: &[u8]) -> TokenError {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let code = value.get("error").or_else(|| value.get("code")).and_then(serde_json::Value::as_str);
    match code {
        Some("invalid_grant") => TokenErrorKind::InvalidGrant.into(),
        Some(
            code @ ("invalid_client"
            | "invalid_request"
            | "unsupported_grant_type"
            | "unauthorized_client"
            | "invalid_scope"),
        ) => TokenErrorKind::Misconfigured(code.to_owned()).into(),
        _ => TokenError::unknown("an unknown refusal"),
    }
}

fn sort(error: RequestTokenError<TokenError, BasicErrorResponse>) -> TokenError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            TokenError::unknown("the answer cannot be read")
        }
    }
}

fn pair(response: Response) -> Result<TokenPair, TokenError> {
    let refresh =
        response.refresh_token().ok_or_else(|| TokenError::unknown("the answer has no refresh token"))?;
    let extra = response.extra_fields();
    let life = extra.refresh_token_expires_in.and_then(|seconds| u64::try_from(seconds).ok());
    Ok(TokenPair {
        access: Token::new(response.access_token().secret().clone()),
        refresh: Token::new(refresh.secret().clone()),
        access_life: response.expires_in().unwrap_or(ACCESS_LIFE),
        refresh_life: life.map_or(REFRESH_LIFE, Duration::from_secs),
        scopes: granted(response.scopes()),
        account_id: extra.account_id.clone(),
    })
}

/// An empty text says nothing, not that nothing was granted.
fn granted(scopes: Option<&Vec<Scope>>) -> Option<Vec<String>> {
    let named = scopes?.iter().map(|scope| scope.to_string()).filter(|scope| !scope.is_empty());
    let named: Vec<String> = named.collect();
    (!named.is_empty()).then_some(named)
}

/// A last look that always agrees, for calls that endanger nobody when they are late.
pub fn always() -> LastLook {
    Arc::new(|| true)
}

//! OAuth partner connections: the authorize link and the token endpoint (D, part 01 §a).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
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
use tracing::Instrument;
use url::Url;

use crate::exchange::trace_of;
use crate::pace::Pace;
use crate::token_transport::{LastLook, TokenError, TokenErrorKind, TokenTransport};
use crate::{Limits, Quota, Token};

/// The partner application and its endpoints.
pub struct Config {
    pub app_id: String,
    pub app_secret: Token,
    /// `{consent host}/oauth/authorize`
    pub authorize_url: Url,
    /// `{api host}/oauth/token`
    pub token_url: Url,
    /// Exactly as registered with Airwallex.
    pub redirect_url: Url,
    /// Over the whole token call.
    pub timeout: Duration,
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
}

/// A pair of tokens, fresh from the wire.
#[derive(Debug)]
pub struct TokenPair {
    pub access: Token,
    pub refresh: Token,
    pub access_life: Duration,
    pub refresh_life: Duration,
    /// Granted scopes; the requested ones when the answer does not say.
    pub scopes: Option<Vec<String>>,
    pub account_id: Option<String>,
}

/// Where to send the browser, and what must be kept until it comes back.
pub struct AuthorizeRequest<'a> {
    pub scopes: &'a [String],
    /// Single use; only its hash should be stored.
    pub state: &'a Token,
    /// PKCE verifier, 43 to 128 URL-safe characters.
    pub verifier: &'a Token,
    /// Start in the flow for people who are new to Airwallex.
    pub sign_up: bool,
}

impl OAuth {
    pub fn new(config: Config) -> Result<Self, TokenError> {
        let inner = oauth2::Client::new(ClientId::new(config.app_id))
            .set_client_secret(ClientSecret::new(config.app_secret.expose().to_owned()))
            .set_auth_uri(AuthUrl::from_url(config.authorize_url))
            .set_token_uri(TokenUrl::from_url(config.token_url))
            .set_redirect_uri(RedirectUrl::from_url(config.redirect_url))
            // Valid under both documents: the form body carries id and secret (01 §a.3).
            .set_auth_type(AuthType::RequestBody);
        let transport = TokenTransport::new(config.timeout, config.connect_timeout)?;
        Ok(Self { inner, transport, pace: Pace::new(config.limits, config.quota) })
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
        let sender = Sender { oauth: self, last_look };
        self.inner
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .request_async(&sender)
            .await
            .map_err(sort)
            .and_then(pair)
    }

    /// Refreshes. Whether it may be sent at all, and sent again, is the caller's protocol.
    pub async fn refresh(&self, token: &Token, last_look: LastLook) -> Result<TokenPair, TokenError> {
        let sender = Sender { oauth: self, last_look };
        self.inner
            .exchange_refresh_token(&RefreshToken::new(token.expose().to_owned()))
            .request_async(&sender)
            .await
            .map_err(sort)
            .and_then(pair)
    }

    /// Whether the token endpoint answers at all: sends a code that was invented, which endangers nobody.
    /// Any answer but a 5xx or a 429 says yes; an endpoint that is well refuses it with a 400 (A).
    pub async fn answers(&self, invented: &Token, verifier: &Token) -> bool {
        let listener = Listener { oauth: self, status: AtomicU16::new(0) };
        // What it says about the code does not matter.
        let _ = self
            .inner
            .exchange_code(AuthorizationCode::new(invented.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .request_async(&listener)
            .await;
        let status = listener.status.load(Ordering::Relaxed);
        (200..500).contains(&status) && status != 429
    }

    /// Sends in turn, with a span that names neither body nor query. The last look comes after the wait.
    async fn send(&self, request: HttpRequest, last_look: LastLook) -> Result<HttpResponse, TokenError> {
        let _turn = self.pace.turn(TOKEN).await;
        let span = tracing::debug_span!(
            "airwallex",
            method = "POST",
            route = TOKEN,
            trace_id = tracing::field::Empty,
            outcome = tracing::field::Empty,
            millis = tracing::field::Empty,
        );
        let started = std::time::Instant::now();
        let result = self.transport.send(request, last_look).instrument(span.clone()).await;
        let trace_id = result.as_ref().ok().and_then(|response| trace_of(response.headers()));
        if let Some(trace_id) = &trace_id {
            span.record("trace_id", trace_id);
        }
        let result = result.and_then(sorted).map_err(|error| TokenError { trace_id, ..error });
        match &result {
            Ok(_) => span.record("outcome", "ok"),
            Err(error) => span.record("outcome", tracing::field::display(error)),
        };
        span.record("millis", started.elapsed().as_millis() as u64);
        span.in_scope(|| tracing::debug!("called Airwallex"));
        result
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

/// Runs the oauth2 crate on our own transport.
struct Sender<'a> {
    oauth: &'a OAuth,
    last_look: LastLook,
}

impl<'c> AsyncHttpClient<'c> for Sender<'_> {
    type Error = TokenError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TokenError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.oauth.send(request, self.last_look.clone()))
    }
}

/// The same, remembering the answer's status only.
struct Listener<'a> {
    oauth: &'a OAuth,
    status: AtomicU16,
}

impl<'c> AsyncHttpClient<'c> for Listener<'_> {
    type Error = TokenError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TokenError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async {
            let _turn = self.oauth.pace.turn(TOKEN).await;
            let response = self.oauth.transport.send(request, always()).await?;
            self.status.store(response.status().as_u16(), Ordering::Relaxed);
            Ok(response)
        })
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
        scopes: response.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect()),
        account_id: extra.account_id.clone(),
    })
}

/// A last look that always agrees, for calls that endanger nobody when they are late.
pub fn always() -> LastLook {
    Arc::new(|| true)
}

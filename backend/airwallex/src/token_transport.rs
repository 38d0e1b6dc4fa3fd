//! The token endpoint's own connection rules.
//!
//! A refresh token that arrives late burns the connection, so a request must be over when we think
//! it is: HTTP/1.1, a fresh connection per call, no retry and no redirect anywhere, one time-out over
//! everything. Giving up resets the connection (`SO_LINGER` 0 from the socket's creation, which also
//! holds when the process is killed) instead of letting the kernel deliver what was queued.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use url::Url;

/// Why a token call gave no tokens, and the name under which Airwallex's support finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenError {
    /// How the call ended, which decides what the caller may do next.
    pub kind: TokenErrorKind,
    /// From the headers, if there was an answer that told it (C).
    pub trace_id: Option<String>,
}

/// How a token call ended, if not with a 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenErrorKind {
    /// No byte of the body left: not executed.
    NotSent(String),
    /// 429: not executed (D).
    Limited,
    /// Our client id, secret or request is wrong: not executed, and no connection's end.
    Misconfigured(String),
    /// `invalid_grant`: the code or refresh token is refused (D).
    InvalidGrant,
    /// Time-out, cut, 5xx, unreadable answer: only Airwallex knows.
    Unknown(String),
}

impl TokenError {
    fn not_sent(why: impl Into<String>) -> Self {
        TokenErrorKind::NotSent(why.into()).into()
    }

    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        TokenErrorKind::Unknown(why.into()).into()
    }
}

impl From<TokenErrorKind> for TokenError {
    fn from(kind: TokenErrorKind) -> Self {
        Self { kind, trace_id: None }
    }
}

impl std::fmt::Display for TokenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            TokenErrorKind::NotSent(why) => write!(f, "not sent: {why}")?,
            TokenErrorKind::Limited => f.write_str("limited")?,
            TokenErrorKind::Misconfigured(code) => write!(f, "our configuration is refused: {code}")?,
            TokenErrorKind::InvalidGrant => f.write_str("invalid_grant")?,
            TokenErrorKind::Unknown(why) => write!(f, "outcome unknown: {why}")?,
        }
        match &self.trace_id {
            Some(trace) => write!(f, ", trace {trace}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TokenError {}

/// Decides, at the moment the body is handed over, whether it may still leave.
pub type LastLook = Arc<dyn Fn() -> bool + Send + Sync>;

/// Sends token requests.
#[derive(Clone)]
pub struct TokenTransport {
    tls: TlsConnector,
    /// Over everything: connect, send, wait, read.
    timeout: Duration,
    connect_timeout: Duration,
}

impl TokenTransport {
    /// `timeout` bounds the whole call; `connect_timeout` the connection, and the TLS session once more.
    /// Fails where no TLS can be set up.
    pub fn new(timeout: Duration, connect_timeout: Duration) -> Result<Self, TokenError> {
        use rustls_platform_verifier::BuilderVerifierExt;
        let broken = |error: rustls::Error| TokenError::not_sent(error.to_string());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(broken)?
            .with_platform_verifier()
            .map_err(broken)?
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), timeout, connect_timeout })
    }

    /// Sends one request and reads the whole answer. Dropping the future resets the connection.
    pub async fn send(
        &self,
        request: Request<Vec<u8>>,
        last_look: LastLook,
    ) -> Result<Response<Vec<u8>>, TokenError> {
        let url = Url::parse(&request.uri().to_string())
            .map_err(|error| TokenError::not_sent(error.to_string()))?;
        match tokio::time::timeout(self.timeout, self.exchange(url, request, last_look)).await {
            Ok(result) => result,
            Err(_) => Err(TokenError::unknown("no answer before the deadline")),
        }
    }

    async fn exchange(
        &self,
        url: Url,
        request: Request<Vec<u8>>,
        last_look: LastLook,
    ) -> Result<Response<Vec<u8>>, TokenError> {
        let stream = tokio::time::timeout(self.connect_timeout, self.connect(&url))
            .await
            .map_err(|_| TokenError::not_sent("no connection in time"))?
            .map_err(|error| TokenError::not_sent(error.to_string()))?;
        match url.scheme() {
            "https" => {
                let name =
                    rustls::pki_types::ServerName::try_from(url.host_str().unwrap_or_default().to_owned())
                        .map_err(|error| TokenError::not_sent(error.to_string()))?;
                let stream = tokio::time::timeout(self.connect_timeout, self.tls.connect(name, stream))
                    .await
                    .map_err(|_| TokenError::not_sent("no TLS session in time"))?
                    .map_err(|error| TokenError::not_sent(error.to_string()))?;
                speak(TokioIo::new(stream), &url, request, last_look).await
            }
            _ => speak(TokioIo::new(stream), &url, request, last_look).await,
        }
    }

    async fn connect(&self, url: &Url) -> io::Result<TcpStream> {
        let host = url.host_str().ok_or_else(|| io::Error::other("no host"))?;
        let port = url.port_or_known_default().ok_or_else(|| io::Error::other("no port"))?;
        let mut last = io::Error::other("the host has no address");
        for address in tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await? {
            match self.connect_to(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn connect_to(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        let options = socket2::SockRef::from(&socket);
        options.set_linger(Some(Duration::ZERO))?;
        options.set_tcp_nodelay(true)?;
        #[cfg(target_os = "linux")]
        options.set_tcp_user_timeout(Some(self.timeout))?;
        socket.connect(address).await
    }
}

/// Longer than any pair of tokens.
const LONGEST: usize = 1 << 20;

async fn speak<S>(
    stream: S,
    url: &Url,
    request: Request<Vec<u8>>,
    last_look: LastLook,
) -> Result<Response<Vec<u8>>, TokenError>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream)
        .await
        .map_err(|error| TokenError::not_sent(error.to_string()))?;
    let request = prepare(url, request, last_look)?;
    let answer = async {
        let response = sender.send_request(request).await?;
        let (head, mut body) = response.into_parts();
        let mut bytes = vec![];
        // What is longer than any answer is not read to its end, and then cannot be read at all.
        while let Some(frame) = body.frame().await.transpose()?.filter(|_| bytes.len() < LONGEST) {
            bytes.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default());
        }
        Ok::<_, hyper::Error>(Response::from_parts(head, bytes))
    };
    // The connection is driven beside the exchange, in this task: dropping it drops the socket.
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(answer);
    let result = std::future::poll_fn(|context| {
        if let Poll::Ready(result) = answer.as_mut().poll(context) {
            return Poll::Ready(result);
        }
        let _ = connection.as_mut().poll(context);
        answer.as_mut().poll(context)
    })
    .await;
    result.map_err(|error| {
        if is_abandoned(&error) {
            TokenError::not_sent("the process was held up before sending")
        } else {
            TokenError::unknown("the connection broke")
        }
    })
}

fn prepare(
    url: &Url,
    request: Request<Vec<u8>>,
    last_look: LastLook,
) -> Result<Request<WatchedBody>, TokenError> {
    let (mut head, body) = request.into_parts();
    let broken = |error: &dyn std::fmt::Display| TokenError::not_sent(error.to_string());
    head.uri = url.path().parse().map_err(|error: http::uri::InvalidUri| broken(&error))?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    head.headers
        .insert("host", host.parse().map_err(|error: http::header::InvalidHeaderValue| broken(&error))?);
    head.headers.insert("connection", http::HeaderValue::from_static("close"));
    head.headers.insert("content-length", http::HeaderValue::from(body.len()));
    Ok(Request::from_parts(head, WatchedBody { body: Some(Bytes::from(body)), last_look }))
}

/// A body that refuses to be handed over when the last look says that it is too late.
struct WatchedBody {
    body: Option<Bytes>,
    last_look: LastLook,
}

#[derive(Debug)]
struct Abandoned;

impl std::fmt::Display for Abandoned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("abandoned at the last look")
    }
}

impl std::error::Error for Abandoned {}

impl From<Infallible> for Abandoned {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn is_abandoned(error: &hyper::Error) -> bool {
    use std::error::Error;
    error.source().is_some_and(|source| source.is::<Abandoned>())
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Abandoned;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Abandoned>>> {
        if self.body.is_some() && !(self.last_look)() {
            return Poll::Ready(Some(Err(Abandoned)));
        }
        Poll::Ready(self.body.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

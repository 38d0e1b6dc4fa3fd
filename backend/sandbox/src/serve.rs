//! Listening. Ours rather than axum's, because a fault may cut a connection without an answer.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use url::Url;

use crate::options::Options;
use crate::store::Sandbox;
use crate::{engine, router};

/// A response with this mark is never written: the connection is cut instead.
#[derive(Clone, Copy)]
struct Cut;

/// What a fault answers with that cuts the connection.
pub fn cut() -> Response {
    let mut response = ().into_response();
    response.extensions_mut().insert(Cut);
    response
}

/// A started sandbox.
pub struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn stop(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}

/// Starts the sandbox on a listener.
#[expect(clippy::disallowed_methods, reason = "the handle that is returned owns the task")]
pub async fn start(listener: TcpListener, options: Options) -> std::io::Result<Running> {
    let address = listener.local_addr()?;
    let public_url = match &options.public_url {
        Some(url) => public_address(url)?,
        // Everywhere is no place to go to.
        None if address.ip().is_unspecified() => format!("http://127.0.0.1:{}", address.port()),
        None => format!("http://{address}"),
    };
    let sandbox = Sandbox::open(options, public_url)?;
    let stop = CancellationToken::new();
    let app = router::router(sandbox.clone());
    let task = tokio::spawn(run(listener, app, sandbox, stop.clone()));
    Ok(Running { address, stop, task })
}

fn public_address(text: &str) -> std::io::Result<String> {
    let is_fine =
        Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none());
    if is_fine {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(std::io::Error::other(format!("--public-url takes an http or https address, and {text} is none")))
}

async fn run(listener: TcpListener, app: Router, sandbox: Sandbox, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    tasks.spawn(engine::run(sandbox.clone(), stop.clone()));
    tasks.spawn(crate::webhooks::delivery::run(sandbox, stop.clone()));
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    tasks.spawn(connection(stream, app.clone()));
                }
            }
            Some(_) = tasks.join_next() => {}
        }
    }
    tasks.shutdown().await;
}

async fn connection(stream: TcpStream, app: Router) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let app = app.clone();
        async move {
            let response = match app.oneshot(request.map(Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.extensions().get::<Cut>().is_some() {
                return Err(std::io::Error::other("cut by a fault"));
            }
            Ok(response)
        }
    });
    // A cut ends in an error here, as ordered.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

//! GraphQL over HTTP, exactly by its specification (2025 draft): both media types, GET and POST,
//! statuses, and no `data` where the request itself could not be served.
//!
//! The stock handler of the library's axum integration does not conform, hence this one.

mod media;
mod origin;
mod request;
mod stream;

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Executor, Response as GraphqlResponse, ServerError};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::credential::{Check, Credential, Resolve};
use crate::kernel::Actor;
use crate::platform::Platform;
use crate::web::Browser;

use super::batches::Batches;
use media::{Media, negotiate, write};
pub use origin::{allow_frontends, is_allowed_origin, preflight};
pub use request::{check_limits, operation_of};
use request::{from_body, from_query, prepare};

/// The endpoint: what executes, and what each request is given.
pub struct Endpoint<E> {
    pub platform: Platform,
    pub executor: E,
    /// Platform, actor and fresh loaders for one operation.
    pub data: fn(&Platform, &Actor, Lasting) -> (Data, Batches),
    /// Resolves an API token, for WebSocket programs that authenticate in `connection_init`.
    pub bearer: Resolve,
    /// Resolves a session cookie, for sockets that outlive it.
    pub session: Resolve,
}

/// How long an operation lasts: what a subscription loads for one message is old news at the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    Once,
    Stream,
}

impl Lasting {
    pub fn of(operation: Option<OperationType>) -> Self {
        if operation == Some(OperationType::Subscription) { Self::Stream } else { Self::Once }
    }
}

impl<E> Endpoint<E> {
    /// Where to ask again who somebody is.
    pub fn check(&self) -> Check {
        Check { platform: self.platform.clone(), bearer: self.bearer, session: self.session }
    }
}

/// A request that is no GraphQL request, or may not be served.
struct Rejected {
    status: StatusCode,
    media: Media,
    /// An element of `errors`.
    error: Value,
}

/// An element of `errors` with its code.
fn error(code: &str, message: &str) -> Value {
    json!({ "message": message, "extensions": { "code": code } })
}

/// Refuses a request to the endpoint before it is read as one, in the media type that it accepts.
pub fn refuse(headers: &HeaderMap, status: StatusCode, code: &str, message: &str) -> Response {
    let media = negotiate(headers).unwrap_or(Media::Json);
    Rejected { status, media, error: error(code, message) }.into_response()
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        write(self.status, self.media, &json!({ "errors": [self.error] }))
    }
}

/// Serves GET and POST.
pub async fn serve<E: Executor>(
    State(endpoint): State<Arc<Endpoint<E>>>,
    browser: Browser,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match answer(&endpoint, &browser, &method, &uri, &headers, &body).await {
        Ok(response) => response,
        Err(rejected) => rejected.into_response(),
    }
}

async fn answer<E: Executor>(
    endpoint: &Endpoint<E>,
    browser: &Browser,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Rejected> {
    let media = negotiate(headers)?;
    origin::check_origin(&endpoint.platform, browser, method, headers, media)?;
    let parameters =
        if method == Method::GET { from_query(uri, media)? } else { from_body(headers, body, media)? };
    let (request, operation) = prepare(parameters, media)?;
    if method == Method::GET && operation == Some(OperationType::Mutation) {
        let error = error("METHOD_NOT_ALLOWED", "a mutation must be sent by POST");
        let rejected = Rejected { status: StatusCode::METHOD_NOT_ALLOWED, media, error };
        return Ok(([(header::ALLOW, "POST")], rejected).into_response());
    }
    let mut request = request;
    let (data, batches) = (endpoint.data)(&endpoint.platform, &browser.actor, Lasting::of(operation));
    request.data = data;
    if media == Media::EventStream {
        let credential = Credential::of(browser, headers);
        return Ok(stream::stream(endpoint, credential, browser.actor.clone(), request, batches));
    }
    if operation == Some(OperationType::Subscription) {
        return Err(bad_request(media, "subscribe over WebSocket or text/event-stream"));
    }
    let response = batches.run(endpoint.executor.execute(request)).await;
    Ok(finish(media, response))
}

fn finish(media: Media, response: GraphqlResponse) -> Response {
    // A response without data was a request error: 400, but 200 in the legacy media type.
    let status = if is_request_error(&response) && media == Media::Graphql {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let mut written = write(status, media, &body_of(&response));
    for (name, value) in &response.http_headers {
        written.headers_mut().append(name, value.clone());
    }
    written
}

/// Parse, validation and variable errors carry no path and leave no data.
fn is_request_error(response: &GraphqlResponse) -> bool {
    response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The response's body; `data` is left out where nothing was executed.
pub fn body_of(response: &GraphqlResponse) -> Value {
    let mut body = serde_json::Map::new();
    if !response.errors.is_empty() {
        let errors: Vec<Value> = response.errors.iter().map(coded).collect();
        body.insert("errors".to_owned(), json!(errors));
    }
    if !is_request_error(response) {
        body.insert("data".to_owned(), json!(response.data));
    }
    if !response.extensions.is_empty() {
        body.insert("extensions".to_owned(), json!(response.extensions));
    }
    Value::Object(body)
}

/// The library's own errors carry no code: before execution they are about the document, during it about a
/// value that cannot be read.
fn coded(error: &ServerError) -> Value {
    let mut shown = json!(error);
    if shown.pointer("/extensions/code").is_none() {
        let code = match error.message.as_str() {
            "Query is too complex." | "Query is nested too deep." => "TOO_LARGE",
            _ if error.path.is_empty() => "GRAPHQL_VALIDATION_FAILED",
            _ => "BAD_INPUT",
        };
        shown["extensions"]["code"] = json!(code);
    }
    shown
}

fn bad_request(media: Media, message: &str) -> Rejected {
    Rejected { status: StatusCode::BAD_REQUEST, media, error: error("BAD_REQUEST", message) }
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

//! GraphQL over HTTP, exactly by its specification (2025 draft): both media types, GET and POST,
//! statuses, and no `data` where the request itself could not be served.
//!
//! The stock handler of the library's axum integration does not conform, hence this one.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Executor, Request, Response as GraphqlResponse, Variables};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::limits;
use crate::kernel::Actor;
use crate::platform::Platform;
use crate::web::Browser;

/// The endpoint: what executes, and what each request is given.
pub struct Endpoint<E> {
    pub platform: Platform,
    pub executor: E,
    /// Platform, actor and fresh loaders for one request.
    pub data: fn(&Platform, &Actor) -> Data,
    /// Resolves an API token, for WebSocket programs that authenticate in `connection_init`.
    pub bearer: super::ws::Resolve,
    /// Resolves a session cookie, for sockets that outlive it.
    pub session: super::ws::Resolve,
}

/// The media types of a response.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Media {
    Graphql,
    Json,
    EventStream,
}

/// A request that is no GraphQL request, or may not be served.
struct Rejected {
    status: StatusCode,
    media: Media,
    message: String,
    code: &'static str,
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        let body = json!({ "errors": [{ "message": self.message, "extensions": { "code": self.code } }] });
        let mut response = write(self.status, self.media, &body);
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        response
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
    let mut response = match answer(&endpoint, &browser, &method, &uri, &headers, &body).await {
        Ok(response) => response,
        Err(rejected) => rejected.into_response(),
    };
    let origin = header_text(&headers, header::ORIGIN);
    if let Some(origin) =
        origin.filter(|origin| endpoint.platform.settings.allowed_origins.iter().any(|one| one == origin))
    {
        let out = response.headers_mut();
        if let Ok(origin) = HeaderValue::from_str(origin) {
            out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        out.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        out.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// Answers a browser's preflight for the frontends that may call us.
pub async fn preflight<E: Executor>(
    State(endpoint): State<Arc<Endpoint<E>>>,
    headers: HeaderMap,
) -> Response {
    let origin = header_text(&headers, header::ORIGIN);
    let allowed =
        origin.filter(|origin| endpoint.platform.settings.allowed_origins.iter().any(|one| one == origin));
    match allowed.and_then(|origin| HeaderValue::from_str(origin).ok()) {
        Some(origin) => (
            StatusCode::NO_CONTENT,
            [
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
                (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
                (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
                (
                    header::ACCESS_CONTROL_ALLOW_HEADERS,
                    HeaderValue::from_static("content-type, authorization"),
                ),
                (header::VARY, HeaderValue::from_static("Origin")),
            ],
        )
            .into_response(),
        None => (StatusCode::NO_CONTENT, [(header::ALLOW, "GET, POST, OPTIONS")]).into_response(),
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
    check_origin(&endpoint.platform, browser, method, headers, media)?;
    let parameters =
        if method == Method::GET { from_query(uri, media)? } else { from_body(headers, body, media)? };
    let (request, operation) = prepare(parameters, media)?;
    if method == Method::GET && operation == Some(OperationType::Mutation) {
        return Err(Rejected {
            status: StatusCode::METHOD_NOT_ALLOWED,
            media,
            message: "a mutation must be sent by POST".to_owned(),
            code: "METHOD_NOT_ALLOWED",
        });
    }
    let mut request = request;
    request.data = (endpoint.data)(&endpoint.platform, &browser.actor);
    if media == Media::EventStream {
        return Ok(stream(endpoint.executor.clone(), request));
    }
    if operation == Some(OperationType::Subscription) {
        return Err(bad_request(media, "subscribe over WebSocket or text/event-stream"));
    }
    let response = endpoint.executor.execute(request).await;
    Ok(finish(media, response))
}

/// GraphQL over SSE, distinct connections: one `next` per result, then `complete`, which carries `null`
/// because browsers never hand out an event without data and would ask again for ever.
fn stream<E: Executor>(executor: E, request: Request) -> Response {
    let results = executor.execute_stream(request, None).map(|response| {
        Ok::<_, Infallible>(Event::default().event("next").data(body_of(&response).to_string()))
    });
    let complete = futures_util::stream::once(async { Ok(Event::default().event("complete").data("null")) });
    Sse::new(results.chain(complete)).keep_alive(KeepAlive::new().text("")).into_response()
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
pub(super) fn body_of(response: &GraphqlResponse) -> Value {
    let mut body = serde_json::Map::new();
    if !response.errors.is_empty() {
        body.insert("errors".to_owned(), json!(response.errors));
    }
    if !is_request_error(response) {
        body.insert("data".to_owned(), json!(response.data));
    }
    if !response.extensions.is_empty() {
        body.insert("extensions".to_owned(), json!(response.extensions));
    }
    Value::Object(body)
}

/// Picks the response's media type; without a wish it is `application/json`.
fn negotiate(headers: &HeaderMap) -> Result<Media, Rejected> {
    let accepted: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if accepted.is_empty() {
        return Ok(Media::Json);
    }
    let mut best: Option<(u32, Media)> = None;
    for range in accepted.iter().flat_map(|line| line.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Media::Graphql,
            "application/json" | "application/*" | "*/*" => Media::Json,
            "text/event-stream" => Media::EventStream,
            _ => continue,
        };
        let parameters: Vec<&str> = parts.collect();
        let foreign_charset = parameters
            .iter()
            .filter_map(|one| one.to_ascii_lowercase().strip_prefix("charset=").map(str::to_owned))
            .any(|charset| charset.trim_matches('"') != "utf-8");
        if foreign_charset {
            continue;
        }
        let weight = parameters.iter().find_map(|one| one.strip_prefix("q=")).map_or(1000, thousandths);
        if weight > 0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, media));
        }
    }
    best.map(|(_, media)| media).ok_or(Rejected {
        status: StatusCode::NOT_ACCEPTABLE,
        media: Media::Json,
        message: "accept application/graphql-response+json or application/json".to_owned(),
        code: "NOT_ACCEPTABLE",
    })
}

/// A quality value such as `0.8` in thousandths.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    (whole.parse::<u32>().unwrap_or(0).min(1) * 1000 + digits.parse::<u32>().unwrap_or(0)).min(1000)
}

/// With cookies, a request that may change something must come from an allowed origin.
fn check_origin(
    platform: &Platform,
    browser: &Browser,
    method: &Method,
    headers: &HeaderMap,
    media: Media,
) -> Result<(), Rejected> {
    let safe = method == Method::GET && media != Media::EventStream;
    if browser.session.is_none() || safe || is_allowed_origin(platform, headers) {
        return Ok(());
    }
    Err(Rejected {
        status: StatusCode::FORBIDDEN,
        media,
        message: "with cookies, this endpoint answers pages of allowed origins only".to_owned(),
        code: "ORIGIN_NOT_ALLOWED",
    })
}

/// Whether `Origin` is our own or one of the configured frontends. A browser's `EventSource` on our own
/// pages sends none, but says so in a header that no script can set.
pub(super) fn is_allowed_origin(platform: &Platform, headers: &HeaderMap) -> bool {
    let own = platform.settings.public_url.origin().ascii_serialization();
    match header_text(headers, header::ORIGIN) {
        Some(origin) => origin == own || platform.settings.allowed_origins.iter().any(|one| one == origin),
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    }
}

/// The four parameters of a request.
#[derive(Default)]
struct Parameters {
    query: String,
    operation_name: Option<String>,
    variables: Option<Value>,
    extensions: Option<Value>,
}

fn from_query(uri: &Uri, media: Media) -> Result<Parameters, Rejected> {
    let pairs: HashMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let json_of = |name: &str| -> Result<Option<Value>, Rejected> {
        match pairs.get(name).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                serde_json::from_str(text).map(Some).map_err(|_| bad_request(media, "a parameter is no JSON"))
            }
        }
    };
    let mut fields = serde_json::Map::new();
    for name in ["query", "operationName"] {
        if let Some(text) = pairs.get(name).filter(|text| !text.is_empty()) {
            fields.insert(name.to_owned(), json!(text));
        }
    }
    for name in ["variables", "extensions"] {
        if let Some(value) = json_of(name)? {
            fields.insert(name.to_owned(), value);
        }
    }
    read_parameters(&Value::Object(fields), media)
}

fn from_body(headers: &HeaderMap, body: &[u8], media: Media) -> Result<Parameters, Rejected> {
    let kind = header_text(headers, header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts.next() == Some("application/json");
    let charset =
        parts.find_map(|one| one.strip_prefix("charset=").map(|text| text.trim_matches('"').to_owned()));
    if !is_json || charset.is_some_and(|charset| charset != "utf-8") {
        return Err(Rejected {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            media,
            message: "send application/json in UTF-8".to_owned(),
            code: "UNSUPPORTED_MEDIA_TYPE",
        });
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| bad_request(media, "the body is no JSON"))?;
    read_parameters(&value, media)
}

fn read_parameters(value: &Value, media: Media) -> Result<Parameters, Rejected> {
    let Some(fields) = value.as_object() else {
        return Err(bad_request(media, "a request is a JSON object with a query"));
    };
    let object = |name: &'static str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) if value.is_object() => Ok(Some(value.clone())),
        Some(_) => Err(bad_request(media, &format!("{name} must be an object"))),
    };
    let operation_name = match fields.get("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(_) => return Err(bad_request(media, "operationName must be a string")),
    };
    let Some(query) = fields.get("query").and_then(Value::as_str) else {
        return Err(bad_request(media, "query must be a string"));
    };
    Ok(Parameters {
        query: query.to_owned(),
        operation_name,
        variables: object("variables")?,
        extensions: object("extensions")?,
    })
}

/// Applies the limits and learns what kind of operation it is; a document that does not parse is left
/// to the executor, which tells where it breaks.
fn prepare(parameters: Parameters, media: Media) -> Result<(Request, Option<OperationType>), Rejected> {
    let mut request = Request::new(parameters.query);
    if let Some(name) = parameters.operation_name {
        request = request.operation_name(name);
    }
    if let Some(variables) = parameters.variables {
        request = request.variables(Variables::from_json(variables));
    }
    if let Some(Value::Object(extensions)) = parameters.extensions {
        for (name, value) in extensions {
            request.extensions.insert(name, async_graphql::Value::from_json(value).unwrap_or_default());
        }
    }
    check_limits(&mut request).map_err(|message| Rejected {
        status: if media == Media::Graphql { StatusCode::BAD_REQUEST } else { StatusCode::OK },
        media,
        message,
        code: "TOO_LARGE",
    })?;
    let operation = operation_of(&mut request);
    Ok((request, operation))
}

/// What must hold before anything is executed.
pub(super) fn check_limits(request: &mut Request) -> Result<(), String> {
    if request.query.len() > limits::BYTES || limits::token_count(&request.query) > limits::TOKENS {
        return Err(format!("a document may hold at most {} tokens", limits::TOKENS));
    }
    match request.parsed_query() {
        Ok(document) => limits::check(document),
        Err(_) => Ok(()),
    }
}

/// What kind of operation a request asks for, if its document can be read.
pub(super) fn operation_of(request: &mut Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let mut operations = document.operations.iter();
    let chosen = match name {
        Some(name) => operations.find(|(known, _)| known.is_some_and(|known| *known == name)),
        None => operations.next(),
    };
    chosen.map(|(_, operation)| operation.node.ty)
}

fn bad_request(media: Media, message: &str) -> Rejected {
    Rejected { status: StatusCode::BAD_REQUEST, media, message: message.to_owned(), code: "BAD_REQUEST" }
}

fn write(status: StatusCode, media: Media, body: &Value) -> Response {
    let kind = match media {
        Media::Graphql => "application/graphql-response+json; charset=utf-8",
        Media::Json | Media::EventStream => "application/json; charset=utf-8",
    };
    (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], body.to_string())
        .into_response()
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

//! Subscriptions over WebSocket: the `graphql-transport-ws` protocol with its close codes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Executor, Request, Response as GraphqlResponse, Variables};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{AbortHandle, Abortable, SelectAll};
use futures_util::{FutureExt, Stream, StreamExt};
use serde_json::{Value, json};

use super::credential::{Credential, bearer_of};
use super::http::{Endpoint, Lasting, body_of, check_limits, is_allowed_origin, operation_of};
use crate::kernel::{Actor, Secret};
use crate::web::Browser;

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to send `connection_init`.
const INIT: Duration = Duration::from_secs(10);
/// How many operations one socket may run at once.
const OPERATIONS: usize = 50;
/// The same as a request's body may have, in bytes.
const MESSAGE: usize = 1 << 20;

/// Why a socket is closed, by the protocol's codes.
struct Close(u16, &'static str);

type Results = SelectAll<std::pin::Pin<Box<dyn Stream<Item = Value> + Send>>>;

/// Takes the socket; with a cookie session only for allowed origins, since an upgrade is a GET.
pub async fn upgrade<E: Executor>(
    State(endpoint): State<Arc<Endpoint<E>>>,
    browser: Browser,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if browser.session.is_some() && !is_allowed_origin(&endpoint.platform, &headers) {
        return (StatusCode::FORBIDDEN, "with cookies, this endpoint answers pages of allowed origins only")
            .into_response();
    }
    let credential = Credential::of(&browser, &headers);
    upgrade.protocols([PROTOCOL]).max_message_size(MESSAGE).on_upgrade(move |socket| async move {
        let spoken = socket.protocol().and_then(|protocol| protocol.to_str().ok()) == Some(PROTOCOL);
        let mut talk = Talk {
            endpoint,
            actor: browser.actor,
            credential,
            socket,
            running: HashMap::new(),
            results: SelectAll::new(),
        };
        let end = if spoken { talk.run().await } else { Some(Close(4406, "Subprotocol not acceptable")) };
        if let Some(Close(code, reason)) = end {
            let frame = CloseFrame { code, reason: reason.into() };
            let _ = talk.socket.send(Message::Close(Some(frame))).await;
        }
    })
}

struct Talk<E> {
    endpoint: Arc<Endpoint<E>>,
    actor: Actor,
    credential: Credential,
    socket: WebSocket,
    running: HashMap<String, AbortHandle>,
    results: Results,
}

impl<E: Executor> Talk<E> {
    /// Answers how to close; `None` when the other side has gone.
    async fn run(&mut self) -> Option<Close> {
        let init = match tokio::time::timeout(INIT, self.initialisation()).await {
            Err(_) => return Some(Close(4408, "Connection initialisation timeout")),
            Ok(Err(close)) => return close,
            Ok(Ok(message)) => message,
        };
        if let Err(close) = self.authenticate(init.get("payload")).await {
            return Some(close);
        }
        if !self.send(&json!({ "type": "connection_ack" })).await {
            return None;
        }
        let stop = self.endpoint.platform.stop.clone();
        loop {
            tokio::select! {
                message = next_message(&mut self.socket) => match message {
                    None => return None,
                    Some(Err(close)) => return Some(close),
                    Some(Ok(message)) => if let Err(close) = self.take(&message).await { return close },
                },
                () = stop.cancelled() => return Some(Close(1001, "Going away")),
                Some(result) = self.results.next(), if !self.results.is_empty() => {
                    let id = result.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                    if result.get("type").and_then(Value::as_str) != Some("next") {
                        self.running.remove(&id);
                    } else if !self.is_still_who_it_was().await {
                        return Some(Close(4403, "Forbidden"));
                    }
                    if !self.send(&result).await {
                        return None;
                    }
                }
            }
        }
    }

    /// The first message that counts; pings are answered at any time.
    async fn initialisation(&mut self) -> Result<Value, Option<Close>> {
        loop {
            let message = next_message(&mut self.socket).await.ok_or(None)?.map_err(Some)?;
            match message.get("type").and_then(Value::as_str) {
                Some("connection_init") => return Ok(message),
                Some("ping") => self.pong().await?,
                Some("pong") => {}
                Some("subscribe" | "complete") => return Err(Some(Close(4401, "Unauthorized"))),
                _ => return Err(Some(Close(4400, "Invalid message"))),
            }
        }
    }

    async fn pong(&mut self) -> Result<(), Option<Close>> {
        if self.send(&json!({ "type": "pong" })).await { Ok(()) } else { Err(None) }
    }

    /// Programs give `{"authorization":"Bearer …"}`; browsers have come with their cookie.
    async fn authenticate(&mut self, payload: Option<&Value>) -> Result<(), Close> {
        let given =
            payload.and_then(|payload| payload.get("authorization").or_else(|| payload.get("Authorization")));
        let Some(given) = given.and_then(Value::as_str) else { return Ok(()) };
        let token = bearer_of(given).ok_or(Close(4403, "Forbidden"))?;
        if self.actor != Actor::Anonymous {
            return Err(Close(4400, "Both a cookie and a token"));
        }
        let actor = (self.endpoint.bearer)(self.endpoint.platform.clone(), token.clone()).await;
        self.actor = actor.ok_or(Close(4403, "Forbidden"))?;
        self.credential = Credential::Token(Secret::new(token));
        Ok(())
    }

    /// Asked before each operation and each result.
    async fn is_still_who_it_was(&mut self) -> bool {
        self.credential.is_still(&self.endpoint.check(), &self.actor).await
    }

    async fn take(&mut self, message: &Value) -> Result<(), Option<Close>> {
        let id = message.get("id").and_then(Value::as_str);
        match (message.get("type").and_then(Value::as_str), id) {
            (Some("ping"), _) => self.pong().await,
            (Some("pong"), _) => Ok(()),
            (Some("connection_init"), _) => Err(Some(Close(4429, "Too many initialisation requests"))),
            (Some("complete"), Some(id)) => {
                if let Some(handle) = self.running.remove(id) {
                    handle.abort();
                }
                Ok(())
            }
            (Some("subscribe"), Some(id)) if !id.is_empty() => {
                if !self.is_still_who_it_was().await {
                    return Err(Some(Close(4403, "Forbidden")));
                }
                self.subscribe(id, message.get("payload")).map_err(Some)
            }
            _ => Err(Some(Close(4400, "Invalid message"))),
        }
    }

    fn subscribe(&mut self, id: &str, payload: Option<&Value>) -> Result<(), Close> {
        if self.running.contains_key(id) {
            return Err(Close(4409, "Subscriber for this id already exists"));
        }
        if self.running.len() >= OPERATIONS {
            return Err(Close(4429, "Too many operations on one socket"));
        }
        let query = payload.and_then(|payload| payload.get("query")).and_then(Value::as_str);
        let (Some(payload), Some(query)) = (payload, query) else {
            return Err(Close(4400, "Invalid message"));
        };
        let mut request = Request::new(query);
        match payload.get("operationName") {
            None | Some(Value::Null) => {}
            Some(Value::String(name)) => request = request.operation_name(name),
            Some(_) => return Err(Close(4400, "operationName must be a string")),
        }
        match payload.get("variables") {
            None | Some(Value::Null) => {}
            Some(variables @ Value::Object(_)) => {
                request = request.variables(Variables::from_json(variables.clone()));
            }
            Some(_) => return Err(Close(4400, "variables must be an object")),
        }
        let (handle, registration) = AbortHandle::new_pair();
        self.running.insert(id.to_owned(), handle);
        let id = id.to_owned();
        if let Err(error) = check_limits(&mut request) {
            let refusal = json!({ "id": id, "type": "error", "payload": [error] });
            self.results.push(futures_util::stream::once(async { refusal }).boxed());
            return Ok(());
        }
        let lasting = Lasting::of(operation_of(&mut request));
        let (data, batches) = (self.endpoint.data)(&self.endpoint.platform, &self.actor, lasting);
        request.data = data;
        let executed = batches.drive(self.endpoint.executor.execute_stream(request, None));
        let stream = frames(id, executed, lasting == Lasting::Stream);
        self.results.push(Abortable::new(stream, registration).boxed());
        Ok(())
    }

    async fn send(&mut self, message: &Value) -> bool {
        self.socket.send(Message::text(message.to_string())).await.is_ok()
    }
}

async fn next_message(socket: &mut WebSocket) -> Option<Result<Value, Close>> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => {
                let message = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
                return Some(message.ok_or(Close(4400, "Invalid message")));
            }
            Message::Binary(_) => return Some(Err(Close(4400, "Invalid message"))),
            Message::Close(_) => return None,
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

/// `next` per result, `complete` at the end. An operation that cannot start is one `error`, and nothing
/// follows it; once something was sent, what goes wrong travels inside a `next`.
fn frames(
    id: String,
    executed: impl Stream<Item = GraphqlResponse> + Send + 'static,
    is_subscription: bool,
) -> impl Stream<Item = Value> + Send {
    let end = json!({ "id": id, "type": "complete" });
    let (mut has_begun, mut is_refused) = (false, false);
    let body = executed.map(move |response| {
        let never_began = is_subscription && response.data == async_graphql::Value::Null;
        let body = body_of(&response);
        let failed = body.get("data").is_none() || (never_began && !response.errors.is_empty());
        if failed && !has_begun {
            return json!({ "id": id, "type": "error", "payload": body["errors"] });
        }
        has_begun = true;
        json!({ "id": id, "type": "next", "payload": body })
    });
    body.chain(async move { end }.into_stream()).take_while(move |frame| {
        let goes_on = !is_refused;
        is_refused |= frame["type"] == "error";
        std::future::ready(goes_on)
    })
}

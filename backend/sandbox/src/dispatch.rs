//! How a call is played: read, limited, bent by whatever fault is ordered, run once under the lock, kept,
//! journaled, answered.

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::bend::{Bend, bend};
use crate::call::{Call, Caller, Endpoint, Needs, Shape, admit};
use crate::serve::cut;
use crate::store::{Sandbox, State};
use crate::wire::{Answer, ApiError, Body, Query, Version, json_in, text_at, unknown_members};
use crate::world::faults::Fault;
use crate::{auth, engine, journal};

/// Bodies of JSON may be this large.
const LIMIT: usize = 1024 * 1024;

/// A request as it arrived.
struct Arrived {
    endpoint: &'static Endpoint,
    ids: Vec<String>,
    path: String,
    query: Query,
    headers: HeaderMap,
    raw: Bytes,
}

/// What came of it, under the name by which support finds it.
struct Played {
    answer: Answer,
    trace: String,
}

impl IntoResponse for Played {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        if let Ok(trace) = self.trace.parse() {
            response.headers_mut().insert("x-awx-trace-id", trace);
        }
        response
    }
}

pub async fn dispatch(
    sandbox: Sandbox,
    endpoint: &'static Endpoint,
    ids: RawPathParams,
    request: Request,
) -> Response {
    let ids = ids.iter().map(|(_, value)| value.to_owned()).collect();
    let (head, body) = request.into_parts();
    let limit = match endpoint.body {
        Shape::Raw(limit) => limit,
        Shape::Nothing | Shape::Json(_) => LIMIT,
    };
    let raw = read(body, limit).await;
    let arrived = Arrived {
        endpoint,
        ids,
        path: head.uri.path().to_owned(),
        query: Query::parse(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        raw: raw.clone().unwrap_or_default(),
    };
    let (who, fault, mut released) = {
        let mut state = sandbox.lock();
        let who = arrived.caller(&state);
        let (profile, now) = (state.world.meta.settings.limits, state.now());
        if let Err(refused) = state.limits.enter(profile, &who, &arrived.route(), now) {
            return finish(&mut state, &arrived, None, Err(refused)).into_response();
        }
        let released = sandbox.released.subscribe();
        (who, state.world.take_route_fault(endpoint.method, &arrived.path), released)
    };
    let place = Place { sandbox: sandbox.clone(), who, running: None };
    let bend = fault.as_ref().map_or(Bend::None, bend);
    let mut place = match place.begin(&arrived) {
        Ok(place) => place,
        Err(refused) => {
            return finish(&mut sandbox.lock(), &arrived, fault.as_ref(), Err(refused)).into_response();
        }
    };
    match bend {
        Bend::Refuse(refusal) => {
            return finish(&mut sandbox.lock(), &arrived, fault.as_ref(), Err(refusal)).into_response();
        }
        Bend::DropBefore => {
            journal::lost(&mut sandbox.lock(), arrived.line(fault.as_ref()));
            return cut();
        }
        Bend::Late(after) => {
            // Until it arrives it is in nobody's way.
            place.leave();
            late(sandbox, arrived, raw, fault, after);
            return cut();
        }
        // Both end with their connection, as a request that never arrived whole; `late` is the other case.
        Bend::Delay(by) => tokio::time::sleep(by).await,
        Bend::Hold => {
            // Ends when somebody releases; the sandbox never goes away before its requests.
            let _ = released.changed().await;
        }
        Bend::None | Bend::DropAfter(_) => {}
    }
    let played = play(&sandbox, &arrived, raw, fault.as_ref());
    place.leave();
    match bend {
        Bend::DropAfter(None) => cut(),
        Bend::DropAfter(Some(instead)) => instead.answer("none").into_response(),
        _ => played.into_response(),
    }
}

async fn read(body: HttpBody, limit: usize) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| ApiError::new(400, "invalid_argument", format!("the body is larger than {limit} bytes")))
}

/// Executed after its connection is gone, as a request that was delayed on its way.
#[expect(clippy::disallowed_methods, reason = "the request has lost its connection and owns itself")]
fn late(
    sandbox: Sandbox,
    arrived: Arrived,
    raw: Result<Bytes, ApiError>,
    fault: Option<Fault>,
    after: std::time::Duration,
) {
    tokio::spawn(async move {
        tokio::time::sleep(after).await;
        play(&sandbox, &arrived, raw, fault.as_ref());
    });
}

/// Runs the call under the lock and writes down what it did.
fn play(sandbox: &Sandbox, arrived: &Arrived, raw: Result<Bytes, ApiError>, fault: Option<&Fault>) -> Played {
    let mut state = sandbox.lock();
    engine::run_due(&mut state);
    let reply = raw.and_then(|_| arrived.run(&mut state));
    let played = finish(&mut state, arrived, fault, reply);
    let is_deliverable = state.world.has_deliveries();
    drop(state);
    if is_deliverable {
        sandbox.wake();
    }
    played
}

fn finish(
    state: &mut State,
    arrived: &Arrived,
    fault: Option<&Fault>,
    reply: Result<Answer, ApiError>,
) -> Played {
    let trace = state.world.trace();
    // Whatever is wrong with a request to it, the token endpoint says so in its own words.
    let is_oauth = arrived.endpoint.path.starts_with("/oauth/");
    let mut answer = reply.unwrap_or_else(|error| error.worded(is_oauth).answer(&trace));
    if let (Body::Json(body), Ok(version)) = (&mut answer.body, Version::of(&arrived.headers)) {
        version.spell(body);
    }
    journal::executed(state, arrived.line(fault), answer.status, &trace);
    Played { answer, trace }
}

impl Arrived {
    fn route(&self) -> String {
        format!("{} {}", self.endpoint.method, self.endpoint.path)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What may run only once at a time, and what a second one is told: a `request_id` 409 (D), a refresh
    /// token 429 (D).
    fn alone(&self, who: &str) -> Option<(String, ApiError)> {
        if self.endpoint.path.starts_with("/oauth/") {
            let token = auth::token::presented(&self.headers, &self.raw)?;
            let message = "Concurrent token refresh is not allowed.";
            return Some((format!("refresh {token}"), ApiError::oauth(429, "too_many_requests", message)));
        }
        let is_signed_in =
            !matches!(self.endpoint.needs, Needs::Nothing | Needs::Application | Needs::Partner);
        let request_id = self.request_id().filter(|_| is_signed_in)?;
        let account = self.header("x-on-behalf-of").unwrap_or(who);
        let message = "a request with the same request_id is still being processed";
        let busy = ApiError::new(409, "request_in_progress", message).at("request_id");
        Some((format!("{account} {} {request_id}", self.endpoint.path), busy))
    }

    fn request_id(&self) -> Option<String> {
        if !matches!(self.endpoint.body, Shape::Json(_)) {
            return None;
        }
        text_at(&json_in(&self.raw)?, "request_id")
    }

    /// Whose limits count: the account of the token, or whatever else the caller says it is.
    fn caller(&self, state: &State) -> String {
        let token =
            self.header("authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token);
        let account = token.and_then(|token| {
            let login = state.world.logins.get(token).and_then(|login| login.account.clone());
            login.or_else(|| state.world.access_tokens.get(token).map(|access| access.account.clone()))
        });
        account
            .or_else(|| self.header("x-client-id").map(str::to_owned))
            .unwrap_or_else(|| "application".to_owned())
    }

    fn run(&self, state: &mut State) -> Result<Answer, ApiError> {
        let now = state.now();
        let version = Version::of(&self.headers)?;
        let caller = self.admit(state, now)?;
        let body = self.body(state)?;
        let mut call = Call {
            world: &mut state.world,
            now,
            caller,
            version,
            path: self.endpoint.path,
            ids: &self.ids,
            query: &self.query,
            headers: &self.headers,
            body,
            raw: &self.raw,
            public_url: &state.public_url,
        };
        (self.endpoint.run)(&mut call)
    }

    fn admit(&self, state: &State, now: crate::clock::Instant) -> Result<Caller, ApiError> {
        admit(&state.world, now, &self.headers, self.endpoint.needs)
    }

    /// A JSON object; an empty body counts as an empty one, anything else is refused by name.
    fn body(&self, state: &State) -> Result<Value, ApiError> {
        let Shape::Json(members) = self.endpoint.body else { return Ok(json!({})) };
        if self.raw.iter().all(u8::is_ascii_whitespace) {
            return Ok(json!({}));
        }
        if self.header("content-type").is_some_and(|kind| !kind.starts_with("application/json")) {
            return Err(ApiError::invalid("content-type", "send content-type: application/json"));
        }
        let body = match json_in(&self.raw) {
            Some(body) if body.is_object() => body,
            _ => return Err(ApiError::new(400, "invalid_argument", "the body is no JSON object")),
        };
        if state.world.meta.settings.strict
            && let Some(unknown) = unknown_members(&body, members)
        {
            return Err(ApiError::invalid(&unknown, "there is no such field"));
        }
        Ok(body)
    }

    /// What the journal says of it, whatever its end: no query, no body, no credentials.
    fn line(&self, fault: Option<&Fault>) -> Value {
        let mut line = json!({
            "method": self.endpoint.method,
            "path": self.path,
            "route": self.endpoint.path,
            "on_behalf_of": self.header("x-on-behalf-of"),
            "request_id": self.request_id(),
            "fault": fault.map(|fault| fault.action.clone()),
        });
        if self.endpoint.path.starts_with("/oauth/") {
            line["grant_type"] = json!(auth::token::grant_type(&self.headers, &self.raw));
        }
        line
    }
}

/// A request's place among those in flight, given up when it ends, even by a client that goes away.
struct Place {
    sandbox: Sandbox,
    who: String,
    /// Under which no second one may run.
    running: Option<String>,
}

impl Place {
    /// Marks the request as running where a second one may not run beside it.
    fn begin(mut self, arrived: &Arrived) -> Result<Self, ApiError> {
        let Some((key, busy)) = arrived.alone(&self.who) else { return Ok(self) };
        if !self.sandbox.lock().running.insert(key.clone()) {
            return Err(busy);
        }
        self.running = Some(key);
        Ok(self)
    }

    fn leave(&mut self) {
        if self.who.is_empty() {
            return;
        }
        let mut state = self.sandbox.lock();
        state.limits.leave(&std::mem::take(&mut self.who));
        if let Some(key) = self.running.take() {
            state.running.remove(&key);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

//! One request and its answer: sorted by consequence, named in logs by its route and trace, never by its
//! query or body.

use std::fmt::Display;
use std::time::Instant;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::call::{Call, Recovery};
use crate::{Error, Unreadable};

/// Where support's name for an answer stands: three spellings were seen (C).
const TRACES: [&str; 3] = ["x-awx-trace-id", "correlation-id", "x-request-id"];

/// A success as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub body: Vec<u8>,
    pub trace_id: Option<String>,
}

impl Answer {
    /// Decodes; an answer that cannot be read leaves the outcome unknown.
    pub fn read<T: DeserializeOwned>(&self, recovery: Recovery) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::lost(format!("the answer {}", Unreadable::from(error)), recovery, self.trace_id.clone())
        })
    }
}

/// Runs a request.
pub(crate) async fn execute(request: RequestBuilder, call: &Call) -> Result<Answer, Error> {
    let trace = |result: &Result<Answer, Error>| match result {
        Ok(answer) => answer.trace_id.clone(),
        Err(error) => error.trace_id().map(str::to_owned),
    };
    traced(call.method.as_str(), call.route, exchange(request, call.recovery), trace).await
}

/// Runs an exchange in a span of its own, which tells how it ended and under which name support finds it.
pub(crate) async fn traced<T, E: Display>(
    method: &str,
    route: &'static str,
    exchange: impl Future<Output = Result<T, E>>,
    trace_of: impl Fn(&Result<T, E>) -> Option<String>,
) -> Result<T, E> {
    let span = tracing::debug_span!(
        "airwallex",
        method,
        route,
        trace_id = tracing::field::Empty,
        outcome = tracing::field::Empty,
        millis = tracing::field::Empty,
    );
    let started = Instant::now();
    let result = exchange.instrument(span.clone()).await;
    match &result {
        Ok(_) => span.record("outcome", "ok"),
        Err(error) => span.record("outcome", tracing::field::display(error)),
    };
    if let Some(trace_id) = trace_of(&result) {
        span.record("trace_id", trace_id);
    }
    span.record("millis", started.elapsed().as_millis() as u64);
    span.in_scope(|| tracing::debug!("called Airwallex"));
    result
}

/// More than any document of Airwallex's, and little enough to hold.
const LONGEST: usize = 16 << 20;

async fn exchange(request: RequestBuilder, recovery: Recovery) -> Result<Answer, Error> {
    let mut response = request.send().await.map_err(|error| sort_transport(&error, recovery))?;
    let status = response.status().as_u16();
    let (trace_id, retry_after) = (trace_of(response.headers()), retry_after(response.headers()));
    let mut body = vec![];
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST => {
                return Err(Error::lost("the answer has no end", recovery, trace_id));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(Error::lost(words(&error), recovery, trace_id)),
        }
    }
    if (200..300).contains(&status) {
        return Ok(Answer { body, trace_id });
    }
    Err(Error::from_answer(status, &body, trace_id, retry_after, recovery))
}

pub(crate) fn trace_of(headers: &HeaderMap) -> Option<String> {
    let text = |name: &&str| headers.get(*name)?.to_str().ok().map(str::to_owned);
    TRACES.iter().find_map(text)
}

/// Airwallex documents none, a proxy on the way may send one: seconds, the other form is not read.
fn retry_after(headers: &HeaderMap) -> Option<std::time::Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(std::time::Duration::from_secs(seconds))
}

fn sort_transport(error: &reqwest::Error, recovery: Recovery) -> Error {
    if error.is_builder() {
        Error::Unsendable("a header that cannot be one".to_owned())
    } else if error.is_connect() {
        let host = error.url().and_then(|url| url.host_str()).unwrap_or_default();
        Error::NotSent(format!("{} with {host}", words(error)))
    } else {
        Error::lost(words(error), recovery, None)
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

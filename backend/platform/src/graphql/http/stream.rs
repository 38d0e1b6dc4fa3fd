//! GraphQL over SSE, distinct connections mode: one `next` per result, then `complete`.

use std::convert::Infallible;

use async_graphql::{Executor, Request};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use super::super::batches::Batches;
use super::super::credential::Credential;
use super::{Endpoint, body_of};
use crate::kernel::Actor;

/// Streams an operation's results until it ends, the process stops, or the session, token or membership
/// behind it has ended. `complete` carries `null`, because browsers never hand out an event without data
/// and would ask again for ever.
pub(super) fn stream<E: Executor>(
    endpoint: &Endpoint<E>,
    credential: Credential,
    actor: Actor,
    request: Request,
    batches: Batches,
) -> Response {
    let (platform, check) = (endpoint.platform.clone(), endpoint.check());
    let results = batches
        .drive(endpoint.executor.execute_stream(request, None))
        .take_until(platform.stop.clone().cancelled_owned())
        .then(move |response| {
            let (check, credential, actor) = (check.clone(), credential.clone(), actor.clone());
            async move { credential.is_still(&check, &actor).await.then_some(response) }
        })
        .take_while(|response| std::future::ready(response.is_some()))
        .filter_map(std::future::ready)
        .map(|response| {
            Ok::<_, Infallible>(Event::default().event("next").data(body_of(&response).to_string()))
        });
    let complete = futures_util::stream::once(async { Ok(Event::default().event("complete").data("null")) });
    Sse::new(results.chain(complete)).keep_alive(KeepAlive::new().text("")).into_response()
}

//! What a browser asks for: bent by faults and journaled like a call of the API, answered with pages.

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::auth::authorize;
use crate::bend::{Bend, bend};
use crate::serve::cut;
use crate::store::{Sandbox, watched};
use crate::wire::{ApiError, Query};
use crate::world::faults::Fault;
use crate::world::start::APP_ID;
use crate::world::table::Change;
use crate::{journal, pages};

pub async fn browse(
    State(sandbox): State<Sandbox>,
    route: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let (fault, mut released) = {
        let mut state = sandbox.lock();
        let released = sandbox.released.subscribe();
        (state.world.take_route_fault(request.method().as_str(), &path), released)
    };
    // Paths of pages hold what opens them: the journal tells the route alone.
    let line = json!({
        "method": request.method().as_str(),
        "path": route.as_str(),
        "route": route.as_str(),
        "fault": fault.as_ref().map(|fault: &Fault| fault.action.clone()),
    });
    let bend = fault.as_ref().map_or(Bend::None, bend);
    match bend {
        Bend::Refuse(refusal) => {
            let response = refused(&sandbox, &request, refusal);
            told(&sandbox, line, response.status(), &[]);
            return response;
        }
        Bend::DropBefore => {
            journal::lost(&mut sandbox.lock(), line);
            return cut();
        }
        Bend::Late(after) => {
            late(sandbox, line, request, next, after);
            return cut();
        }
        Bend::Delay(by) => tokio::time::sleep(by).await,
        Bend::Hold => {
            let _ = released.changed().await;
        }
        Bend::None | Bend::DropAfter(_) => {}
    }
    let (response, changes) = watched(next.run(request)).await;
    told(&sandbox, line, response.status(), &changes);
    match bend {
        Bend::DropAfter(None) => cut(),
        Bend::DropAfter(Some(instead)) => page(&sandbox, &instead),
        _ => response,
    }
}

/// Executed after its connection is gone.
#[expect(clippy::disallowed_methods, reason = "the request has lost its connection and owns itself")]
fn late(sandbox: Sandbox, line: Value, request: Request, next: Next, after: std::time::Duration) {
    tokio::spawn(async move {
        tokio::time::sleep(after).await;
        let (response, changes) = watched(next.run(request)).await;
        told(&sandbox, line, response.status(), &changes);
    });
}

/// Writes down what the page changed, before its answer leaves.
fn told(sandbox: &Sandbox, line: Value, status: StatusCode, changes: &[Change]) {
    journal::shown(&mut sandbox.lock(), line, status.as_u16(), changes);
    sandbox.wake();
}

/// An application is told by the redirect, with whatever code was ordered (RFC 6749 §4.1.2.1); people by a page.
fn refused(sandbox: &Sandbox, request: &Request, refusal: ApiError) -> Response {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    // Only a genuine client's return address is gone back to, and some refusals are the browser's own (D).
    let is_genuine = query.get("client_id").is_some_and(|id| id == APP_ID);
    let is_told = is_genuine && !matches!(refusal.status, 401 | 403 | 429);
    let redirect = query.get("redirect_uri").filter(|uri| is_told && authorize::is_registered(uri));
    if let ("/oauth/authorize", Some(redirect)) = (request.uri().path(), redirect) {
        let state = query.get("state").map(String::as_str);
        return pages::found(&authorize::answer(redirect, &[("error", &refusal.code)], state));
    }
    page(sandbox, &refusal)
}

fn page(sandbox: &Sandbox, refusal: &ApiError) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut page = pages::refusal(sandbox, "This does not work at the moment", "Try again in a while.");
    *page.status_mut() = status;
    page.into_response()
}

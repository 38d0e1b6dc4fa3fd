//! Subscriptions of the partner application (01 §e.2): HTTP Basic.

use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine;
use serde_json::{Value, json};

use crate::store::Sandbox;
use crate::wire::{ApiError, Input, Reply, ok, text_at};
use crate::world::{APP_ID, APP_SECRET, Subscription};

fn admit(headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| base64::engine::general_purpose::STANDARD.decode(encoded).ok());
    if given.as_deref() == Some(format!("{APP_ID}:{APP_SECRET}").as_bytes()) {
        return Ok(());
    }
    Err(ApiError::new(401, "credentials_invalid", "Access denied, authentication failed"))
}

pub async fn create(State(sandbox): State<Sandbox>, headers: HeaderMap, Input(body): Input) -> Reply {
    admit(&headers)?;
    let field = |name: &str| text_at(&body, name).ok_or_else(|| ApiError::required(name));
    let (request_id, url) = (field("request_id")?, field("url")?);
    field("version")?;
    let events: Vec<String> = body
        .get("events")
        .and_then(Value::as_array)
        .filter(|events| !events.is_empty())
        .ok_or_else(|| ApiError::required("events"))?
        .iter()
        .filter_map(|event| event.as_str().map(str::to_owned))
        .collect();
    let mut state = sandbox.lock();
    if let Some(known) =
        state.world.subscriptions.iter().find(|known| known.request_id.as_ref() == Some(&request_id))
    {
        return ok(show(known));
    }
    let subscription = Subscription {
        id: state.world.token("wh_"),
        url,
        secret: state.world.token("whsec_"),
        events,
        partner: true,
        request_id: Some(request_id),
    };
    let answer = show(&subscription);
    state.world.subscriptions.push(subscription);
    ok(answer)
}

pub async fn list(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Reply {
    admit(&headers)?;
    let state = sandbox.lock();
    let own = state.world.subscriptions.iter().filter(|known| known.partner);
    ok(json!({ "items": own.map(show).collect::<Vec<_>>() }))
}

fn show(subscription: &Subscription) -> Value {
    json!({
        "id": subscription.id,
        "request_id": subscription.request_id,
        "url": subscription.url,
        "events": subscription.events,
        "version": "2026-08-21",
        "secret": subscription.secret,
    })
}

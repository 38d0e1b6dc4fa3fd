//! What people do in Airwallex's web app: disconnect, lose a role, finish the hosted pages.

use axum::extract::{Path, State};
use serde_json::json;

use crate::accounts::hosted;
use crate::auth::token::revoke;
use crate::store::Sandbox;
use crate::webhooks;
use crate::wire::{ApiError, Reply, ok};

pub async fn disconnect(State(sandbox): State<Sandbox>, Path(account): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    let now = state.now();
    let world = &mut state.world;
    let Some(connection) = world.connections.get(&account).cloned() else {
        return Err(ApiError::not_found("the connection"));
    };
    revoke(world, &account, "disconnected by the customer", now);
    if world.meta.settings.older_disconnect_event {
        let data = json!({
            "id": connection.id,
            "account_id": account,
            "status": "DISCONNECTED",
            "authorized_scopes": connection.scopes,
        });
        webhooks::emit(world, now, "connection.disconnected", &account, &account, data);
    } else {
        let data = json!({ "account_ids": [account], "reason": "user_initiated" });
        webhooks::emit_to_application(world, now, "partner_connection.disconnected", data);
    }
    ok(json!({}))
}

/// The consenting person becomes a Viewer; the next token call finds out (D, no event).
pub async fn downgrade(State(sandbox): State<Sandbox>, Path(account): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    let email = state.world.connections.get(&account).map(|connection| connection.email.clone());
    let person = email.and_then(|email| state.world.people.get_mut(&email));
    let person = person.ok_or_else(|| ApiError::not_found("the connection"))?;
    person.roles.insert(account, "Viewer".to_owned());
    ok(json!({}))
}

pub async fn complete_flow(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    let now = state.now();
    if hosted::complete(&mut state.world, &id, None, now) {
        ok(json!({}))
    } else {
        Err(ApiError::not_found("the open flow"))
    }
}

/// The person closes the page; the flow stays as it is.
pub async fn abandon_flow(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Reply {
    match sandbox.lock().world.flows.get_mut(&id) {
        Some(flow) => {
            flow.session = None;
            ok(json!({}))
        }
        None => Err(ApiError::not_found("the flow")),
    }
}

//! What people do in Airwallex's web app: disconnect, lose a role, finish the hosted pages.

use axum::extract::{Path, State};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Input;
use crate::accounts::{hosted, liveness};
use crate::auth::token::revoke;
use crate::store::Sandbox;
use crate::webhooks;
use crate::wire::{ApiError, Kind, Reply, check_kinds, flag_at, ok};
use crate::world::auth::Connection;

/// One account, or with `{"organisation": true}` every account that the same person consented for.
pub async fn disconnect(State(sandbox): State<Sandbox>, Path(account): Path<String>, input: Input) -> Reply {
    let body = input.only(&["organisation"])?;
    check_kinds(&body, &[("organisation", Kind::Flag)])?;
    let mut state = sandbox.lock();
    let now = state.now();
    let world = &mut state.world;
    let Some(connection) = world.connections.get(&account).cloned() else {
        return Err(ApiError::not_found("the connection"));
    };
    let is_whole = flag_at(&body, "organisation").unwrap_or(false);
    let is_gone =
        |other: &&Connection| other.account == account || (is_whole && other.email == connection.email);
    let gone: Vec<Connection> =
        world.connections.values().filter(|other| other.connected).filter(is_gone).cloned().collect();
    for connection in &gone {
        revoke(world, &connection.account, "disconnected by the customer", now);
    }
    if world.meta.settings.older_disconnect_event {
        for connection in &gone {
            let data = json!({
                "id": connection.id,
                "account_id": connection.account,
                "status": "DISCONNECTED",
                "authorized_scopes": connection.scopes,
            });
            let (account, source) = (&connection.account, &connection.id);
            webhooks::emit(world, now, "connection.disconnected", account, source, data);
        }
    } else if !gone.is_empty() {
        let accounts: Vec<&str> = gone.iter().map(|connection| connection.account.as_str()).collect();
        let organisation = is_whole.then(|| organisation_of(&connection.email));
        let mut data = json!({ "account_ids": accounts, "reason": "user_initiated" });
        if let Some(organisation) = &organisation {
            data["org_id"] = json!(organisation);
        }
        let name = "partner_connection.disconnected";
        webhooks::emit_to_application(world, now, name, organisation.as_deref(), data);
    }
    ok(json!({}))
}

/// The organisation of a person: nobody here belongs to two.
fn organisation_of(email: &str) -> String {
    format!("org_{}", &hex::encode(Sha256::digest(email.as_bytes()))[..22])
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

/// The person's liveness check of an RFI: `{"passed": false}`, true if nothing is said.
pub async fn liveness(State(sandbox): State<Sandbox>, Path(rfi): Path<String>, input: Input) -> Reply {
    let body = input.only(&["passed"])?;
    check_kinds(&body, &[("passed", Kind::Flag)])?;
    let mut state = sandbox.lock();
    let now = state.now();
    let question = liveness::first(&state.world, &rfi).unwrap_or_default();
    if liveness::end(&mut state.world, &rfi, &question, flag_at(&body, "passed").unwrap_or(true), now) {
        ok(json!({}))
    } else {
        Err(ApiError::not_found("an open check of liveness"))
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

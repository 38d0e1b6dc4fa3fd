//! Every request and its effect, in order; and the totals by which tests judge.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Query, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};

use crate::serve::Cut;
use crate::store::Sandbox;
use crate::wire::{Reply, ok, stamp};

/// Journals the wire, without queries, bodies or credentials.
pub async fn layer(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let behalf =
        request.headers().get("x-on-behalf-of").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let response = next.run(request).await;
    let cut = response.extensions().get::<Cut>().is_some();
    let mut state = sandbox.lock();
    let line = json!({
        "at": stamp(state.now()),
        "method": method,
        "path": path,
        "on_behalf_of": behalf,
        "status": if cut { Value::Null } else { json!(response.status().as_u16()) },
    });
    state.world.journal.push(line);
    drop(state);
    response
}

/// Filterable by `method`, `path` and `webhook`.
pub async fn list(State(sandbox): State<Sandbox>, Query(query): Query<HashMap<String, String>>) -> Reply {
    let state = sandbox.lock();
    let wanted = |line: &&Value| {
        query.iter().all(|(name, value)| line.get(name).and_then(Value::as_str) == Some(value))
    };
    ok(json!({ "items": state.world.journal.iter().filter(wanted).collect::<Vec<_>>() }))
}

/// Transfers by `request_id`, money per wallet, refreshes per connection, revocations and why.
pub async fn totals(State(sandbox): State<Sandbox>) -> Reply {
    let state = sandbox.lock();
    let mut transfers: BTreeMap<&str, u64> = BTreeMap::new();
    for transfer in state.world.transfers.values() {
        *transfers.entry(&transfer.request_id).or_default() += 1;
    }
    let mut wallets: BTreeMap<String, (rust_decimal::Decimal, rust_decimal::Decimal)> = BTreeMap::new();
    for entry in &state.world.ledger {
        let sums = wallets.entry(format!("{} {}", entry.account, entry.currency)).or_default();
        if entry.amount.is_sign_negative() {
            sums.0 -= entry.amount;
        } else {
            sums.1 += entry.amount;
        }
    }
    let wallets: BTreeMap<_, _> = wallets
        .into_iter()
        .map(|(name, (debits, credits))| {
            (name, json!({ "debits": debits.to_string(), "credits": credits.to_string() }))
        })
        .collect();
    let refreshes: BTreeMap<_, _> =
        state.world.connections.iter().map(|(account, connection)| (account, connection.refreshes)).collect();
    ok(json!({
        "transfers": transfers,
        "wallets": wallets,
        "refreshes": refreshes,
        "revocations": state.world.revocations,
    }))
}

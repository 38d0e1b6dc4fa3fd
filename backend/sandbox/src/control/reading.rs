//! What testers judge by: the journal and the totals.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Query, State};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::store::Sandbox;
use crate::wire::{Reply, ok};

type Fields = HashMap<String, String>;

/// Every request and its effect, in order. Any member of a line filters, by its text; a `*` at the end
/// matches the rest.
pub async fn journal(State(sandbox): State<Sandbox>, Query(query): Query<Fields>) -> Reply {
    let state = sandbox.lock();
    let fits = |line: &Value, name: &str, wanted: &str| {
        let text = match line.get(name) {
            None | Some(Value::Null) => "null".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        match wanted.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => text == wanted,
        }
    };
    let wanted = |line: &&Value| query.iter().all(|(name, value)| fits(line, name, value));
    ok(json!({ "items": state.world.journal.values().filter(wanted).collect::<Vec<_>>() }))
}

/// Transfers by `request_id`, money per wallet, refreshes per connection, revocations and why.
pub async fn totals(State(sandbox): State<Sandbox>) -> Reply {
    let state = sandbox.lock();
    let mut transfers: BTreeMap<&str, u64> = BTreeMap::new();
    for transfer in state.world.transfers.values() {
        *transfers.entry(&transfer.request_id).or_default() += 1;
    }
    let mut wallets: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    for entry in state.world.ledger.values() {
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
        "revocations": state.world.meta.revocations,
    }))
}

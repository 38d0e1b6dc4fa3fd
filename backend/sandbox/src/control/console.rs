//! `GET /`: what this is, and what is in it.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::pages;
use crate::store::Sandbox;
use crate::wire::stamp;

pub async fn page(State(sandbox): State<Sandbox>) -> Response {
    let context = {
        let state = sandbox.lock();
        let world = &state.world;
        let accounts: Vec<_> = world
            .accounts
            .values()
            .map(|account| {
                let balances: Vec<_> = account
                    .balances
                    .iter()
                    .map(|(currency, amount)| format!("{amount} {currency}"))
                    .collect();
                json!({
                    "id": account.id,
                    "name": account.document["nickname"],
                    "status": account.status,
                    "linked": account.linked,
                    "balances": balances.join(", "),
                })
            })
            .collect();
        let mut transfers: Vec<_> = world.transfers.values().collect();
        transfers.sort_by_key(|transfer| std::cmp::Reverse(transfer.sequence));
        let transfers: Vec<_> = transfers
            .iter()
            .take(50)
            .map(|transfer| {
                json!({
                    "reference": transfer.short_reference_id,
                    "account": transfer.account,
                    "amount": format!("{} {}", transfer.amount, transfer.currency),
                    "status": transfer.status,
                    "at": stamp(transfer.updated_at),
                })
            })
            .collect();
        let events: Vec<_> = world
            .deliveries
            .iter()
            .rev()
            .take(50)
            .map(|delivery| {
                json!({
                    "name": delivery.event["name"],
                    "account": delivery.event["account_id"],
                    "status": delivery.status,
                    "attempts": delivery.attempts,
                    "answer": delivery.last_answer,
                })
            })
            .collect();
        let journal: Vec<_> = world.journal.iter().rev().take(60).cloned().collect();
        json!({
            "accounts": accounts,
            "transfers": transfers,
            "events": events,
            "journal": journal,
            "settings": world.settings,
            "faults": world.faults,
        })
    };
    pages::render(&sandbox, "console.html", context)
}

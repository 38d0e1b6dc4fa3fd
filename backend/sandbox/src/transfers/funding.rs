//! Wallets: balances, what a transfer takes, and the demo's endowment.

use axum::extract::State;
use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::auth::guard::{Needs, admit};
use crate::store::Sandbox;
use crate::wire::{ApiError, Reply, number, ok};
use crate::world::{Instant, PLATFORM, Transfer, World};

/// `GET /api/v1/balances/current` (D): a bare array.
pub async fn balances(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Reply {
    let state = sandbox.lock();
    let caller = admit(&state, &headers, Needs::Read("balance:read"))?;
    let account =
        state.world.accounts.get(&caller.account).ok_or_else(|| ApiError::not_found("the account"))?;
    let rows: Vec<Value> = account
        .balances
        .iter()
        .map(|(currency, amount)| {
            json!({
                "currency": currency,
                "available_amount": number(*amount),
                "pending_amount": number(Decimal::ZERO),
                "reserved_amount": number(Decimal::ZERO),
                "prepayment_amount": number(Decimal::ZERO),
                "total_amount": number(*amount),
            })
        })
        .collect();
    ok(Value::Array(rows))
}

/// 10,000 in each corridor currency (`--auto`).
pub fn endow(world: &mut World, account: &str, now: Instant) {
    for currency in ["GBP", "USD", "EUR", "AUD", "SGD"] {
        world.book(now, account, currency, Decimal::from(10_000), "DEPOSIT", "endowment");
    }
}

/// Takes principal and application fee from the wallet, both or neither (A: never a payout without
/// its fee). Answers whether the wallet had enough.
pub fn take(world: &mut World, transfer: &Transfer, now: Instant) -> bool {
    let mut needed = vec![(transfer.currency.clone(), transfer.amount)];
    if let Some((fee, currency)) = &transfer.application_fee {
        match needed.iter_mut().find(|(known, _)| known == currency) {
            Some((_, sum)) => *sum += fee,
            None => needed.push((currency.clone(), *fee)),
        }
    }
    let Some(account) = world.accounts.get(&transfer.account) else { return false };
    let has = |currency: &str| account.balances.get(currency).copied().unwrap_or_default();
    if needed.iter().any(|(currency, sum)| has(currency) < *sum) {
        return false;
    }
    world.book(now, &transfer.account, &transfer.currency, -transfer.amount, "PAYOUT", &transfer.id);
    if let Some((fee, currency)) = &transfer.application_fee {
        world.book(now, &transfer.account, currency, -*fee, "FEE", &transfer.id);
        world.book(now, PLATFORM, currency, *fee, "FEE", &transfer.id);
    }
    true
}

/// The principal comes back; the fee is kept (D: non-refundable).
pub fn give_back(world: &mut World, transfer: &Transfer, now: Instant) {
    world.book(now, &transfer.account, &transfer.currency, transfer.amount, "PAYOUT_REVERSAL", &transfer.id);
}

//! Deposits: what banks send in, and what is pulled from linked accounts.

use chrono::Duration;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::Instant;
use crate::wallet::{self, Booking};
use crate::webhooks::emit;
use crate::wire::{ApiError, Reply, Sizes, amount_in, created, number, numbered_page, ok, stamp, text_at};
use crate::world::World;
use crate::world::money::Deposit;
use crate::world::steering::Due;
use crate::{funds, fx, transfers};

pub const MEMBERS: &[&str] =
    &["request_id", "amount", "currency", "funding_source_id", "deposit_type", "reference"];
pub const SIMULATED: &[&str] = &[
    "global_account_id",
    "amount",
    "payer_name",
    "payer_bankname",
    "payer_country",
    "reference",
    "statement_ref",
    "status",
];

/// What becomes of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Settled,
    Rejected,
    Reversed,
}

/// Pulls from a linked account; arrives a second later.
pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = call.need("request_id")?;
    let account = call.account().to_owned();
    call.refuse_duplicate("deposits", &request_id)?;
    let currency = call.need("currency")?;
    let amount = amount_in(&call.body, "amount", &currency)?.ok_or_else(|| ApiError::required("amount"))?;
    let funding_source = call.need("funding_source_id")?;
    funds::check_source(&call.body, "funding_source_id")?;
    let kind = text_at(&call.body, "deposit_type").unwrap_or_else(|| "DIRECT_DEBIT".to_owned());
    if kind != "DIRECT_DEBIT" && kind != "FASTER_DIRECT_DEBIT" {
        return Err(ApiError::new(400, "invalid_deposit_type", "DIRECT_DEBIT or FASTER_DIRECT_DEBIT")
            .at("deposit_type"));
    }
    let now = call.now;
    let deposit = Deposit {
        id: call.world.uuid(),
        account: account.clone(),
        kind: "DIRECT_DEBIT".to_owned(),
        status: "PENDING".to_owned(),
        amount,
        currency,
        global_account: None,
        funding_source: Some(funding_source),
        payer: json!({ "name": "Linked account" }),
        reference: text_at(&call.body, "reference"),
        statement_reference: None,
        created_at: now,
        settled_at: None,
        sequence: call.world.sequence(),
    };
    let (id, answer) = (deposit.id.clone(), body(&deposit));
    call.world.use_request_id("deposits", &account, &request_id, &id, now);
    begin(call.world, deposit, now);
    call.world.later(now + Duration::seconds(1), Due::Deposit { deposit: id });
    created(answer)
}

/// A new deposit is on its way in.
fn begin(world: &mut World, deposit: Deposit, now: Instant) {
    wallet::expect(world, &deposit.account, &deposit.currency, deposit.amount);
    let id = deposit.id.clone();
    if deposit.global_account.is_some() {
        // What older versions hear besides (D for the name, A for the body).
        emit(world, now, "ga.new", &deposit.account, &id, body(&deposit));
    }
    world.deposits.insert(id.clone(), deposit);
    tell(world, &id, now);
}

/// A deposit ends: settled money can be spent, and what waited for it goes on. Answers whether it could.
pub fn conclude(world: &mut World, id: &str, outcome: Outcome, now: Instant) -> bool {
    let Some(deposit) = world.deposits.get(id).cloned() else { return false };
    let is_legal = match outcome {
        Outcome::Settled | Outcome::Rejected => deposit.status == "PENDING",
        Outcome::Reversed => deposit.status == "SETTLED",
    };
    if !is_legal {
        return false;
    }
    if deposit.status == "PENDING" {
        wallet::expect(world, &deposit.account, &deposit.currency, -deposit.amount);
    }
    let (status, amount) = match outcome {
        Outcome::Settled => ("SETTLED", deposit.amount),
        Outcome::Rejected => ("REJECTED", Decimal::ZERO),
        Outcome::Reversed => ("REVERSED", -deposit.amount),
    };
    let booking = Booking {
        account: &deposit.account,
        currency: &deposit.currency,
        amount,
        kind: "DEPOSIT",
        source: id,
    };
    wallet::book(world, now, &booking);
    if let Some(row) = world.deposits.get_mut(id) {
        row.status = status.to_owned();
        row.settled_at = (outcome == Outcome::Settled).then_some(now).or(row.settled_at);
    }
    tell(world, id, now);
    if outcome == Outcome::Settled {
        tell_top_up(world, &deposit, now);
        fx::retry_overdue(world, &deposit.account, now);
        transfers::lifecycle::retry_overdue(world, &deposit.account, now);
    }
    true
}

fn tell(world: &mut World, id: &str, now: Instant) {
    let Some(deposit) = world.deposits.get(id) else { return };
    let name = format!("deposit.{}", deposit.status.to_lowercase());
    let (account, data) = (deposit.account.clone(), body(deposit));
    emit(world, now, &name, &account, id, data);
}

/// The wallet's own event for money that came in on a global account (C: a live delivery).
fn tell_top_up(world: &mut World, deposit: &Deposit, now: Instant) {
    let Some(home) = &deposit.global_account else { return };
    let data = json!({
        "ccy": deposit.currency,
        "amount": number(deposit.amount),
        "balance": number(wallet::available(world, &deposit.account, &deposit.currency)),
        "type": "DEPOSIT",
        "transaction_reference": {
            "deposit_id": deposit.id,
            "global_account_id": home,
            "payer_name": deposit.payer["name"],
            "payer_bank_name": deposit.payer["bank_account"]["bank_name"],
        },
        "reference": deposit.reference,
        "created_at": stamp(now),
    });
    emit(world, now, "balance.ga.top_up", &deposit.account, &deposit.id, data);
}

fn body(deposit: &Deposit) -> Value {
    let mut body = json!({
        "id": deposit.id,
        "type": deposit.kind,
        "status": deposit.status,
        "amount": number(deposit.amount),
        "currency": deposit.currency,
        "fee": { "amount": 0, "currency": deposit.currency },
        "payer": deposit.payer,
        "global_account_id": deposit.global_account,
        "funding_source_id": deposit.funding_source,
        "reference": deposit.reference,
        "provider_transaction_id": deposit.statement_reference,
        "created_at": stamp(deposit.created_at),
        "estimated_settled_at": stamp(deposit.settled_at.unwrap_or(deposit.created_at)),
    });
    if let Some(at) = deposit.settled_at {
        body["settled_at"] = json!(stamp(at));
    }
    if deposit.status == "REJECTED" {
        body["failure_details"] =
            json!({ "code": "REJECTED", "iso_code": "MS03", "provider_failure_details": {} });
    }
    body
}

pub fn get(call: &mut Call<'_>) -> Reply {
    match call.world.deposits.get(call.id()).filter(|deposit| deposit.account == call.account()) {
        Some(deposit) => ok(body(deposit)),
        None => Err(ApiError::not_found("the deposit")),
    }
}

pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let (from, to) = (query.instant("from_created_at")?, query.instant("to_created_at")?);
    let visible_until = call.visible_until();
    let mut found: Vec<_> = call
        .world
        .deposits
        .values()
        .filter(|deposit| deposit.account == call.account() && deposit.created_at <= visible_until)
        .filter(|deposit| from.is_none_or(|from| deposit.created_at >= from))
        .filter(|deposit| to.is_none_or(|to| deposit.created_at <= to))
        .collect();
    found.sort_by_key(|deposit| std::cmp::Reverse(deposit.sequence));
    ok(numbered_page(found.into_iter().map(body).collect(), query, Sizes::new(100, 10, 1000))?)
}

/// A bank sends something in on a global account (D: `deposit`, singular).
pub fn simulate(call: &mut Call<'_>) -> Reply {
    let id = call.need("global_account_id")?;
    let home = call.world.global_accounts.get(&id).filter(|row| row.account == call.account()).cloned();
    let home = home.filter(|row| row.status == "ACTIVE");
    let home =
        home.ok_or_else(|| ApiError::invalid("global_account_id", "no active global account has this id"))?;
    let amount =
        amount_in(&call.body, "amount", &home.currency)?.ok_or_else(|| ApiError::required("amount"))?;
    if amount > Decimal::from(100_000_000) {
        return Err(ApiError::invalid("amount", "0 to 100,000,000"));
    }
    let status = text_at(&call.body, "status").unwrap_or_else(|| "SETTLED".to_owned());
    if !matches!(status.as_str(), "PENDING" | "SETTLED" | "REJECTED") {
        return Err(ApiError::invalid("status", "PENDING, SETTLED or REJECTED"));
    }
    let statement = text_at(&call.body, "statement_ref");
    if statement.is_some() && call.world.deposits.values().any(|known| known.statement_reference == statement)
    {
        return Err(ApiError::invalid("statement_ref", "must be unique"));
    }
    let now = call.now;
    let payer = json!({
        "name": text_at(&call.body, "payer_name").unwrap_or_else(|| "Sandbox payer".to_owned()),
        "country_code": text_at(&call.body, "payer_country").unwrap_or_else(|| home.country_code.clone()),
        "bank_account": { "bank_name": text_at(&call.body, "payer_bankname") },
    });
    let deposit = Deposit {
        id: call.world.uuid(),
        account: home.account,
        kind: "BANK_TRANSFER".to_owned(),
        status: "PENDING".to_owned(),
        amount,
        currency: home.currency,
        global_account: Some(home.id),
        funding_source: None,
        payer,
        reference: text_at(&call.body, "reference"),
        statement_reference: statement,
        created_at: now,
        settled_at: None,
        sequence: call.world.sequence(),
    };
    let id = deposit.id.clone();
    begin(call.world, deposit, now);
    match status.as_str() {
        "SETTLED" => conclude(call.world, &id, Outcome::Settled, now),
        "REJECTED" => conclude(call.world, &id, Outcome::Rejected, now),
        _ => true,
    };
    let deposit = call.world.deposits.get(&id).ok_or_else(|| ApiError::not_found("the deposit"))?;
    created(json!({
        "id": deposit.id,
        "amount": number(deposit.amount),
        "currency": deposit.currency,
        "status": deposit.status,
        "deposit_type": "CREDIT",
        "create_time": stamp(deposit.created_at),
        "fee_amount": 0,
        "fee_currency": deposit.currency,
        "payer_name": deposit.payer["name"],
        "payer_country": deposit.payer["country_code"],
        "reference": deposit.reference,
        "statement_ref": deposit.statement_reference,
    }))
}

pub fn simulate_settle(call: &mut Call<'_>) -> Reply {
    simulated(call, Outcome::Settled)
}

pub fn simulate_reject(call: &mut Call<'_>) -> Reply {
    simulated(call, Outcome::Rejected)
}

pub fn simulate_reverse(call: &mut Call<'_>) -> Reply {
    simulated(call, Outcome::Reversed)
}

/// Answers a bare boolean (D).
fn simulated(call: &mut Call<'_>, outcome: Outcome) -> Reply {
    let is_own = call.world.deposits.get(call.id()).is_some_and(|deposit| deposit.account == call.account());
    if !is_own {
        return Err(ApiError::not_found("the deposit"));
    }
    let id = call.id().to_owned();
    if !conclude(call.world, &id, outcome, call.now) {
        return Err(
            ApiError::new(400, "invalid_status_for_operation", "the deposit is in another status").at("id")
        );
    }
    ok(json!(true))
}

//! `GET /`: what this is, what is in it, and the tester's orders as forms. Each form is a thin call into
//! the order of the same name under `/_control/`.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};

use super::{Input, faults, steer, webhooks};
use crate::pages;
use crate::store::Sandbox;
use crate::wire::{ApiError, Reply, minor_units};
use crate::world::World;
use crate::world::accounts::Account;
use crate::world::faults::Fault;
use crate::world::steering::Delivery;

type Fields = HashMap<String, String>;

/// Moves the clock: `advance_seconds`, or `freeze`.
pub async fn clock(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let order = match fields.get("advance_seconds") {
        Some(seconds) => json!({ "advance_seconds": seconds }),
        None => json!({ "freeze": fields.get("freeze").is_some_and(|freeze| freeze == "true") }),
    };
    back(&sandbox, steer::move_clock(State(sandbox.clone()), Input(order)).await)
}

/// Sends an event again.
pub async fn resend(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    back(&sandbox, webhooks::resend(State(sandbox.clone()), Path(id)).await)
}

/// Orders a fault for a path or an event; without a number of times until it is deleted.
pub async fn fault(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let field = |name: &str| fields.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let mut order = json!({ "action": field("action") });
    match field("where") {
        Some(path) if path.starts_with('/') => order["path"] = json!(path),
        Some(event) => order["event"] = json!(event),
        None => {}
    }
    match field("times").map(str::parse::<u32>) {
        None => {}
        Some(Ok(times)) if times > 0 => order["times"] = json!(times),
        Some(_) => {
            let wrong = ApiError::invalid("times", "“Times” takes a whole number, or nothing for always.");
            return back(&sandbox, Err(wrong));
        }
    }
    back(&sandbox, faults::add(State(sandbox.clone()), Input(order)).await)
}

/// Deletes one fault, or all.
pub async fn clear(State(sandbox): State<Sandbox>, Form(fields): Form<Fields>) -> Response {
    let which = match fields.get("id") {
        Some(id) => json!({ "id": id }),
        None => json!({}),
    };
    back(&sandbox, faults::clear(State(sandbox.clone()), Query(which)).await)
}

/// To the console again, or the refusal.
fn back(sandbox: &Sandbox, reply: Reply) -> Response {
    match reply {
        Ok(_) => Redirect::to("/").into_response(),
        Err(refusal) => {
            let words = [refusal.source.unwrap_or_default(), refusal.message].join(" ");
            pages::refusal(sandbox, "This cannot be ordered", words.trim())
        }
    }
}

/// The newest of each, most of them cut after this many.
const SHOWN: usize = 50;

pub async fn page(State(sandbox): State<Sandbox>, Query(query): Query<Fields>) -> Response {
    let context = {
        let state = sandbox.lock();
        json!({
            "accounts": state.world.accounts.values().map(account).collect::<Vec<_>>(),
            "transfers": transfers(&state.world),
            "events": state.world.deliveries.values().rev().take(SHOWN).map(event).collect::<Vec<_>>(),
            "journal": state.world.journal.values().rev().take(SHOWN).map(line).collect::<Vec<_>>(),
            "faults": state.world.meta.faults.iter().map(order).collect::<Vec<_>>(),
            "is_frozen": state.clock.is_frozen(),
            "follows": query.contains_key("follow"),
        })
    };
    pages::render(&sandbox, "console.html", context)
}

fn account(account: &Account) -> Value {
    let balances: Vec<_> =
        account.balances.iter().map(|(currency, wallet)| money(wallet.available, currency)).collect();
    json!({
        "id": account.id,
        "name": account.name(),
        "status": account.status,
        "linked": account.linked,
        "balances": balances.join(", "),
        "currencies": (balances.len() > 3).then(|| format!("{} currencies", balances.len())),
    })
}

fn transfers(world: &World) -> Vec<Value> {
    let mut found: Vec<_> = world.transfers.values().collect();
    found.sort_by_key(|transfer| std::cmp::Reverse(transfer.sequence));
    let shown = found.into_iter().take(SHOWN).map(|transfer| {
        json!({
            "reference": transfer.short_reference_id,
            "account": transfer.account,
            "amount": money(transfer.amounts.transfer, &transfer.amounts.transfer_currency),
            "status": transfer.status,
            "at": transfer.updated_at.format("%-d %b, %H:%M:%S").to_string(),
        })
    });
    shown.collect()
}

fn event(delivery: &Delivery) -> Value {
    let data = &delivery.event["data"];
    let about = ["short_reference_id", "id"].iter().find_map(|name| data[name].as_str());
    json!({
        "id": delivery.id,
        "name": delivery.event["name"],
        "about": about,
        "status": delivery.status,
        "attempts": delivery.attempts.to_string(),
        "answer": delivery.last_answer.map(|answer| answer.to_string()),
    })
}

/// A line of the journal: when, what was answered, what was asked, and what that did.
fn line(line: &Value) -> Value {
    let text = |name: &str| line[name].as_str();
    // Numbers as texts: exact numbers are no plain numbers to templates.
    let number = |name: &str| line[name].as_number().map(ToString::to_string);
    let at = text("at").and_then(|at| at.parse::<chrono::DateTime<chrono::Utc>>().ok());
    let (what, answer) = match text("webhook") {
        Some(event) => (format!("event {event}"), number("answer").unwrap_or_else(|| "none".to_owned())),
        None => {
            let asked =
                format!("{} {}", text("method").unwrap_or_default(), text("path").unwrap_or_default());
            (asked, number("status").unwrap_or_else(|| "cut".to_owned()))
        }
    };
    let effects = line["effect"].as_array().into_iter().flatten();
    let told = effects.filter_map(|effect| {
        Some(format!(
            "{} {} {}",
            effect["table"].as_str()?,
            effect["key"].as_str()?,
            effect["fate"].as_str()?
        ))
    });
    json!({
        "at": at.map(|at| at.format("%-d %b, %H:%M:%S%.3f").to_string()),
        "is_trouble": !answer.starts_with('2') && !answer.starts_with('3'),
        "answer": answer,
        "what": what,
        "on_behalf_of": text("on_behalf_of"),
        "request_id": text("request_id"),
        "fault": text("fault"),
        "effects": told.collect::<Vec<_>>(),
    })
}

fn money(amount: rust_decimal::Decimal, currency: &str) -> String {
    format!("{amount:.*} {currency}", minor_units(currency) as usize)
}

fn order(fault: &Fault) -> Value {
    let (path, event) = (fault.path.as_deref(), fault.event.as_deref());
    json!({
        "id": fault.id,
        "where": path.or(event).unwrap_or("everything"),
        "action": fault.action,
        "times": fault.times.map_or_else(|| "until deleted".to_owned(), |times| times.to_string()),
    })
}

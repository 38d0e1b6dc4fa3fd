//! What the console shows, row by row, in words.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Fields, SHOWN};
use crate::clock::Instant;
use crate::transfers::lifecycle;
use crate::wire::minor_units;
use crate::world::World;
use crate::world::accounts::Account;
use crate::world::faults::Fault;
use crate::world::start::PLATFORM;
use crate::world::steering::{Delivery, Settings, Subscription};

fn time(at: Instant) -> String {
    at.format("%-d %b, %H:%M:%S").to_string()
}

/// Thousands grouped, with the currency behind.
fn money(amount: rust_decimal::Decimal, currency: &str) -> String {
    let text = format!("{amount:.*}", minor_units(currency) as usize);
    let (whole, minor) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, minor)| (whole, Some(minor)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let minor = minor.map(|minor| format!(".{minor}")).unwrap_or_default();
    format!("{sign}{grouped}{minor} {currency}")
}

/// The newest first; the platform last.
pub fn accounts(world: &World) -> Vec<Value> {
    let mut found: Vec<&Account> = world.accounts.values().collect();
    found.sort_by_key(|account| std::cmp::Reverse(account.created_at));
    let (platform, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|account| account.id == PLATFORM);
    others.into_iter().take(SHOWN).chain(platform).map(|one| account(world, one)).collect()
}

fn account(world: &World, account: &Account) -> Value {
    let held = account.balances.iter().filter(|(_, wallet)| !wallet.available.is_zero());
    let balances: Vec<_> = held.map(|(currency, wallet)| money(wallet.available, currency)).collect();
    let link = match (account.id == PLATFORM, account.linked) {
        (true, _) => "the platform itself",
        (_, true) => "linked",
        (_, false) => "not linked",
    };
    json!({
        "id": account.id,
        "name": account.name(),
        "status": account.status,
        "link": link,
        "is_connected": world.connections.get(&account.id).is_some_and(|connection| connection.connected),
        "balances": balances,
    })
}

/// What an account is called, or else its id.
fn name_of(world: &World, id: &str) -> String {
    world.accounts.get(id).map_or(id, |account| account.name()).to_owned()
}

/// What approvers may say, and how that is told to people.
const DECISIONS: [(&str, &str); 4] = [
    ("APPROVED", "Approve"),
    ("APPROVAL_REJECTED", "Reject"),
    ("APPROVAL_RECALLED", "Recall"),
    ("APPROVAL_BLOCKED", "Block"),
];

pub fn transfers(world: &World) -> Vec<Value> {
    let mut found: Vec<_> = world.transfers.values().collect();
    found.sort_by_key(|transfer| std::cmp::Reverse(transfer.sequence));
    let shown = found.into_iter().take(SHOWN).map(|transfer| {
        let status = transfer.status.as_str();
        // Whoever types a failure and presses Enter means that one.
        let mut next = lifecycle::next_of(status).to_vec();
        next.sort_by_key(|next| *next != "FAILED");
        json!({
            "id": transfer.id,
            "reference": transfer.short_reference_id,
            "account": transfer.account,
            "name": name_of(world, &transfer.account),
            "amount": money(transfer.amounts.transfer, &transfer.amounts.transfer_currency),
            "status": transfer.status,
            "failure": transfer.failure.as_ref().map(|failure| failure.kind.clone()),
            "next": next,
            "decisions": if status == "IN_APPROVAL" { &DECISIONS[..] } else { &[] },
            "is_over": matches!(status, "PAID" | "FAILED" | "CANCELLED"),
            "at": time(transfer.updated_at),
        })
    });
    shown.collect()
}

/// Questions that are not closed, the newest first.
pub fn rfis(world: &World, url: &str) -> Vec<Value> {
    let mut open: Vec<_> = world.rfis.values().filter(|rfi| rfi.status != "CLOSED").collect();
    open.sort_by_key(|rfi| std::cmp::Reverse(rfi.created_at));
    let shown = open.into_iter().take(SHOWN).map(|rfi| {
        let questions = rfi.active.iter().flat_map(|round| &round.questions);
        let check = questions
            .clone()
            .find(|question| question["answer"]["type"] == "LIVENESS")
            .and_then(|question| question["id"].as_str())
            .map(|question| format!("{url}/hosted/liveness/{}/{question}", rfi.id));
        json!({
            "id": rfi.id,
            "kind": rfi.kind,
            "status": rfi.status,
            "account": rfi.account,
            "name": name_of(world, &rfi.account),
            "count": questions.count().to_string(),
            "check": check,
        })
    });
    shown.collect()
}

pub fn subscriptions(world: &World) -> Vec<Value> {
    world.subscriptions.values().map(subscription).collect()
}

fn subscription(row: &Subscription) -> Value {
    json!({
        "id": row.id,
        "kind": if row.partner { "application" } else { "platform" },
        "url": row.url,
        "version": row.version,
        "events": if row.events.is_empty() { "all events".to_owned() } else { row.events.join(", ") },
        "accounts": row.partner.then(|| row.accounts.join(", ")),
    })
}

pub fn events(world: &World) -> Vec<Value> {
    world.deliveries.values().rev().take(SHOWN).map(|delivery| event(world, delivery)).collect()
}

fn event(world: &World, delivery: &Delivery) -> Value {
    let data = &delivery.event["data"];
    let about = ["short_reference_id", "id"].iter().find_map(|name| data[name].as_str());
    let made = delivery.event["created_at"].as_str().or(delivery.event["createdAt"].as_str());
    let made = made.and_then(crate::wire::instant_in);
    json!({
        "id": delivery.id,
        "name": delivery.event["name"],
        "about": about,
        "account": delivery.event["account_id"].as_str().or(delivery.event["accountId"].as_str()),
        "at": made.map(time).unwrap_or_default(),
        "to": world.subscriptions.get(&delivery.subscription).map_or("nobody any more", |one| &one.id),
        "status": delivery.status,
        "attempts": delivery.attempts.to_string(),
        "answer": delivery.last_answer.map_or_else(|| "none".to_owned(), |answer| answer.to_string()),
        "body": serde_json::to_string_pretty(&delivery.event).unwrap_or_default(),
    })
}

/// The newest lines that fit what is looked for: a part of the path or event, a status, an account.
pub fn journal(world: &World, query: &Fields) -> Vec<Value> {
    let wanted = |name: &str| query.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let fits = |line: &&Value| {
        let place = line["path"].as_str().or(line["webhook"].as_str()).unwrap_or_default();
        let status = line["status"].as_number().or(line["answer"].as_number()).map(ToString::to_string);
        wanted("path").is_none_or(|part| place.contains(part))
            && wanted("status").is_none_or(|start| status.is_some_and(|status| status.starts_with(start)))
            && wanted("account").is_none_or(|account| line["on_behalf_of"].as_str() == Some(account))
    };
    world.journal.values().rev().filter(fits).take(SHOWN).map(line).collect()
}

/// A line of the journal: when, what was answered, what was asked, and what that did.
fn line(line: &Value) -> Value {
    let text = |name: &str| line[name].as_str();
    // Numbers as texts: exact numbers are no plain numbers to templates.
    let number = |name: &str| line[name].as_number().map(ToString::to_string);
    let at = text("at").and_then(|at| at.parse::<DateTime<Utc>>().ok());
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

pub fn fault(fault: &Fault) -> Value {
    let (path, event) = (fault.path.as_deref(), fault.event.as_deref());
    let place = path.or(event).unwrap_or("everything");
    let method = fault.method.as_deref().map(|method| format!("{method} ")).unwrap_or_default();
    json!({
        "id": fault.id,
        "where": format!("{method}{place}"),
        "action": fault.action,
        "words": words(&fault.action),
        "times": fault.times.map_or_else(|| "until deleted".to_owned(), |times| times.to_string()),
        "end": if fault.action == "hold" { "Let go" } else { "Delete" },
    })
}

/// What a fault does, in words.
pub fn words(action: &str) -> &'static str {
    match action {
        "refuse" => "answer an error, do nothing",
        "limit" => "answer 429, do nothing",
        "delay" => "later",
        "drop_before" => "cut the connection, do nothing",
        "drop_after" => "do it, then cut the connection",
        "late" => "cut the connection, do it later",
        "hold" => "wait until let go",
        "list_lag" => "new objects show in lists later",
        "duplicate" => "deliver twice",
        "reorder" => "deliver after the next one",
        "fail" => "fail the first attempt",
        "bad_signature" => "sign wrongly",
        "stale_timestamp" => "sign with an old time",
        "lose" => "never deliver",
        _ => "",
    }
}

/// Every switch with its values.
pub fn settings(settings: &Settings) -> Vec<Value> {
    let told = json!(settings);
    let choices = |name: &str| -> Vec<&str> {
        match name {
            "rotation" => vec!["fresh_pair", "same_successor"],
            "limits" => vec!["off", "sandbox", "production"],
            _ => vec!["true", "false"],
        }
    };
    let row = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let choices = if value.parse::<u32>().is_ok() { vec![] } else { choices(name) };
        json!({ "name": name, "value": value, "choices": choices })
    };
    told.as_object().into_iter().flatten().map(row).collect()
}

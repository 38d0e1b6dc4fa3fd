//! Connected-account transfers and charges: debited at once, credited when settled.

use chrono::Duration;
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::Instant;
use crate::wallet::{self, Booking};
use crate::webhooks::emit;
use crate::wire::{ApiError, Reply, Sizes, amount_in, created, merge, number, numbered_page, ok, stamp};
use crate::world::World;
use crate::world::money::Movement;
use crate::world::start::PLATFORM;
use crate::world::steering::Due;

/// Lower-case reasons (02 §7.1, with those that clients were seen to send).
const REASONS: [&str; 25] = [
    "wages_salary",
    "donation_charitable_contribution",
    "personal_remittance",
    "transfer_to_own_account",
    "pension",
    "family_support",
    "living_expenses",
    "education_training",
    "travel",
    "investment_proceeds",
    "investment_capital",
    "loan_credit_repayment",
    "taxes",
    "goods_purchased",
    "business_expenses",
    "medical_services",
    "professional_business_services",
    "technical_services",
    "other_services",
    "construction",
    "freight",
    "real_estate",
    "settlement",
    "commission",
    "bill_payment",
];

pub fn create_transfer(call: &mut Call<'_>) -> Reply {
    create(call, false)
}

pub fn create_charge(call: &mut Call<'_>) -> Reply {
    create(call, true)
}

/// The name of the resource, as ids of requests are counted by it.
fn resource(is_charge: bool) -> &'static str {
    if is_charge { "charges" } else { "connected_account_transfers" }
}

fn create(call: &mut Call<'_>, is_charge: bool) -> Reply {
    let request_id = call.need("request_id")?;
    if request_id.chars().count() > 50 {
        return Err(ApiError::invalid("request_id", "1 to 50 characters"));
    }
    let account = call.account().to_owned();
    call.refuse_duplicate(resource(is_charge), &request_id)?;
    let currency = call.need("currency")?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(ApiError::invalid("currency", "three capital letters"));
    }
    let amount = amount_in(&call.body, "amount", &currency)?.ok_or_else(|| ApiError::required("amount"))?;
    let member = if is_charge { "source" } else { "destination" };
    let other = call.need(member)?;
    if !REASONS.contains(&call.need("reason")?.as_str()) {
        return Err(ApiError::invalid("reason", "not one of the documented reasons"));
    }
    if !(1..=140).contains(&call.need("reference")?.chars().count()) {
        return Err(ApiError::invalid("reference", "1 to 140 characters"));
    }
    check_other(call, &other, member)?;
    let (from, to) = if is_charge { (other, account.clone()) } else { (account.clone(), other) };
    if wallet::available(call.world, &from, &currency) < amount {
        return Err(ApiError::new(400, "insufficient_fund", "the wallet holds too little").at("amount"));
    }
    let now = call.now;
    let movement = Movement {
        id: call.world.uuid(),
        is_charge,
        account: account.clone(),
        from,
        to,
        request_id: request_id.clone(),
        short_reference_id: call.world.short_reference('D', now),
        amount,
        currency,
        status: "NEW".to_owned(),
        echo: echo(&call.body),
        created_at: now,
        updated_at: now,
        sequence: call.world.sequence(),
    };
    let (id, answer) = (movement.id.clone(), body(&movement));
    call.world.use_request_id(resource(is_charge), &account, &request_id, &id, now);
    pay(call.world, &movement, now);
    call.world.movements.insert(id.clone(), movement);
    tell(call.world, &id, now);
    if call.settings().settle_platform_funds {
        call.world.later(now + Duration::milliseconds(300), Due::Settlement { movement: id });
    }
    created(answer)
}

/// The other side is connected and able to (D): not the same as unknown, which is another code.
fn check_other(call: &Call<'_>, other: &str, member: &str) -> Result<(), ApiError> {
    if other == call.account() {
        return Err(ApiError::invalid(member, "the account itself"));
    }
    let Some(account) = call.world.accounts.get(other) else {
        return Err(ApiError::new(400, "not_found", "the account does not exist").at(member));
    };
    let is_ours = account.linked || other == PLATFORM;
    if !is_ours || account.status != "ACTIVE" {
        let message = "the account is not connected, or not fully operational";
        return Err(ApiError::new(400, "validation_failed", message).at(member));
    }
    Ok(())
}

fn echo(body: &Value) -> Value {
    let mut echo = json!({});
    for name in ["reason", "reference", "description", "additional_info"] {
        merge(&mut echo, &json!({ name: body.get(name) }));
    }
    echo
}

fn kind(movement: &Movement) -> &'static str {
    if movement.is_charge { "CHARGE" } else { "TRANSFER" }
}

/// Debited from the one when it is made (D).
fn pay(world: &mut World, movement: &Movement, now: Instant) {
    let booking = Booking {
        account: &movement.from,
        currency: &movement.currency,
        amount: -movement.amount,
        kind: kind(movement),
        source: &movement.id,
    };
    wallet::book(world, now, &booking);
}

/// The next status, with what it does to money (02 §7.3).
pub fn transition(world: &mut World, id: &str, next: &str, now: Instant) -> Result<(), ApiError> {
    let movement = world.movements.get(id).cloned().ok_or_else(|| ApiError::not_found("the movement"))?;
    let is_legal = matches!(
        (movement.status.as_str(), next),
        ("NEW", "PENDING" | "SETTLED" | "SUSPENDED" | "FAILED")
            | ("PENDING", "SETTLED" | "SUSPENDED")
            | ("SUSPENDED", "FAILED")
    );
    if !is_legal {
        return Err(ApiError::invalid("next_status", format!("{} does not lead to {next}", movement.status)));
    }
    let credited = match next {
        "SETTLED" => Some(&movement.to),
        "FAILED" => Some(&movement.from),
        _ => None,
    };
    if let Some(account) = credited {
        let booking = Booking {
            account,
            currency: &movement.currency,
            amount: movement.amount,
            kind: kind(&movement),
            source: id,
        };
        wallet::book(world, now, &booking);
    }
    if let Some(row) = world.movements.get_mut(id) {
        row.status = next.to_owned();
        row.updated_at = now;
    }
    tell(world, id, now);
    Ok(())
}

/// By itself, unless somebody decided before. Answers who got money.
pub fn settle(world: &mut World, id: &str, now: Instant) -> Option<String> {
    let movement = world.movements.get(id).filter(|movement| movement.status == "NEW")?;
    let to = movement.to.clone();
    transition(world, id, "SETTLED", now).ok().map(|()| to)
}

/// `account_id` is the platform's for charges, the debited account's for transfers (A).
fn tell(world: &mut World, id: &str, now: Instant) {
    let Some(movement) = world.movements.get(id) else { return };
    let (prefix, account) = if movement.is_charge {
        ("charge", PLATFORM.to_owned())
    } else {
        ("connected_account_transfer", movement.from.clone())
    };
    let name = format!("{prefix}.{}", movement.status.to_lowercase());
    let data = body(movement);
    emit(world, now, &name, &account, id, data);
}

fn body(movement: &Movement) -> Value {
    let mut body = json!({
        "id": movement.id,
        "request_id": movement.request_id,
        "short_reference_id": movement.short_reference_id,
        "amount": number(movement.amount),
        "currency": movement.currency,
        "fee": 0,
        "status": movement.status,
        "created_at": stamp(movement.created_at),
        "updated_at": stamp(movement.updated_at),
    });
    let (member, other) =
        if movement.is_charge { ("source", &movement.from) } else { ("destination", &movement.to) };
    body[member] = json!(other);
    merge(&mut body, &movement.echo);
    if movement.status == "FAILED" {
        body["failure_reasons"] = json!(["REVIEW_REFUSED"]);
    }
    body
}

pub fn get_transfer(call: &mut Call<'_>) -> Reply {
    get(call, false)
}

pub fn get_charge(call: &mut Call<'_>) -> Reply {
    get(call, true)
}

fn get(call: &Call<'_>, is_charge: bool) -> Reply {
    let found = call.world.movements.get(call.id());
    let found = found.filter(|found| found.is_charge == is_charge && found.account == call.account());
    match found {
        Some(movement) => ok(body(movement)),
        None => {
            Err(ApiError::not_found(if is_charge { "the charge" } else { "the connected account transfer" }))
        }
    }
}

pub fn transfers(call: &mut Call<'_>) -> Reply {
    list(call, false)
}

pub fn charges(call: &mut Call<'_>) -> Reply {
    list(call, true)
}

fn list(call: &Call<'_>, is_charge: bool) -> Reply {
    let query = call.query;
    let (from, to) = (query.instant("from_created_at")?, query.instant("to_created_at")?);
    let visible_until = call.visible_until();
    let other = if is_charge { "source" } else { "destination" };
    let mut found: Vec<_> = call
        .world
        .movements
        .values()
        .filter(|found| found.is_charge == is_charge && found.account == call.account())
        .filter(|found| found.created_at <= visible_until)
        .filter(|found| query.wants("currency", &found.currency) && query.wants("status", &found.status))
        .filter(|found| query.wants("request_id", &found.request_id))
        .filter(|found| query.wants(other, if is_charge { &found.from } else { &found.to }))
        .filter(|found| from.is_none_or(|from| found.created_at >= from))
        .filter(|found| to.is_none_or(|to| found.created_at <= to))
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.sequence));
    ok(numbered_page(found.into_iter().map(body).collect(), query, Sizes::new(100, 10, 2000))?)
}

//! Conversions (03 §e.3).

use chrono::{Duration, NaiveTime};
use serde_json::{Value, json};

use super::quotes::{deal_body, held, read_deal, use_up};
use crate::call::Call;
use crate::clock::Instant;
use crate::wallet::{self, Booking};
use crate::webhooks::emit;
use crate::wire::{ApiError, Reply, Sizes, created, flag_at, merge, numbered_page, ok, stamp, text_at};
use crate::world::World;
use crate::world::money::Conversion;
use crate::world::start::PLATFORM;
use crate::world::steering::Due;

pub const MEMBERS: &[&str] = &[
    "request_id",
    "sell_currency",
    "buy_currency",
    "sell_amount",
    "buy_amount",
    "conversion_date",
    "quote_id",
    "reason",
    "term_agreement",
    "funding_source.id",
    "funding_source.debit_type",
    "metadata.*",
    "application_fee_options.*.source_type",
    "application_fee_options.*.type",
    "application_fee_options.*.percentage",
    "application_fee_options.*.currency",
    "application_fee_options.*.metadata.*",
];

/// When a day's conversions must be funded (UTC).
const CUTOFF_HOUR: u32 = 20;

pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = call.need("request_id")?;
    if request_id.chars().count() > 64 {
        return Err(ApiError::invalid("request_id", "at most 64 characters"));
    }
    let account = call.account().to_owned();
    call.refuse_duplicate("conversions", &request_id)?;
    check_agreement(call)?;
    let mut deal = read_deal(call, &call.body, 0)?;
    let quote_id = text_at(&call.body, "quote_id");
    if let Some(quote) = &quote_id {
        let quoted = held(call.world, &account, quote, &deal, "invalid_quote_id", call.now)?;
        if text_at(&call.body, "conversion_date").is_some() && quoted.conversion_date != deal.conversion_date
        {
            return Err(
                ApiError::new(400, "invalid_quote_id", "the quote is for another date").at("quote_id")
            );
        }
        deal = quoted;
        use_up(call.world, quote);
    }
    let now = call.now;
    let cutoff = NaiveTime::from_hms_opt(CUTOFF_HOUR, 0, 0).unwrap_or_default();
    let cutoff_at = deal.conversion_date.and_time(cutoff).and_utc().max(now);
    let is_today = deal.conversion_date <= now.date_naive();
    let conversion = Conversion {
        id: call.world.uuid(),
        account: account.clone(),
        request_id: request_id.clone(),
        short_reference_id: call.world.short_reference('C', now),
        status: "SCHEDULED".to_owned(),
        deal,
        quote_id,
        metadata: call.body.get("metadata").cloned().unwrap_or(Value::Null),
        cutoff_at,
        created_at: now,
        updated_at: now,
        sequence: call.world.sequence(),
    };
    let (id, answer) = (conversion.id.clone(), body(&conversion));
    call.world.use_request_id("conversions", &account, &request_id, &id, now);
    call.world.conversions.insert(id.clone(), conversion);
    tell(call.world, &id, now);
    // With enough money and today's date it settles at once, but after the answer (A).
    let at = if is_today { now + Duration::milliseconds(100) } else { cutoff_at };
    call.world.later(at, Due::Conversion { conversion: id });
    created(answer)
}

/// The older path wants the terms agreed to (D for the code, A for the cause).
fn check_agreement(call: &Call<'_>) -> Result<(), ApiError> {
    let is_older = call.path.starts_with("/api/v1/conversions");
    if is_older && flag_at(&call.body, "term_agreement") != Some(true) {
        let message = "the terms have to be agreed to";
        return Err(ApiError::new(400, "term_agreement_is_required", message).at("term_agreement"));
    }
    Ok(())
}

/// Both legs at once, or OVERDUE where the money is missing.
pub fn settle(world: &mut World, id: &str, now: Instant) {
    let Some(conversion) = world.conversions.get(id).cloned() else { return };
    if !matches!(conversion.status.as_str(), "SCHEDULED" | "OVERDUE") {
        return;
    }
    let (account, deal) = (conversion.account.as_str(), &conversion.deal);
    if wallet::available(world, account, &deal.sell_currency) < deal.sell_amount {
        if conversion.status == "SCHEDULED" && now >= conversion.cutoff_at {
            set(world, id, "OVERDUE", now);
        } else if conversion.status == "SCHEDULED" {
            world.later(conversion.cutoff_at, Due::Conversion { conversion: id.to_owned() });
        }
        return;
    }
    let rate = Some((deal.currency_pair.as_str(), deal.client_rate));
    let leg = |currency, amount, kind| Booking { account, currency, amount, kind, source: id };
    wallet::book_at(world, now, &leg(&deal.sell_currency, -deal.sell_amount, "CONVERSION_SELL"), rate);
    wallet::book_at(world, now, &leg(&deal.buy_currency, deal.buy_amount, "CONVERSION_BUY"), rate);
    for fee in &deal.application_fees {
        let earned = Booking {
            account: PLATFORM,
            currency: &fee.currency,
            amount: fee.amount,
            kind: "FEE",
            source: id,
        };
        wallet::book(world, now, &earned);
    }
    set(world, id, "SETTLED", now);
}

/// A wallet got money: overdue conversions are tried again.
pub fn retry_overdue(world: &mut World, account: &str, now: Instant) {
    let waiting =
        world.conversions.values().filter(|found| found.account == account && found.status == "OVERDUE");
    for id in waiting.map(|found| found.id.clone()).collect::<Vec<_>>() {
        world.later(now, Due::Conversion { conversion: id });
    }
}

/// A status, and its event.
pub fn set(world: &mut World, id: &str, status: &str, now: Instant) {
    if let Some(conversion) = world.conversions.get_mut(id) {
        conversion.status = status.to_owned();
        conversion.updated_at = now;
    }
    tell(world, id, now);
}

fn tell(world: &mut World, id: &str, now: Instant) {
    let Some(conversion) = world.conversions.get(id) else { return };
    let name = format!("conversion.{}", conversion.status.to_lowercase());
    let (account, data) = (conversion.account.clone(), body(conversion));
    emit(world, now, &name, &account, id, data);
}

pub fn body(conversion: &Conversion) -> Value {
    let mut body = json!({
        "conversion_id": conversion.id,
        "request_id": conversion.request_id,
        "short_reference_id": conversion.short_reference_id,
        "status": conversion.status,
        "settlement_cutoff_at": stamp(conversion.cutoff_at),
        "funding": { "status": match conversion.status.as_str() {
            "SETTLED" => "FUNDED",
            "OVERDUE" => "FAILED",
            "CANCELLED" => "CANCELLED",
            _ => "SCHEDULED",
        } },
        "created_at": stamp(conversion.created_at),
        "updated_at": stamp(conversion.updated_at),
    });
    merge(&mut body, &deal_body(&conversion.deal));
    merge(&mut body, &json!({ "quote_id": conversion.quote_id, "metadata": conversion.metadata }));
    body
}

pub fn get(call: &mut Call<'_>) -> Reply {
    match call.world.conversions.get(call.id()).filter(|found| found.account == call.account()) {
        Some(conversion) => ok(body(conversion)),
        None => Err(ApiError::not_found("the conversion")),
    }
}

/// The last 31 days unless a window is given (D).
pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let from = query.instant("from_created_at")?.unwrap_or(call.now - Duration::days(31));
    let to = query.instant("to_created_at")?.unwrap_or(call.now);
    let visible_until = call.visible_until();
    let mut found: Vec<_> = call
        .world
        .conversions
        .values()
        .filter(|found| found.account == call.account() && found.created_at <= visible_until)
        .filter(|found| found.created_at >= from && found.created_at <= to)
        .filter(|found| query.wants("buy_currency", &found.deal.buy_currency))
        .filter(|found| query.wants("sell_currency", &found.deal.sell_currency))
        .filter(|found| query.wants("status", &found.status) && query.wants("request_id", &found.request_id))
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.sequence));
    ok(numbered_page(found.into_iter().map(body).collect(), query, Sizes::new(100, 10, 1000))?)
}

//! Indicative rates and quotes (03 §e.1–e.2).

use chrono::{Duration, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::rates::{self, Ask, Given};
use crate::call::Call;
use crate::clock::Instant;
use crate::wire::{ApiError, Reply, amount_in, created, list_at, number, ok, stamp, text_at};
use crate::world::World;
use crate::world::money::{ApplicationFee, Deal, Quote};

pub const MEMBERS: &[&str] = &[
    "sell_currency",
    "buy_currency",
    "sell_amount",
    "buy_amount",
    "validity",
    "conversion_date",
    "request_id",
    "application_fee_options.*.source_type",
    "application_fee_options.*.type",
    "application_fee_options.*.percentage",
    "application_fee_options.*.currency",
    "application_fee_options.*.metadata.*",
];

/// How long, and what it costs in hundredths of a per cent (D: hints).
const VALIDITIES: &[(&str, i64, i64)] = &[
    ("MIN_1", 60, 2),
    ("MIN_15", 900, 8),
    ("MIN_30", 1800, 10),
    ("HR_1", 3600, 12),
    ("HR_4", 14_400, 20),
    ("HR_8", 28_800, 25),
    ("HR_24", 86_400, 30),
];

/// Indicative; without an amount, for 10,000 of the sold currency (A).
pub fn current(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let mut asked = json!({});
    for name in ["sell_currency", "buy_currency", "sell_amount", "buy_amount", "conversion_date"] {
        if let Some(value) = query.get(name) {
            asked[name] = json!(value);
        }
    }
    let is_open = asked.get("sell_amount").is_none() && asked.get("buy_amount").is_none();
    if is_open {
        asked["sell_amount"] = json!("10000");
    }
    let deal = read_deal(call, &asked, 0)?;
    ok(json!({
        "currency_pair": deal.currency_pair,
        "rate": number(deal.client_rate),
        "sell_currency": deal.sell_currency,
        "buy_currency": deal.buy_currency,
        "dealt_currency": deal.dealt_currency,
        "conversion_date": deal.conversion_date.to_string(),
        "created_at": stamp(call.now),
        "rate_details": levels(&deal),
    }))
}

/// The rates from the market's to the client's (D: names).
pub fn levels(deal: &Deal) -> Value {
    let mut levels = vec![json!({
        "level": "CLIENT",
        "rate": number(deal.client_rate),
        "sell_amount": number(deal.sell_amount),
        "buy_amount": number(deal.buy_amount),
    })];
    if deal.awx_rate != deal.client_rate {
        levels.push(json!({ "level": "AWX", "rate": number(deal.awx_rate) }));
    }
    Value::Array(levels)
}

/// Reads a deal of the members that quotes, conversions and rates share.
pub fn read_deal(call: &Call<'_>, body: &Value, hold: i64) -> Result<Deal, ApiError> {
    let (sell, buy) = (ApiError::need(body, "sell_currency")?, ApiError::need(body, "buy_currency")?);
    for (name, code) in [("sell_currency", &sell), ("buy_currency", &buy)] {
        if !rates::currencies().any(|known| known == code) {
            return Err(ApiError::new(400, "unsupported_currency", "this currency is not dealt in").at(name));
        }
    }
    let given = match (amount_in(body, "sell_amount", &sell)?, amount_in(body, "buy_amount", &buy)?) {
        (Some(amount), None) => Given::Sell(amount),
        (None, Some(amount)) => Given::Buy(amount),
        (None, None) => return Err(ApiError::required("sell_amount")),
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid("buy_amount", "one of the two amounts, not both"));
        }
    };
    let fee_percent = conversion_fee(call, body)?;
    let ask = Ask { sell: &sell, buy: &buy, given, hold, fee_percent, date: read_date(call, body)? };
    let mut deal = rates::deal(&ask)?;
    rates::check_size(deal.sell_amount, &sell)?;
    if let Some(options) = body.get("application_fee_options") {
        deal.application_fee_options = options.clone();
    }
    Ok(deal)
}

/// Today to T+2, on days on which is dealt (D).
fn read_date(call: &Call<'_>, body: &Value) -> Result<NaiveDate, ApiError> {
    let open = rates::open_days(call.now.date_naive());
    let Some(text) = text_at(body, "conversion_date") else { return Ok(open[0]) };
    let wrong = |words: &str| ApiError::new(400, "invalid_conversion_date", words).at("conversion_date");
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").map_err(|_| wrong("a date reads YYYY-MM-DD"))?;
    if open.contains(&date) { Ok(date) } else { Err(wrong("today or one of the next two business days")) }
}

/// The one PERCENTAGE that a conversion may carry, 0 to 20 (D).
pub fn conversion_fee(call: &Call<'_>, body: &Value) -> Result<Decimal, ApiError> {
    let path = "application_fee_options";
    let options = list_at(body, path);
    let [option] = options else {
        return match options {
            [] => Ok(Decimal::ZERO),
            _ => Err(ApiError::invalid(path, "at most one, of PERCENTAGE")),
        };
    };
    if !call.caller.on_behalf {
        return Err(ApiError::invalid(path, "only for a connected account"));
    }
    if text_at(option, "source_type").as_deref() != Some("CONVERSION") {
        return Err(ApiError::invalid(&format!("{path}[0].source_type"), "CONVERSION"));
    }
    percentage(option, &format!("{path}[0]"), 20)
}

/// A PERCENTAGE of up to `most` per cent.
pub fn percentage(option: &Value, at: &str, most: u32) -> Result<Decimal, ApiError> {
    if text_at(option, "type").as_deref() != Some("PERCENTAGE") {
        return Err(ApiError::invalid(&format!("{at}.type"), "PERCENTAGE"));
    }
    let path = format!("{at}.percentage");
    let text = text_at(option, "percentage").ok_or_else(|| ApiError::required(&path))?;
    let percent: Decimal = text.parse().map_err(|_| ApiError::invalid(&path, "not a number"))?;
    if percent < Decimal::ZERO || percent > Decimal::from(most) {
        return Err(ApiError::invalid(&path, format!("between 0 and {most}")));
    }
    Ok(percent)
}

pub fn create(call: &mut Call<'_>) -> Reply {
    let validity = call.need("validity")?;
    let Some((_, seconds, hold)) = VALIDITIES.iter().find(|(name, ..)| *name == validity) else {
        let names: Vec<&str> = VALIDITIES.iter().map(|(name, ..)| *name).collect();
        return Err(ApiError::invalid("validity", format!("one of {}", names.join(", "))));
    };
    let deal = read_deal(call, &call.body, *hold)?;
    let quote = Quote {
        id: call.world.uuid(),
        account: call.account().to_owned(),
        deal,
        validity,
        valid_from: call.now,
        valid_to: call.now + Duration::seconds(*seconds),
        used: false,
    };
    let answer = body(&quote);
    call.world.quotes.insert(quote.id.clone(), quote);
    created(answer)
}

pub fn get(call: &mut Call<'_>) -> Reply {
    match call.world.quotes.get(call.id()).filter(|quote| quote.account == call.account()) {
        Some(quote) => ok(body(quote)),
        None => Err(ApiError::not_found("the quote")),
    }
}

fn body(quote: &Quote) -> Value {
    let mut body = json!({
        "quote_id": quote.id,
        "validity": quote.validity,
        "usage": "SINGLE_USE",
        "valid_from_at": stamp(quote.valid_from),
        "valid_to_at": stamp(quote.valid_to),
    });
    crate::wire::merge(&mut body, &deal_body(&quote.deal));
    body
}

/// The members that quotes and conversions share.
pub fn deal_body(deal: &Deal) -> Value {
    let mut body = json!({
        "currency_pair": deal.currency_pair,
        "client_rate": number(deal.client_rate),
        "awx_rate": number(deal.awx_rate),
        "mid_rate": number(deal.mid_rate),
        "sell_currency": deal.sell_currency,
        "sell_amount": number(deal.sell_amount),
        "buy_currency": deal.buy_currency,
        "buy_amount": number(deal.buy_amount),
        "dealt_currency": deal.dealt_currency,
        "conversion_date": deal.conversion_date.to_string(),
        "rate_details": levels(deal),
        "application_fees": fees(&deal.application_fees),
    });
    if !deal.application_fee_options.is_null() {
        body["application_fee_options"] = deal.application_fee_options.clone();
    }
    body
}

/// Application fees as they are told: without type or rate (D).
pub fn fees(fees: &[ApplicationFee]) -> Value {
    let told = fees.iter().map(|fee| {
        json!({ "source_type": fee.source_type, "amount": fee.amount.to_string(), "currency": fee.currency })
    });
    told.collect()
}

/// The deal of a quote for one of the same pair and side, not above it (A). Using it up is another step.
pub fn held(
    world: &World,
    account: &str,
    id: &str,
    wanted: &Deal,
    unknown: &str,
    now: Instant,
) -> Result<Deal, ApiError> {
    let wrong = |words: &str| ApiError::new(400, unknown, words).at("quote_id");
    let quote = world.quotes.get(id).filter(|quote| quote.account == account);
    let quote = quote.ok_or_else(|| wrong("there is no such quote"))?;
    if quote.used {
        return Err(wrong("the quote has been used"));
    }
    if quote.valid_to <= now {
        return Err(ApiError::new(400, "expired_quote", "the quote has expired").at("quote_id"));
    }
    let deal = &quote.deal;
    let is_same = deal.sell_currency == wanted.sell_currency
        && deal.buy_currency == wanted.buy_currency
        && deal.dealt_currency == wanted.dealt_currency;
    let sells = deal.dealt_currency == deal.sell_currency;
    let is_covered =
        if sells { wanted.sell_amount <= deal.sell_amount } else { wanted.buy_amount <= deal.buy_amount };
    if !is_same || !is_covered {
        return Err(wrong("the quote is for another pair, side or amount"));
    }
    if !wanted.application_fees.is_empty() && deal.application_fees.is_empty() {
        return Err(wrong("the quote was made without an application fee"));
    }
    let given = if sells { Given::Sell(wanted.sell_amount) } else { Given::Buy(wanted.buy_amount) };
    Ok(rates::rescale(deal, given))
}

/// A quote is for one use.
pub fn use_up(world: &mut World, id: &str) {
    if let Some(quote) = world.quotes.get_mut(id) {
        quote.used = true;
    }
}

pub fn currencies(_: &mut Call<'_>) -> Reply {
    let items: Vec<Value> = rates::currencies().map(|code| json!({ "currency": code })).collect();
    ok(json!({ "items": items }))
}

pub fn closed_days(call: &mut Call<'_>) -> Reply {
    let pair = call.query.get("currency_pair").ok_or_else(|| ApiError::required("currency_pair"))?;
    let is_known = pair.len() == 6
        && pair.is_ascii()
        && [&pair[..3], &pair[3..]].iter().all(|code| rates::currencies().any(|known| known == *code));
    if !is_known {
        return Err(
            ApiError::new(400, "invalid_currency_pair", "this pair is not dealt in").at("currency_pair")
        );
    }
    let days: Vec<String> = rates::closed_days(call.now.date_naive()).map(|day| day.to_string()).collect();
    ok(json!({ "currency_pair": pair, "invalid_conversion_dates": days }))
}

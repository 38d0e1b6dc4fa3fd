//! What a payout takes and gives (03 §c.4–c.5): payer pays = payee receives + fees, to the minor unit.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::beneficiaries::Rail;
use crate::call::Call;
use crate::fx;
use crate::fx::rates::{self, Ask, Given};
use crate::wire::{ApiError, amount_in, is_currency, list_at, round, text_at};
use crate::world::money::{Amounts, ApplicationFee, Deal};

/// What a transfer asks for.
pub struct Asked {
    pub source_currency: String,
    pub transfer_currency: String,
    /// `Sell` for a given source amount, `Buy` for a given transfer amount.
    pub given: Given,
    pub fee_paid_by: String,
    pub charge_option: Option<String>,
}

/// Airwallex's own fee (A): nothing for LOCAL, 15 or 25 USD for SWIFT, and 3 USD for US ACH behind a switch.
fn fee(call: &Call<'_>, asked: &Asked, rail: &Rail) -> Decimal {
    let dollars = match rail.method.as_str() {
        "SWIFT" if asked.charge_option.as_deref() == Some("PAYER") => 25,
        "SWIFT" => 15,
        _ if call.settings().sandbox_fees && rail.system.as_deref() == Some("ACH") => 3,
        _ => 0,
    };
    let worth = rates::in_dollars(Decimal::ONE, &asked.source_currency);
    if worth.is_zero() {
        Decimal::ZERO
    } else {
        round(Decimal::from(dollars) / worth, &asked.source_currency)
    }
}

/// Both sides of a transfer, and the deal between them when the currencies differ.
pub fn work_out(
    call: &Call<'_>,
    body: &Value,
    asked: &Asked,
    rail: &Rail,
) -> Result<(Amounts, Option<Deal>), ApiError> {
    let fee = fee(call, asked, rail);
    let by_payer = asked.fee_paid_by == "PAYER";
    let too_small = || {
        let message = "the amount does not cover the fee that the payee pays";
        ApiError::new(400, "amount_below_limit", message).at("transfer_amount")
    };
    if asked.source_currency == asked.transfer_currency {
        let (Given::Sell(amount) | Given::Buy(amount)) = asked.given;
        if !by_payer && amount <= fee {
            return Err(too_small());
        }
        let (payer_pays, receives) = if by_payer { (amount + fee, amount) } else { (amount, amount - fee) };
        return Ok((amounts(asked, (amount, amount), fee, payer_pays, receives), None));
    }
    let deal = deal(call, body, asked, asked.given)?;
    let (source, transfer) = (deal.sell_amount, deal.buy_amount);
    if by_payer {
        return Ok((amounts(asked, (source, transfer), fee, source + fee, transfer), Some(deal)));
    }
    // The payee's fee is taken before the exchange, so that nothing is lost between the two.
    if source <= fee {
        return Err(too_small());
    }
    let rest = rates::rescale(&deal, Given::Sell(source - fee));
    let receives = rest.buy_amount;
    Ok((amounts(asked, (source, transfer), fee, source, receives), Some(rest)))
}

fn amounts(
    asked: &Asked,
    sides: (Decimal, Decimal),
    fee: Decimal,
    payer_pays: Decimal,
    receives: Decimal,
) -> Amounts {
    Amounts {
        source_currency: asked.source_currency.clone(),
        source: sides.0,
        transfer_currency: asked.transfer_currency.clone(),
        transfer: sides.1,
        fee,
        fee_paid_by: asked.fee_paid_by.clone(),
        payer_pays,
        beneficiary_receives: receives,
    }
}

fn deal(call: &Call<'_>, body: &Value, asked: &Asked, given: Given) -> Result<Deal, ApiError> {
    let ask = Ask {
        sell: &asked.source_currency,
        buy: &asked.transfer_currency,
        given,
        hold: 0,
        fee_percent: conversion_percent(body)?,
        date: rates::next_open(call.now.date_naive()),
    };
    let deal = rates::deal(&ask).map_err(|error| {
        ApiError { code: "unsupported_currency".to_owned(), ..error }.at("source_currency")
    })?;
    rates::check_size(deal.sell_amount, &asked.source_currency)?;
    match text_at(body, "quote_id") {
        Some(quote) => fx::held_quote(call.world, call.account(), &quote, &deal, "invalid_quote", call.now),
        None => Ok(deal),
    }
}

/// The CONVERSION option among a transfer's fees, which widens the rate (D).
fn conversion_percent(body: &Value) -> Result<Decimal, ApiError> {
    for (index, option) in list_at(body, "application_fee_options").iter().enumerate() {
        if text_at(option, "source_type").as_deref() == Some("CONVERSION") {
            let at = format!("application_fee_options[{index}]");
            if text_at(option, "type").as_deref() != Some("PERCENTAGE") {
                return Err(ApiError::invalid(&format!("{at}.type"), "a conversion takes PERCENTAGE only"));
            }
            return fx::percentage(option, &at, 20);
        }
    }
    Ok(Decimal::ZERO)
}

/// What the platform earns (02 §8.1–8.2): at most one FIXED and one PERCENTAGE on the transfer, and one
/// PERCENTAGE on its conversion; only on behalf of a connected account.
pub fn application_fees(
    call: &Call<'_>,
    body: &Value,
    amounts: &Amounts,
    deal: Option<&Deal>,
) -> Result<Vec<ApplicationFee>, ApiError> {
    let path = "application_fee_options";
    let options = list_at(body, path);
    if options.is_empty() {
        return Ok(vec![]);
    }
    if !call.caller.on_behalf {
        return Err(ApiError::invalid(path, "only for a connected account"));
    }
    let mut seen: Vec<(String, String)> = vec![];
    let mut fees: Vec<ApplicationFee> = vec![];
    for (index, option) in options.iter().enumerate() {
        let at = format!("{path}[{index}]");
        let need =
            |name: &str| text_at(option, name).ok_or_else(|| ApiError::required(&format!("{at}.{name}")));
        let (source, kind) = (need("source_type")?, need("type")?);
        if seen.contains(&(source.clone(), kind.clone())) {
            return Err(ApiError::invalid(&at, "at most one FIXED and one PERCENTAGE"));
        }
        let (amount, currency) = match (source.as_str(), kind.as_str()) {
            ("TRANSFER", "FIXED") => {
                let currency = need("currency")?;
                if !is_currency(&currency) {
                    return Err(ApiError::invalid(&format!("{at}.currency"), "there is no such currency"));
                }
                let amount = amount_in(option, "amount", &currency)
                    .map_err(|error| error.at(&format!("{at}.amount")))?
                    .ok_or_else(|| ApiError::required(&format!("{at}.amount")))?;
                (amount, currency)
            }
            ("TRANSFER", "PERCENTAGE") => {
                let percent = fx::percentage(option, &at, 100)?;
                let share = amounts.payer_pays * percent / Decimal::ONE_HUNDRED;
                (round(share, &amounts.source_currency), amounts.source_currency.clone())
            }
            ("CONVERSION", "PERCENTAGE") if deal.is_none() => {
                return Err(ApiError::invalid(&at, "there is no conversion: the currencies are the same"));
            }
            ("CONVERSION", "PERCENTAGE") => {
                seen.push((source, kind));
                fees.extend(deal.iter().flat_map(|deal| deal.application_fees.clone()));
                continue;
            }
            ("CONVERSION", _) => return Err(ApiError::invalid(&format!("{at}.type"), "PERCENTAGE")),
            ("TRANSFER", _) => return Err(ApiError::invalid(&format!("{at}.type"), "FIXED or PERCENTAGE")),
            _ => return Err(ApiError::invalid(&format!("{at}.source_type"), "TRANSFER or CONVERSION")),
        };
        seen.push((source.clone(), kind));
        fees.push(ApplicationFee { source_type: source, amount, currency });
    }
    Ok(aggregated(fees))
}

/// One line for each source and currency (D: an aggregated view).
fn aggregated(fees: Vec<ApplicationFee>) -> Vec<ApplicationFee> {
    let mut sums: Vec<ApplicationFee> = vec![];
    for fee in fees {
        match sums.iter_mut().find(|sum| sum.source_type == fee.source_type && sum.currency == fee.currency) {
            Some(sum) => sum.amount += fee.amount,
            None => sums.push(fee),
        }
    }
    sums
}

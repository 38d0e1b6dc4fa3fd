//! Rates and the arithmetic of a deal (03 §e.4). The middle rates are invented and never move, so that a run
//! can be repeated.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::wire::{ApiError, round};
use crate::world::money::{ApplicationFee, Deal};

/// What one unit is worth in US dollars, in millionths.
const WORTH: &[(&str, i64)] = &[
    ("AUD", 652_300),
    ("BDT", 8_370),
    ("BRL", 176_400),
    ("CAD", 728_100),
    ("CHF", 1_128_400),
    ("CNY", 138_600),
    ("CZK", 43_120),
    ("DKK", 145_900),
    ("EUR", 1_088_800),
    ("GBP", 1_269_000),
    ("HKD", 128_200),
    ("HUF", 2_712),
    ("IDR", 61),
    ("ILS", 268_900),
    ("INR", 11_940),
    ("JPY", 6_702),
    ("KRW", 734),
    ("LKR", 3_301),
    ("MXN", 53_870),
    ("MYR", 224_600),
    ("NOK", 92_410),
    ("NPR", 7_462),
    ("NZD", 601_200),
    ("PHP", 17_240),
    ("PKR", 3_589),
    ("PLN", 254_300),
    ("RON", 218_700),
    ("SEK", 94_350),
    ("SGD", 748_200),
    ("THB", 28_910),
    ("TRY", 29_350),
    ("USD", 1_000_000),
    ("VND", 40),
    ("ZAR", 54_930),
];

/// Pairs of these cost 0.4 %, others 0.6 % (D: hints).
const MAJOR: [&str; 10] = ["AUD", "CAD", "CHF", "CNY", "EUR", "GBP", "HKD", "JPY", "NZD", "USD"];
/// Which currency a pair begins with (market convention).
const BASES: [&str; 5] = ["EUR", "GBP", "AUD", "NZD", "USD"];

/// Which side of a deal has a given amount.
#[derive(Debug, Clone, Copy)]
pub enum Given {
    Sell(Decimal),
    Buy(Decimal),
}

/// What a deal is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub sell: &'a str,
    pub buy: &'a str,
    pub given: Given,
    /// What holding the rate costs, in hundredths of a per cent.
    pub hold: i64,
    /// The platform's percentage, which worsens the client's rate.
    pub fee_percent: Decimal,
    pub date: NaiveDate,
}

/// Every currency that is dealt in.
pub fn currencies() -> impl Iterator<Item = &'static str> {
    WORTH.iter().map(|(code, _)| *code)
}

fn worth(currency: &str) -> Option<Decimal> {
    WORTH.iter().find(|(code, _)| *code == currency).map(|(_, millionths)| Decimal::new(*millionths, 6))
}

/// An amount in US dollars.
pub fn in_dollars(amount: Decimal, currency: &str) -> Decimal {
    worth(currency).map_or(amount, |worth| amount * worth)
}

/// The pair in the order of the market, such as `GBPUSD`; two of the rest go by the alphabet.
fn pair<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let rank = |code: &str| BASES.iter().position(|base| *base == code).unwrap_or(BASES.len());
    match (rank(one), rank(other)) {
        (first, second) if first == second => {
            if one < other {
                (one, other)
            } else {
                (other, one)
            }
        }
        (first, second) if first < second => (one, other),
        _ => (other, one),
    }
}

fn six(rate: Decimal) -> Decimal {
    let rounded = rate.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero);
    // A rate of a pair such as VNDIDR must not vanish.
    if rounded.is_zero() { Decimal::new(1, 6) } else { rounded.normalize() }
}

/// Works out a deal. The given side stays as it is; the other is rounded half up to its minor unit (A).
pub fn deal(ask: &Ask<'_>) -> Result<Deal, ApiError> {
    let wrong =
        || ApiError::new(400, "invalid_currency_pair", "this pair is not dealt in").at("currency_pair");
    let (sell_worth, buy_worth) = (worth(ask.sell).ok_or_else(wrong)?, worth(ask.buy).ok_or_else(wrong)?);
    if ask.sell == ask.buy {
        return Err(wrong());
    }
    let (base, quote) = pair(ask.sell, ask.buy);
    let sells_base = ask.sell == base;
    let mid = six(if sells_base { sell_worth / buy_worth } else { buy_worth / sell_worth });
    let is_major = MAJOR.contains(&ask.sell) && MAJOR.contains(&ask.buy);
    let margin = Decimal::new(if is_major { 40 } else { 60 } + ask.hold, 4);
    // Against the client: less for a base that is sold, more for one that is bought.
    let worsen = |rate: Decimal, by: Decimal| {
        six(if sells_base { rate * (Decimal::ONE - by) } else { rate * (Decimal::ONE + by) })
    };
    let awx_rate = worsen(mid, margin);
    let client_rate = worsen(awx_rate, ask.fee_percent / Decimal::ONE_HUNDRED);
    let has_fee = !ask.fee_percent.is_zero();
    let deal = Deal {
        sell_currency: ask.sell.to_owned(),
        sell_amount: Decimal::ZERO,
        buy_currency: ask.buy.to_owned(),
        buy_amount: Decimal::ZERO,
        dealt_currency: String::new(),
        currency_pair: format!("{base}{quote}"),
        client_rate,
        awx_rate,
        mid_rate: mid,
        conversion_date: ask.date,
        application_fee_options: serde_json::Value::Null,
        application_fees: has_fee.then(ApplicationFee::of_conversion).into_iter().collect(),
    };
    Ok(rescale(&deal, ask.given))
}

/// The same rates for another amount. The given side stays as it is, the other is rounded half up to its
/// minor unit (A); what the platform earns is the difference to Airwallex's rate on that side.
pub fn rescale(deal: &Deal, given: Given) -> Deal {
    let sells_base = deal.currency_pair.starts_with(&deal.sell_currency);
    let bought = |sold: Decimal, rate: Decimal| {
        round(if sells_base { sold * rate } else { sold / rate }, &deal.buy_currency)
    };
    let sold = |bought: Decimal, rate: Decimal| {
        round(if sells_base { bought / rate } else { bought * rate }, &deal.sell_currency)
    };
    let mut scaled = deal.clone();
    let (earned, contra) = match given {
        Given::Sell(amount) => {
            (scaled.sell_amount, scaled.buy_amount) = (amount, bought(amount, deal.client_rate));
            scaled.dealt_currency.clone_from(&deal.sell_currency);
            (bought(amount, deal.awx_rate) - scaled.buy_amount, &deal.buy_currency)
        }
        Given::Buy(amount) => {
            (scaled.sell_amount, scaled.buy_amount) = (sold(amount, deal.client_rate), amount);
            scaled.dealt_currency.clone_from(&deal.buy_currency);
            (scaled.sell_amount - sold(amount, deal.awx_rate), &deal.sell_currency)
        }
    };
    for fee in &mut scaled.application_fees {
        fee.amount = earned;
        fee.currency.clone_from(contra);
    }
    scaled
}

/// About 10 USD at least, 5,000,000 USD at most (D).
pub fn check_size(amount: Decimal, currency: &str) -> Result<(), ApiError> {
    let dollars = in_dollars(amount, currency);
    if dollars < Decimal::from(10) {
        return Err(ApiError::new(400, "amount_below_limit", "the amount is below 10 USD").at("sellCurrency"));
    }
    if dollars > Decimal::from(5_000_000) {
        return Err(
            ApiError::new(400, "amount_above_limit", "the amount is above 5,000,000 USD").at("buyCurrency")
        );
    }
    Ok(())
}

fn is_open(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The day itself, or the first business day after it.
pub fn next_open(mut day: NaiveDate) -> NaiveDate {
    while !is_open(day) {
        day = day + Days::new(1);
    }
    day
}

/// Today (or the next business day) and the two business days after it (D: T+0 to T+2).
pub fn open_days(today: NaiveDate) -> [NaiveDate; 3] {
    let first = next_open(today);
    let second = next_open(first + Days::new(1));
    [first, second, next_open(second + Days::new(1))]
}

/// Days on which nothing is dealt, over the next year.
pub fn closed_days(today: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    (0..365).map(move |offset| today + Days::new(offset)).filter(|day| !is_open(*day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask<'a>(sell: &'a str, buy: &'a str, given: Given, percent: i64) -> Ask<'a> {
        let date = NaiveDate::from_ymd_opt(2026, 3, 4).expect("a day");
        Ask { sell, buy, given, hold: 0, fee_percent: Decimal::from(percent), date }
    }

    #[test]
    fn pairs_go_by_the_market_and_rates_against_the_client() {
        let given = Given::Sell(Decimal::from(1000));
        for (sell, buy, name) in [
            ("USD", "GBP", "GBPUSD"),
            ("GBP", "USD", "GBPUSD"),
            ("EUR", "GBP", "EURGBP"),
            ("JPY", "USD", "USDJPY"),
            ("SGD", "HKD", "HKDSGD"),
        ] {
            let deal = deal(&ask(sell, buy, given, 1)).expect("a deal");
            assert_eq!(deal.currency_pair, name);
            let sells_base = name.starts_with(sell);
            assert_eq!(deal.awx_rate < deal.mid_rate, sells_base, "{name}");
            assert_eq!(deal.client_rate < deal.awx_rate, sells_base, "{name}");
        }
        assert!(deal(&ask("USD", "USD", given, 0)).is_err());
        assert!(deal(&ask("USD", "XXX", given, 0)).is_err());
    }

    /// What the client loses to the platform's percentage is what the platform earns, to the minor unit.
    #[test]
    fn the_platform_earns_what_its_percentage_takes() {
        for sell in currencies() {
            for buy in currencies().filter(|buy| *buy != sell) {
                for given in [Given::Sell(Decimal::from(10_000)), Given::Buy(Decimal::from(10_000))] {
                    let plain = deal(&ask(sell, buy, given, 0)).expect("a deal");
                    let with = deal(&ask(sell, buy, given, 2)).expect("a deal");
                    let lost = match given {
                        Given::Sell(_) => plain.buy_amount - with.buy_amount,
                        Given::Buy(_) => with.sell_amount - plain.sell_amount,
                    };
                    assert_eq!(with.application_fees[0].amount, lost, "{sell} {buy}");
                    assert!(lost >= Decimal::ZERO);
                }
            }
        }
    }

    #[test]
    fn weekends_are_closed() {
        let saturday = NaiveDate::from_ymd_opt(2026, 3, 7).expect("a day");
        let days: Vec<String> = open_days(saturday).iter().map(ToString::to_string).collect();
        assert_eq!(days, ["2026-03-09", "2026-03-10", "2026-03-11"]);
        assert!(closed_days(saturday).all(|day| !is_open(day)));
    }
}

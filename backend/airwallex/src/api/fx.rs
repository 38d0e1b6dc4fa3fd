//! Foreign exchange (D, part 03 §e): rates, quotes, conversions and taking them back.

use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::transfers::ApplicationFee;
use crate::call::{Call, Recovery};
use crate::paging::{Style, find_by_request_id, walk};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Page, Rest, Timestamp};

words! {
    /// Where a conversion stands.
    ConversionStatus {
        /// Booked; waits for its funds or its date.
        Scheduled = "SCHEDULED",
        /// Not funded by the cut-off.
        Overdue = "OVERDUE",
        /// Both legs are in the wallet's books.
        Settled = "SETTLED",
        /// Taken back, see [`cancel`].
        Cancelled = "CANCELLED",
    }
}

/// Which side of a deal is given; the other follows from the rate.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Given {
    /// What is sold is given.
    Sell {
        /// In major units of the sold currency (D).
        sell_amount: Amount,
    },
    /// What is bought is given.
    Buy {
        /// In major units of the bought currency (D).
        buy_amount: Amount,
    },
}

/// Two currencies and the amount of one.
#[derive(Debug, Clone, Serialize)]
pub struct Deal<'a> {
    /// What leaves the wallet, ISO 4217 (D).
    pub sell_currency: &'a str,
    /// What comes in, ISO 4217 (D).
    pub buy_currency: &'a str,
    /// Sent as `sell_amount` or `buy_amount` (D).
    #[serde(flatten)]
    pub given: Given,
    /// `YYYY-MM-DD`, today to T+2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion_date: Option<&'a str>,
}

/// An indicative rate: nobody holds it.
#[derive(Debug, Clone, Deserialize)]
pub struct Rate {
    /// In the market's order, such as `GBPUSD` (D).
    pub currency_pair: String,
    /// What one unit of the pair's first currency is in the second, up to 6 decimals (D).
    pub rate: Amount,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A rate to hold (D, part 03 §e.2).
#[derive(Debug, Clone, Serialize)]
pub struct NewQuote<'a> {
    /// What to deal in (D).
    #[serde(flatten)]
    pub deal: Deal<'a>,
    /// `MIN_1`, `MIN_15`, `MIN_30`, `HR_1`, `HR_4`, `HR_8` or `HR_24`.
    pub validity: &'a str,
    /// Only [`ApplicationFee::of_conversion`] is allowed (D).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub application_fee_options: &'a [ApplicationFee],
}

/// A rate that is held for a while.
#[derive(Debug, Clone, Deserialize)]
pub struct Quote {
    /// Airwallex's own id, for a conversion or a transfer to name (D).
    pub quote_id: String,
    /// In the market's order, such as `GBPUSD` (D).
    pub currency_pair: String,
    /// The rate that the account gets, the platform's fee included (D).
    pub client_rate: Amount,
    /// What leaves the wallet, in major units (D).
    pub sell_amount: Amount,
    /// What comes in, in major units (D).
    pub buy_amount: Amount,
    /// The end of the hold; used later it is refused with `expired_quote` (D).
    #[serde(default)]
    pub valid_to_at: Option<Timestamp>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A conversion to book (D, part 03 §e.3).
#[derive(Debug, Clone, Serialize)]
pub struct NewConversion<'a> {
    /// At most 64 characters.
    pub request_id: &'a str,
    /// What to deal in (D).
    #[serde(flatten)]
    pub deal: Deal<'a>,
    /// Of a quote for the same pair and side and no less (A); the rate of the moment if absent (D).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<&'a str>,
    /// Only [`ApplicationFee::of_conversion`] is allowed (D).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub application_fee_options: &'a [ApplicationFee],
}

/// A conversion, as read (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Conversion {
    /// Airwallex's own id, a UUID (C).
    pub conversion_id: String,
    /// The one that it was created with (D).
    #[serde(default)]
    pub request_id: Option<String>,
    /// Where it stands (D).
    pub status: ConversionStatus,
    /// In the market's order, such as `GBPUSD` (D).
    pub currency_pair: String,
    /// The rate that the account got, the platform's fee included (D).
    pub client_rate: Amount,
    /// What left the wallet, in major units (D).
    pub sell_amount: Amount,
    /// ISO 4217 (D).
    pub sell_currency: String,
    /// What came in, in major units (D).
    pub buy_amount: Amount,
    /// ISO 4217 (D).
    pub buy_currency: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which conversions to list; nothing means those of the last 31 days (D).
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// ISO 4217 (D).
    pub buy_currency: Option<String>,
    /// ISO 4217 (D).
    pub sell_currency: Option<String>,
    /// Only those in this status (D).
    pub status: Option<ConversionStatus>,
    /// The one that [`convert`] was given (D).
    pub request_id: Option<String>,
    /// Inclusive (D).
    pub from_created_at: Option<Timestamp>,
    /// Inclusive (D).
    pub to_created_at: Option<Timestamp>,
}

/// What taking a conversion back costs, or did.
#[derive(Debug, Clone, Deserialize)]
pub struct Amendment {
    /// Not of a quote.
    #[serde(default)]
    pub amendment_id: Option<String>,
    /// The conversion that is taken back (D).
    pub conversion_id: String,
    /// Each with `type` (`FEE` or `CREDIT`), `amount`, `currency`, pair and rates (D).
    #[serde(default)]
    pub charges: Vec<Value>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The rate of the moment. Refused with `invalid_currency_pair`, `unsupported_currency` or
/// `amount_above_limit` (D).
pub async fn rate(client: &Client, access: &Access, deal: &Deal<'_>) -> Result<Rate, Error> {
    let (sell, buy) = match deal.given {
        Given::Sell { sell_amount } => (Some(sell_amount.to_string()), None),
        Given::Buy { buy_amount } => (None, Some(buy_amount.to_string())),
    };
    let call = Call::get("/api/v1/fx/rates/current", &[]).query([
        ("sell_currency", Some(deal.sell_currency.to_owned())),
        ("buy_currency", Some(deal.buy_currency.to_owned())),
        ("sell_amount", sell),
        ("buy_amount", buy),
        ("conversion_date", deal.conversion_date.map(str::to_owned)),
    ]);
    client.send(access, call).await
}

/// Another quote does no harm: it is not used. Amounts are numbers here, not texts (D: types).
pub async fn quote(client: &Client, access: &Access, quote: &NewQuote<'_>) -> Result<Quote, Error> {
    let mut body = serde_json::to_value(quote).map_err(|error| Error::NotSent(error.to_string()))?;
    match quote.deal.given {
        Given::Sell { sell_amount } => body["sell_amount"] = sell_amount.as_number(),
        Given::Buy { buy_amount } => body["buy_amount"] = buy_amount.as_number(),
    }
    client.send(access, Call::post("/api/v1/fx/quotes/create", &[], Recovery::Repeat).json(&body)?).await
}

/// One quote; an unknown id is a 404 `not_found` (A).
pub async fn get_quote(client: &Client, access: &Access, id: &str) -> Result<Quote, Error> {
    client.send(access, Call::get("/api/v1/fx/quotes/{}", &[id])).await
}

/// A lost answer is recovered by [`find`]. Refused with `expired_quote`, `invalid_quote_id`,
/// `invalid_conversion_date`, `amount_below_limit` (about 10 USD) or `amount_above_limit` (5,000,000 USD
/// unless agreed) (D).
pub async fn convert(
    client: &Client,
    access: &Access,
    conversion: &NewConversion<'_>,
) -> Result<Conversion, Error> {
    let call = Call::post("/api/v1/fx/conversions/create", &[], Recovery::ByRequestId);
    client.send(access, call.json(conversion)?).await
}

/// One conversion; an unknown id is a 404 `not_found` (A).
pub async fn get(client: &Client, access: &Access, id: &str) -> Result<Conversion, Error> {
    client.send(access, Call::get("/api/v1/fx/conversions/{}", &[id])).await
}

/// Looks up by `request_id`. An empty answer is no evidence: lists may lag.
pub async fn find(client: &Client, access: &Access, request_id: &str) -> Result<Option<Conversion>, Error> {
    find_by_request_id(client, access, "/api/v1/fx/conversions", request_id, |found: &Conversion| {
        found.request_id.as_deref()
    })
    .await
}

/// Newest first (D), from numbered pages of 100; ends with the first error.
pub fn all<'a>(
    client: &'a Client,
    access: &'a Access,
    filter: Filter,
) -> impl Stream<Item = Result<Conversion, Error>> + 'a {
    let call = Call::get("/api/v1/fx/conversions", &[]).query([
        ("buy_currency", filter.buy_currency),
        ("sell_currency", filter.sell_currency),
        ("status", filter.status.map(|status| status.as_str().to_owned())),
        ("request_id", filter.request_id),
        ("from_created_at", filter.from_created_at.map(Timestamp::for_request)),
        ("to_created_at", filter.to_created_at.map(Timestamp::for_request)),
    ]);
    walk(client, access, call, Style::Numbered, 100)
}

/// A conversion to take back.
#[derive(Debug, Clone, Serialize)]
pub struct Cancellation<'a> {
    /// The conversion's id; it must not have settled (D).
    pub conversion_id: &'a str,
    /// One of the conversion's two currencies; the sold one if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge_currency: Option<&'a str>,
}

#[derive(Serialize)]
struct NewAmendment<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    cancellation: &'a Cancellation<'a>,
}

/// What [`cancel`] would cost.
pub async fn quote_cancel(
    client: &Client,
    access: &Access,
    cancellation: &Cancellation<'_>,
) -> Result<Amendment, Error> {
    let body = NewAmendment { request_id: None, kind: "CANCEL", cancellation };
    let call = Call::post("/api/v1/fx/conversion_amendments/quote", &[], Recovery::Repeat);
    client.send(access, call.json(&body)?).await
}

/// Takes a conversion back before it settles. A lost answer is recovered by the conversion's status. Refused
/// with `invalid_status_for_operation` when settled, `does_not_exist` or `invalid_charge_currency` (D).
pub async fn cancel(
    client: &Client,
    access: &Access,
    request_id: &str,
    cancellation: &Cancellation<'_>,
) -> Result<Amendment, Error> {
    let body = NewAmendment { request_id: Some(request_id), kind: "CANCEL", cancellation };
    let call = Call::post("/api/v1/fx/conversion_amendments/create", &[], Recovery::ByStatus);
    client.send(access, call.json(&body)?).await
}

/// One that was made; an unknown id is a 404 `not_found` (A).
pub async fn get_amendment(client: &Client, access: &Access, id: &str) -> Result<Amendment, Error> {
    client.send(access, Call::get("/api/v1/fx/conversion_amendments/{}", &[id])).await
}

/// What was taken back of a conversion.
pub async fn amendments(client: &Client, access: &Access, conversion: &str) -> Result<Vec<Amendment>, Error> {
    let call = Call::get("/api/v1/fx/conversion_amendments", &[]);
    let page: Page<Amendment> =
        client.send(access, call.query([("conversion_id", Some(conversion.to_owned()))])).await?;
    Ok(page.items)
}

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
        Scheduled = "SCHEDULED",
        Overdue = "OVERDUE",
        Settled = "SETTLED",
        Cancelled = "CANCELLED",
    }
}

/// Which side of a deal is given; the other follows from the rate.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Given {
    Sell { sell_amount: Amount },
    Buy { buy_amount: Amount },
}

/// Two currencies and the amount of one.
#[derive(Debug, Clone, Serialize)]
pub struct Deal<'a> {
    pub sell_currency: &'a str,
    pub buy_currency: &'a str,
    #[serde(flatten)]
    pub given: Given,
    /// `YYYY-MM-DD`, today to T+2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion_date: Option<&'a str>,
}

/// An indicative rate: nobody holds it.
#[derive(Debug, Clone, Deserialize)]
pub struct Rate {
    pub currency_pair: String,
    pub rate: Amount,
    #[serde(flatten)]
    pub rest: Rest,
}

#[derive(Debug, Clone, Serialize)]
pub struct NewQuote<'a> {
    #[serde(flatten)]
    pub deal: Deal<'a>,
    /// `MIN_1`, `MIN_15`, `MIN_30`, `HR_1`, `HR_4`, `HR_8` or `HR_24`.
    pub validity: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub application_fee_options: &'a [ApplicationFee],
}

/// A rate that is held for a while.
#[derive(Debug, Clone, Deserialize)]
pub struct Quote {
    pub quote_id: String,
    pub currency_pair: String,
    pub client_rate: Amount,
    pub sell_amount: Amount,
    pub buy_amount: Amount,
    #[serde(default)]
    pub valid_to_at: Option<Timestamp>,
    #[serde(flatten)]
    pub rest: Rest,
}

#[derive(Debug, Clone, Serialize)]
pub struct NewConversion<'a> {
    /// At most 64 characters.
    pub request_id: &'a str,
    #[serde(flatten)]
    pub deal: Deal<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub application_fee_options: &'a [ApplicationFee],
}

#[derive(Debug, Clone, Deserialize)]
pub struct Conversion {
    pub conversion_id: String,
    #[serde(default)]
    pub request_id: Option<String>,
    pub status: ConversionStatus,
    pub currency_pair: String,
    pub client_rate: Amount,
    pub sell_amount: Amount,
    pub sell_currency: String,
    pub buy_amount: Amount,
    pub buy_currency: String,
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which conversions to list; nothing means those of the last 31 days (D).
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub buy_currency: Option<String>,
    pub sell_currency: Option<String>,
    pub status: Option<ConversionStatus>,
    pub request_id: Option<String>,
    pub from_created_at: Option<Timestamp>,
    pub to_created_at: Option<Timestamp>,
}

/// What taking a conversion back costs, or did.
#[derive(Debug, Clone, Deserialize)]
pub struct Amendment {
    /// Not of a quote.
    #[serde(default)]
    pub amendment_id: Option<String>,
    pub conversion_id: String,
    #[serde(default)]
    pub charges: Vec<Value>,
    #[serde(flatten)]
    pub rest: Rest,
}

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

pub async fn get_quote(client: &Client, access: &Access, id: &str) -> Result<Quote, Error> {
    client.send(access, Call::get("/api/v1/fx/quotes/{}", &[id])).await
}

/// A lost answer is recovered by [`find`].
pub async fn convert(
    client: &Client,
    access: &Access,
    conversion: &NewConversion<'_>,
) -> Result<Conversion, Error> {
    let call = Call::post("/api/v1/fx/conversions/create", &[], Recovery::ByRequestId);
    client.send(access, call.json(conversion)?).await
}

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

/// Newest first.
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

/// Takes a conversion back before it settles. A lost answer is recovered by the conversion's status.
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

//! Conversions (D, part 03 §e.3).

use futures_util::Stream;
use serde::{Deserialize, Serialize};

use super::Deal;
use crate::api::transfers::ApplicationFee;
use crate::call::{Call, Recovery};
use crate::paging::{Style, find_by_request_id, walk};
use crate::word::words;
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

words! {
    /// Where a conversion stands.
    ConversionStatus {
        /// Booked; waits for its funds or its date.
        Scheduled = "SCHEDULED",
        /// Not funded by the cut-off.
        Overdue = "OVERDUE",
        /// Both legs are in the wallet's books.
        Settled = "SETTLED",
        /// Taken back, see [`cancel`](super::cancel).
        Cancelled = "CANCELLED",
    }
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

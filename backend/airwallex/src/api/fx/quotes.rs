//! Rates that are held (D, part 03 §e.2).

use serde::{Deserialize, Serialize};

use super::{Deal, Given};
use crate::api::transfers::ApplicationFee;
use crate::call::{Call, Recovery};
use crate::{Access, Amount, Client, Error, Rest, Timestamp};

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

/// Another quote does no harm: it is not used. Amounts are numbers here, not texts (D: types).
pub async fn quote(client: &Client, access: &Access, quote: &NewQuote<'_>) -> Result<Quote, Error> {
    let mut body = serde_json::to_value(quote).map_err(|error| Error::Unsendable(error.to_string()))?;
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

//! Indicative rates (D, part 03 §e.1).

use serde::Deserialize;

use super::{Deal, Given};
use crate::call::Call;
use crate::{Access, Amount, Client, Error, Rest};

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

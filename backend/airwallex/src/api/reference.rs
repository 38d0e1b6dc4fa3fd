//! What can be dealt in, and when (D, part 03 §e.3).

use serde::Deserialize;

use crate::call::Call;
use crate::{Access, Client, Error, Page};

#[derive(Deserialize)]
struct Currency {
    currency: String,
}

/// The currencies that conversions take, by their ISO 4217 codes.
pub async fn supported_currencies(client: &Client, access: &Access) -> Result<Vec<String>, Error> {
    let page: Page<Currency> =
        client.send(access, Call::get("/api/v1/reference/supported_currencies", &[])).await?;
    Ok(page.whole()?.into_iter().map(|item| item.currency).collect())
}

#[derive(Deserialize)]
struct Closed {
    #[serde(default)]
    invalid_conversion_dates: Vec<String>,
}

/// The days, `YYYY-MM-DD`, on which a pair such as `GBPUSD` is not settled.
pub async fn invalid_conversion_dates(
    client: &Client,
    access: &Access,
    currency_pair: &str,
) -> Result<Vec<String>, Error> {
    let call = Call::get("/api/v1/reference/invalid_conversion_dates", &[])
        .query([("currency_pair", Some(currency_pair.to_owned()))]);
    let closed: Closed = client.send(access, call).await?;
    Ok(closed.invalid_conversion_dates)
}

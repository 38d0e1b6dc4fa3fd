//! Taking conversions back (D, part 03 §e.3).

use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::{Access, Client, Document, Error, Page, Rest};

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
    pub charges: Vec<Document>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
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
    page.whole()
}

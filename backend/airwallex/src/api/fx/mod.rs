//! Foreign exchange (D, part 03 §e): rates, quotes, conversions and taking them back.

mod amendments;
mod conversions;
mod quotes;
mod rates;

use serde::Serialize;

pub use amendments::{Amendment, Cancellation, amendments, cancel, get_amendment, quote_cancel};
pub use conversions::{Conversion, ConversionStatus, Filter, NewConversion, all, convert, find, get};
pub use quotes::{NewQuote, Quote, get_quote, quote};
pub use rates::{Rate, rate};

use crate::Amount;

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

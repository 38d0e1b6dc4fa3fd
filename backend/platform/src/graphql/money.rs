//! Money on the wire: an exact decimal with its currency.

use async_graphql::{InputObject, SimpleObject};

use super::{CurrencyCode, Decimal};
use crate::kernel::money::MoneyError;
use crate::kernel::{Currency, Money};

/// An exact amount with its currency.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(name = "Money")]
pub struct MoneyType {
    /// In major units, with all decimals of the currency: `"12.50"`.
    amount: Decimal,
    /// The currency.
    currency: CurrencyCode,
}

impl From<Money> for MoneyType {
    fn from(money: Money) -> Self {
        Self {
            amount: Decimal(money.amount().to_string()),
            currency: CurrencyCode(money.currency().code().to_owned()),
        }
    }
}

/// An amount to be given.
#[derive(InputObject, Debug, Clone)]
pub struct MoneyInput {
    /// In major units, with no more decimals than the currency has.
    pub amount: Decimal,
    /// The currency.
    pub currency: CurrencyCode,
}

impl MoneyInput {
    /// Reads the amount exactly.
    pub fn read(&self) -> Result<Money, MoneyError> {
        Money::parse(&self.amount.0, Currency::parse(&self.currency.0)?)
    }
}

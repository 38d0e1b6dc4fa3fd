//! Fee plans as other features know them.

use rust_decimal::Decimal;

use crate::kernel::id::FeePlanId;
use crate::kernel::{Currency, Money};

/// What a payout is charged by.
#[derive(Debug, Clone, PartialEq)]
pub struct FeePlan {
    pub id: FeePlanId,
    pub name: String,
    /// In percent: 1.5 is 1.5 % of the payout's amount.
    pub percentage: Decimal,
    /// Added once per payout, by currency; none means zero.
    pub fixed: Vec<Money>,
}

impl FeePlan {
    /// The fixed part in a currency.
    pub fn fixed_in(&self, currency: Currency) -> Money {
        self.fixed.iter().copied().find(|money| money.currency() == currency).unwrap_or(Money::zero(currency))
    }

    /// In words, such as `1 % and 1.40 GBP per payout`.
    pub fn words(&self, currency: Currency) -> String {
        let percentage = (!self.percentage.is_zero()).then(|| format!("{} %", self.percentage.normalize()));
        let fixed = self.fixed_in(currency);
        let fixed = (!fixed.is_zero()).then(|| format!("{} {currency} per payout", fixed.for_people()));
        match (percentage, fixed) {
            (Some(percentage), Some(fixed)) => format!("{percentage} and {fixed}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => "no fee".to_owned(),
        }
    }
}

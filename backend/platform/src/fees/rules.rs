//! How a fee is computed.

use rust_decimal::{Decimal, RoundingStrategy};

use super::model::FeePlan;
use crate::kernel::Money;
use crate::kernel::money::MoneyError;

/// Fixed part plus percentage of the amount, rounded half up to the currency's minor unit.
pub fn fee(plan: &FeePlan, amount: Money) -> Result<Money, MoneyError> {
    let currency = amount.currency();
    let share =
        amount.amount().checked_mul(plan.percentage).ok_or(MoneyError::TooLarge)? / Decimal::ONE_HUNDRED;
    let rounded = share.round_dp_with_strategy(currency.decimals(), RoundingStrategy::MidpointAwayFromZero);
    Money::from_decimal(rounded, currency)?.checked_add(plan.fixed_in(currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Currency;
    use crate::kernel::id::FeePlanId;

    fn plan(percentage: &str, fixed: &[(&str, &str)]) -> FeePlan {
        FeePlan {
            id: FeePlanId::parse("plan_01jd2r8v4k01jd2r8v4k01jd2r").expect("an id"),
            name: "test".to_owned(),
            percentage: percentage.parse().expect("a decimal"),
            fixed: fixed.iter().map(|(amount, code)| money(amount, code)).collect(),
        }
    }

    fn money(amount: &str, code: &str) -> Money {
        Money::parse(amount, Currency::parse(code).expect("a currency")).expect("money")
    }

    #[test]
    fn both_parts_are_added_and_rounded_half_up() {
        let plan = plan("1", &[("1.40", "GBP"), ("100", "JPY")]);
        assert_eq!(fee(&plan, money("620.00", "GBP")), Ok(money("7.60", "GBP")));
        assert_eq!(fee(&plan, money("0.50", "GBP")), Ok(money("1.41", "GBP")));
        assert_eq!(fee(&plan, money("0.49", "GBP")), Ok(money("1.40", "GBP")));
        assert_eq!(fee(&plan, money("61000", "JPY")), Ok(money("710", "JPY")));
        assert_eq!(fee(&plan, money("10.00", "EUR")), Ok(money("0.10", "EUR")));
    }

    #[test]
    fn an_empty_plan_charges_nothing() {
        assert_eq!(fee(&plan("0", &[]), money("10.00", "EUR")), Ok(money("0.00", "EUR")));
    }

    proptest::proptest! {
        #[test]
        fn a_fee_never_differs_from_the_exact_one_by_more_than_half_a_minor_unit(minor in 1i64..10_000_000, tenths in 0i64..200) {
            let plan = plan(&Decimal::new(tenths, 1).to_string(), &[]);
            let amount = Money::from_minor(minor, Currency::parse("GBP").expect("a currency"));
            let charged = fee(&plan, amount).expect("computes").amount();
            let exact = amount.amount() * plan.percentage / Decimal::ONE_HUNDRED;
            proptest::prop_assert!((charged - exact).abs() <= Decimal::new(5, 3));
        }
    }
}

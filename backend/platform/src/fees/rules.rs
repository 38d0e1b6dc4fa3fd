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

/// The largest amount that a balance covers together with its fee; none when the fee alone is too much.
pub fn most(plan: Option<&FeePlan>, balance: Money) -> Option<Money> {
    let currency = balance.currency();
    let fits = |minor: i64| {
        let amount = Money::from_minor(minor, currency);
        let fee = plan.map_or(Ok(Money::zero(currency)), |plan| fee(plan, amount));
        fee.and_then(|fee| amount.checked_add(fee)).is_ok_and(|total| total.minor() <= balance.minor())
    };
    // A larger amount never has a smaller fee, so halving finds the last one that fits.
    let (mut fitting, mut beyond) = (0, balance.minor().checked_add(1)?);
    while beyond - fitting > 1 {
        let middle = fitting + (beyond - fitting) / 2;
        if fits(middle) { fitting = middle } else { beyond = middle }
    }
    (fitting > 0).then(|| Money::from_minor(fitting, currency))
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

    #[test]
    fn a_fee_may_leave_nothing_to_pay_out() {
        let plan = plan("1", &[("1.40", "GBP")]);
        assert_eq!(most(Some(&plan), money("100.00", "GBP")), Some(money("97.62", "GBP")));
        assert_eq!(most(Some(&plan), money("1.40", "GBP")), None);
        assert_eq!(most(Some(&plan), money("-3.00", "GBP")), None);
        assert_eq!(most(None, money("3.00", "GBP")), Some(money("3.00", "GBP")));
    }

    proptest::proptest! {
        /// The most that fits does, and one minor unit more does not.
        #[test]
        fn the_most_is_the_most(minor in 0i64..1_000_000_000, tenths in 0i64..200, fixed in 0i64..1000) {
            let currency = Currency::parse("GBP").expect("a currency");
            let plan = FeePlan {
                fixed: vec![Money::from_minor(fixed, currency)],
                ..plan(&Decimal::new(tenths, 1).to_string(), &[])
            };
            let total = |minor: i64| {
                let amount = Money::from_minor(minor, currency);
                fee(&plan, amount).and_then(|fee| amount.checked_add(fee)).expect("computes").minor()
            };
            let found = most(Some(&plan), Money::from_minor(minor, currency)).map_or(0, Money::minor);
            proptest::prop_assert!(found == 0 || total(found) <= minor);
            proptest::prop_assert!(total(found + 1) > minor);
        }

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

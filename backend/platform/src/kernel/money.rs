//! Money: an exact amount with its currency. Whole minor units inside, decimals at the edges.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

/// An ISO 4217 currency, such as `GBP`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads a three-letter code in capitals.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency(code.chars().take(8).collect()))
    }

    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The money of a country, by its two-letter code (ISO 3166): `EUR` for `DE`.
    pub fn of_country(code: &str) -> Option<Self> {
        Some(Self(code.parse::<iso_currency::Country>().ok()?.into()))
    }

    pub fn name(self) -> String {
        self.0.name().to_owned()
    }

    /// How many decimals the currency has: 2 for GBP, 0 for JPY, 3 for KWD.
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in whole minor units (pence, cents, yen) of one currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why a text or a sum is no money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{0} is not a currency code; use three capital letters such as GBP")]
    UnknownCurrency(String),
    #[error("enter the amount")]
    Missing,
    #[error("write the amount in digits with a point before the decimals, such as 12.50, and without a sign")]
    NotANumber,
    #[error("{currency} has {decimals} decimals, this amount has more")]
    TooManyDecimals { currency: &'static str, decimals: u32 },
    #[error("the amount is too large")]
    TooLarge,
    #[error("{left} and {right} cannot be added")]
    CurrencyMismatch { left: &'static str, right: &'static str },
}

impl Money {
    pub fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// Takes an exact decimal; refuses more decimals than the currency has.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let decimals = currency.decimals();
        let amount = amount.normalize();
        if amount.scale() > decimals {
            return Err(MoneyError::TooManyDecimals { currency: currency.code(), decimals });
        }
        let scaled = amount.checked_mul(Decimal::from(10u64.pow(decimals))).ok_or(MoneyError::TooLarge)?;
        i64::try_from(scaled).map(|minor| Self { minor, currency }).map_err(|_| MoneyError::TooLarge)
    }

    /// Reads a decimal in plain notation, such as `12.50`.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        if amount.is_empty() {
            return Err(MoneyError::Missing);
        }
        let plain = amount.strip_prefix('-').unwrap_or(amount);
        if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(MoneyError::NotANumber);
        }
        // Even zeros: who writes 1.000 may mean a thousand.
        let decimals = currency.decimals();
        if plain.split_once('.').is_some_and(|(_, fraction)| fraction.len() > decimals as usize) {
            return Err(MoneyError::TooManyDecimals { currency: currency.code(), decimals });
        }
        let amount = Decimal::from_str(amount).map_err(|_| MoneyError::NotANumber)?;
        Self::from_decimal(amount, currency)
    }

    /// Reads an amount as a person types it: thousands may be set apart by commas or blanks, `1,233.80`. A
    /// comma that does not stand before three digits is no thousands separator and refused, never dropped.
    pub fn parse_typed(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (whole, fraction) = match amount.trim().split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (amount.trim(), None),
        };
        let mut groups = whole.split([',', ' ', '\u{a0}']);
        let first = groups.next().unwrap_or_default();
        let rest: Vec<&str> = groups.collect();
        if !rest.is_empty() && (!(1..=3).contains(&first.len()) || rest.iter().any(|group| group.len() != 3))
        {
            return Err(MoneyError::NotANumber);
        }
        let plain = [&[first], rest.as_slice()].concat().concat();
        match fraction {
            Some(fraction) => Self::parse(&format!("{plain}.{fraction}"), currency),
            None => Self::parse(&plain, currency),
        }
    }

    pub fn minor(self) -> i64 {
        self.minor
    }

    pub fn currency(self) -> Currency {
        self.currency
    }

    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The amount in major units with all of the currency's decimals: `12.50`.
    pub fn amount(self) -> Decimal {
        Decimal::new(self.minor, self.currency.decimals())
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { left: self.currency.code(), right: other.currency.code() })
    }

    /// With thousands separated and a true minus, as people read it: `−1,233.80`.
    pub fn for_people(self) -> String {
        let plain = self.amount().abs().to_string();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut text = String::from(if self.minor < 0 { "\u{2212}" } else { "" });
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(fraction);
        }
        text
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).expect("a currency")
    }

    #[test]
    fn too_many_decimals_are_refused_by_currency() {
        let refused = |code: &str, amount: &str| Money::parse(amount, currency(code)).unwrap_err();
        assert!(matches!(refused("GBP", "1.001"), MoneyError::TooManyDecimals { decimals: 2, .. }));
        assert!(matches!(refused("JPY", "1.5"), MoneyError::TooManyDecimals { decimals: 0, .. }));
        assert!(matches!(refused("GBP", "1e3"), MoneyError::NotANumber));
        assert!(matches!(refused("GBP", ""), MoneyError::Missing));
        assert!(matches!(refused("GBP", "99999999999999999999"), MoneyError::TooLarge));
        assert_eq!(Money::parse("1.500", currency("KWD")).expect("three").minor(), 1500);
        assert_eq!(Money::parse("7.10", currency("GBP")).expect("two").minor(), 710);
    }

    #[test]
    fn a_typed_amount_is_never_made_larger_than_meant() {
        let typed = |amount: &str| Money::parse_typed(amount, currency("GBP")).map(Money::minor);
        for (amount, minor) in
            [("12.50", 1250), ("1,233.80", 123_380), ("10 000", 1_000_000), ("620", 62_000)]
        {
            assert_eq!(typed(amount), Ok(minor), "{amount}");
        }
        for wrong in ["12,50", "10,00", "1.000", "1.000,50", "1,23,456", ",500", "1,,000", "1000,000.00", ""]
        {
            assert!(typed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn countries_have_their_money() {
        for (country, code) in [("GB", "GBP"), ("DE", "EUR"), ("US", "USD"), ("AU", "AUD"), ("SG", "SGD")] {
            assert_eq!(Currency::of_country(country), Some(currency(code)));
        }
        assert_eq!(Currency::of_country("Z9"), None);
    }

    #[test]
    fn people_read_thousands_and_a_true_minus() {
        assert_eq!(Money::from_minor(-123_380, currency("EUR")).for_people(), "\u{2212}1,233.80");
        assert_eq!(Money::from_minor(61_000, currency("JPY")).for_people(), "61,000");
        assert_eq!(Money::from_minor(5, currency("GBP")).for_people(), "0.05");
    }

    proptest::proptest! {
        #[test]
        fn a_decimal_and_back_is_the_same(minor in -1_000_000_000_000i64..1_000_000_000_000, index in 0usize..4) {
            let currency = currency(["GBP", "JPY", "KWD", "USD"][index]);
            let money = Money::from_minor(minor, currency);
            proptest::prop_assert_eq!(Money::from_decimal(money.amount(), currency), Ok(money));
        }
    }
}

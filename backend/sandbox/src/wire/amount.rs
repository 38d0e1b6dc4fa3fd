//! Amounts: major units, exact, no finer than the currency's minor unit (03 §e.4).

use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::{ApiError, text_at};

/// Digits after the point (ISO 4217; 2 for IDR and HUF as well, A).
pub fn minor_units(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Whether ISO 4217 knows the currency; gold, test codes and the like have no minor unit and are no money.
pub fn is_currency(code: &str) -> bool {
    iso_currency::Currency::from_code(code).is_some_and(|currency| currency.exponent().is_some())
}

/// A computed side, half up to its minor unit (A).
pub fn round(amount: Decimal, currency: &str) -> Decimal {
    amount.round_dp_with_strategy(minor_units(currency), RoundingStrategy::MidpointAwayFromZero)
}

/// Amounts in answers are JSON numbers in major units (D).
pub fn number(amount: Decimal) -> Value {
    serde_json::from_str(&amount.normalize().to_string()).unwrap_or(Value::Null)
}

/// The positive amount at a path, as a number or a string; finer than the minor unit is refused (A).
pub fn amount_in(body: &Value, path: &str, currency: &str) -> Result<Option<Decimal>, ApiError> {
    let Some(text) = text_at(body, path) else { return Ok(None) };
    let amount = Decimal::from_str(&text)
        .or_else(|_| Decimal::from_scientific(&text))
        .map_err(|_| ApiError::invalid(path, format!("{path} must be a number")))?;
    if amount <= Decimal::ZERO {
        return Err(ApiError::invalid(path, format!("{path} must be positive")));
    }
    if amount >= Decimal::from(1_000_000_000_000_000u64) {
        return Err(ApiError::new(400, "amount_above_limit", format!("{path} is too large")).at(path));
    }
    if amount.normalize().scale() > minor_units(currency) {
        return Err(ApiError::invalid(path, format!("{path} has more decimals than {currency} has")));
    }
    Ok(Some(amount.normalize()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_amount_is_exact_positive_and_no_finer_than_its_currency() {
        let read = |text: Value, currency: &str| amount_in(&json!({ "amount": text }), "amount", currency);
        assert_eq!(read(json!("10.50"), "GBP").expect("fine"), Some(Decimal::new(1050, 2)));
        assert_eq!(read(json!(10), "JPY").expect("fine"), Some(Decimal::from(10)));
        assert_eq!(read(json!("1.0"), "JPY").expect("fine"), Some(Decimal::ONE));
        assert_eq!(read(Value::Null, "GBP").expect("absent"), None);
        for (text, currency) in
            [("0", "GBP"), ("-1", "GBP"), ("1.5", "JPY"), ("1.001", "GBP"), ("five", "GBP"), ("1e30", "GBP")]
        {
            assert!(read(json!(text), currency).is_err(), "{text} {currency}");
        }
        assert_eq!(round(Decimal::new(10005, 3), "GBP"), Decimal::new(1001, 2));
        assert_eq!(number(Decimal::new(1050, 2)).to_string(), "10.5");
    }
}

//! What a balance holds, as pages show it: the first currencies at a glance, the others folded away.

use serde::Serialize;

use crate::kernel::Money;

/// How many currencies a glance takes in.
const FIRST: usize = 4;

/// Amounts and their currencies, in the order in which they were given.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Purse {
    pub first: Vec<(String, String)>,
    pub more: Vec<(String, String)>,
}

impl Purse {
    pub fn of(money: &[Money]) -> Self {
        Self::folded(money.iter().map(|money| (money.for_people(), money.currency().to_string())).collect())
    }

    /// For previews of pages: one currency, or many.
    pub fn sample(currencies: &[&str]) -> Self {
        Self::folded(currencies.iter().map(|code| ("842.15".to_owned(), (*code).to_owned())).collect())
    }

    fn folded(mut first: Vec<(String, String)>) -> Self {
        // One alone is not worth folding.
        let more = if first.len() > FIRST + 1 { first.split_off(FIRST) } else { vec![] };
        Self { first, more }
    }
}

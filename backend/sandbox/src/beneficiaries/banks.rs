//! Supported banks (03 §b.5); these are invented.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::Call;
use crate::wire::{ApiError, Reply, ok};

#[derive(Serialize, Deserialize)]
struct Bank {
    label: String,
    value: String,
}

static BANKS: LazyLock<BTreeMap<String, Vec<Bank>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fixtures/banks.json")).expect("the banks are well formed")
});

/// More than this many are cut off (A).
const MOST: usize = 50;

pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    for name in ["bank_country_code", "account_currency", "entity_type", "transfer_method"] {
        query.get(name).ok_or_else(|| ApiError::required(name))?;
    }
    let keyword = query.get("keyword").map(|keyword| keyword.to_lowercase());
    if keyword.as_ref().is_some_and(|keyword| keyword.chars().count() < 3) {
        return Err(ApiError::invalid("keyword", "at least three characters"));
    }
    let banks =
        query.get("bank_country_code").and_then(|country| BANKS.get(country)).map_or(&[][..], Vec::as_slice);
    let found: Vec<&Bank> = banks
        .iter()
        .filter(|bank| {
            keyword.as_ref().is_none_or(|keyword| {
                bank.label.to_lowercase().contains(keyword) || bank.value.starts_with(keyword.as_str())
            })
        })
        .filter(|bank| query.wants("bank_identifier", &bank.value))
        .collect();
    let is_cut = found.len() > MOST;
    ok(json!({ "items": &found[..found.len().min(MOST)], "truncated": is_cut }))
}

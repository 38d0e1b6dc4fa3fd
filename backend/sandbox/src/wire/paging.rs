//! The two page families (D): numbered with `has_more`, and cursors.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::ApiError;

fn read(query: &HashMap<String, String>, name: &str, default: usize) -> Result<usize, ApiError> {
    match query.get(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| ApiError::invalid(name, format!("{name} must be a number"))),
    }
}

/// `page_num` from 0, `page_size` 100.
pub fn numbered_page(items: Vec<Value>, query: &HashMap<String, String>) -> Result<Value, ApiError> {
    let page = read(query, "page_num", 0)?;
    let size = read(query, "page_size", 100)?.clamp(1, 1000);
    let from = page.saturating_mul(size).min(items.len());
    let to = (from + size).min(items.len());
    Ok(json!({ "has_more": to < items.len(), "items": items[from..to] }))
}

/// `page` is an opaque cursor; absent or `0` means the first.
pub fn cursor_page(items: Vec<Value>, query: &HashMap<String, String>) -> Result<Value, ApiError> {
    let from = read(query, "page", 0)?.min(items.len());
    let size = read(query, "page_size", 100)?.clamp(1, 1000);
    let to = (from + size).min(items.len());
    let after = (to < items.len()).then(|| to.to_string());
    let before = (from > 0).then(|| from.saturating_sub(size).to_string());
    Ok(json!({ "items": items[from..to], "page_after": after, "page_before": before }))
}

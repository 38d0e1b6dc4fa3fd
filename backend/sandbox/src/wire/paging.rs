//! The two page families (D): numbered with `has_more`, and cursors.

use serde_json::{Value, json};

use super::{ApiError, Query};

/// A whole number of the query.
pub fn read_number(query: &Query, name: &str, default: usize) -> Result<usize, ApiError> {
    match query.get(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| ApiError::invalid(name, format!("{name} must be a number"))),
    }
}

/// How many items a page of a list may hold.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub default: usize,
    /// 10 on most lists (D: trap list).
    pub min: usize,
    pub max: usize,
}

impl Sizes {
    pub const fn new(default: usize, min: usize, max: usize) -> Self {
        Self { default, min, max }
    }

    /// `page_size`, refused outside the bounds (A: an error rather than clamped).
    fn of(self, query: &Query) -> Result<usize, ApiError> {
        match read_number(query, "page_size", self.default)? {
            size if (self.min..=self.max).contains(&size) => Ok(size),
            _ => {
                let words = format!("page_size must be between {} and {}", self.min, self.max);
                Err(ApiError::invalid("page_size", words))
            }
        }
    }
}

/// `page_num` from 0.
pub fn numbered_page(items: Vec<Value>, query: &Query, sizes: Sizes) -> Result<Value, ApiError> {
    let page = read_number(query, "page_num", 0)?;
    let size = sizes.of(query)?;
    let from = page.saturating_mul(size).min(items.len());
    let to = (from + size).min(items.len());
    Ok(json!({ "has_more": to < items.len(), "items": items[from..to] }))
}

/// `page` is an opaque cursor; absent or `0` means the first. A cursor names the item it stands after, so
/// that what is new at the top moves nothing.
pub fn cursor_page(items: Vec<Value>, query: &Query, sizes: Sizes) -> Result<Value, ApiError> {
    let size = sizes.of(query)?;
    let key = |item: &Value| item["id"].as_str().unwrap_or_default().to_owned();
    let wrong = || ApiError::invalid("page", "page is not a cursor of this list");
    let place = |id: &str| items.iter().position(|item| key(item) == id).ok_or_else(wrong);
    let from = match query.get("page").map(String::as_str) {
        None | Some("" | "0") => 0,
        Some(cursor) => match cursor.split_once('_') {
            Some(("after", id)) => place(id)? + 1,
            Some(("before", id)) => place(id)?.saturating_sub(size),
            _ => return Err(wrong()),
        },
    };
    let to = (from + size).min(items.len());
    let after = (to < items.len()).then(|| format!("after_{}", key(&items[to - 1])));
    let before = (from > 0).then(|| format!("before_{}", key(&items[from.min(items.len() - 1)])));
    Ok(json!({ "items": items[from.min(to)..to], "page_after": after, "page_before": before }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Sizes = Sizes::new(100, 1, 100);

    fn items(count: usize) -> Vec<Value> {
        (0..count).map(|number| json!({ "id": format!("i{number}") })).collect()
    }

    fn query(fields: &[(&str, &str)]) -> Query {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn cursors_walk_the_whole_list_both_ways_while_it_grows() {
        let first = cursor_page(items(5), &query(&[("page_size", "2")]), ALL).expect("a page");
        assert_eq!(first["items"], json!([{ "id": "i0" }, { "id": "i1" }]));
        assert_eq!(first["page_before"], Value::Null);
        let after = first["page_after"].as_str().expect("more").to_owned();
        let mut grown = items(5);
        grown.insert(0, json!({ "id": "new" }));
        let second =
            cursor_page(grown, &query(&[("page_size", "2"), ("page", &after)]), ALL).expect("a page");
        assert_eq!(second["items"], json!([{ "id": "i2" }, { "id": "i3" }]));
        let before = second["page_before"].as_str().expect("less").to_owned();
        let back =
            cursor_page(items(5), &query(&[("page_size", "2"), ("page", &before)]), ALL).expect("a page");
        assert_eq!(back["items"], first["items"]);
        let last = second["page_after"].as_str().expect("more").to_owned();
        let last = cursor_page(items(5), &query(&[("page", &last)]), ALL).expect("a page");
        assert_eq!((&last["items"], &last["page_after"]), (&json!([{ "id": "i4" }]), &Value::Null));
    }

    #[test]
    fn what_is_no_page_is_refused_by_name() {
        for fields in
            [[("page_size", "0")], [("page_size", "101")], [("page_size", "x")], [("page", "nowhere")]]
        {
            let refused = cursor_page(items(2), &query(&fields), ALL).expect_err("refused");
            assert_eq!(refused.source.as_deref(), Some(fields[0].0));
        }
        let beyond =
            numbered_page(items(3), &query(&[("page_num", "7")]), Sizes::new(2, 1, 100)).expect("a page");
        assert_eq!(beyond, json!({ "has_more": false, "items": [] }));
        let empty = cursor_page(vec![], &query(&[]), ALL).expect("a page");
        assert_eq!(empty["items"], json!([]));
    }
}

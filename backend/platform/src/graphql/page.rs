//! Relay connections with keyset cursors in both directions. A cursor is the id, made opaque.

use async_graphql::{OutputType, SimpleObject, TypeName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::db::page::{MAX, Page, PageRequest};

/// Where a page stands in its list.
#[derive(SimpleObject, Debug, Clone)]
pub struct PageInfo {
    /// Whether there are older items after this page.
    has_next_page: bool,
    /// Whether there are newer items before this page.
    has_previous_page: bool,
    /// The cursor of the first item.
    start_cursor: Option<String>,
    /// The cursor of the last item.
    end_cursor: Option<String>,
}

/// An item and its cursor.
#[derive(SimpleObject, Debug)]
#[graphql(name_type)]
pub struct Edge<T: OutputType> {
    /// The item.
    node: T,
    /// Marks the item's place, for `after` and `before`.
    cursor: String,
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// A page of a list, newest first.
#[derive(SimpleObject, Debug)]
#[graphql(name_type)]
pub struct Connection<T: OutputType> {
    /// The items with their cursors.
    edges: Vec<Edge<T>>,
    /// Where this page stands.
    page_info: PageInfo,
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

/// Reads the four paging arguments. `first` with `after` walks to older items, `last` with `before`
/// to newer ones; both at once, or more than 100, are refused.
pub fn request(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> async_graphql::Result<PageRequest> {
    let size = match (first, last) {
        (Some(_), Some(_)) => return Err(super::problem::bad_input("give first or last, not both")),
        (Some(size), None) | (None, Some(size)) => size,
        (None, None) => DEFAULT_SIZE,
    };
    let size = u64::try_from(size).ok().filter(|size| (1..=MAX).contains(size));
    let size = size.ok_or_else(|| super::problem::bad_input("a page holds 1 to 100 items"))?;
    Ok(PageRequest {
        after: after.map(|cursor| key_of(&cursor)).transpose()?,
        before: before.map(|cursor| key_of(&cursor)).transpose()?,
        size,
        from_end: last.is_some(),
    })
}

/// What a connection may cost: as many children as a page may hold.
pub fn cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let size = first.or(last).unwrap_or(DEFAULT_SIZE).clamp(0, MAX_SIZE);
    usize::try_from(size).unwrap_or_default().saturating_mul(child).saturating_add(1)
}

const DEFAULT_SIZE: i32 = 20;
const MAX_SIZE: i32 = 100;

/// Builds the connection of a page.
pub fn connection<T: OutputType>(page: Page<T>, key: impl Fn(&T) -> &str) -> Connection<T> {
    let cursors: Vec<String> = page.items.iter().map(|item| URL_SAFE_NO_PAD.encode(key(item))).collect();
    let page_info = PageInfo {
        has_next_page: page.has_older,
        has_previous_page: page.has_newer,
        start_cursor: cursors.first().cloned(),
        end_cursor: cursors.last().cloned(),
    };
    let edges = page.items.into_iter().zip(cursors).map(|(node, cursor)| Edge { node, cursor }).collect();
    Connection { edges, page_info }
}

fn key_of(cursor: &str) -> async_graphql::Result<String> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or_else(|| super::problem::bad_input("this is no cursor of this list"))
}

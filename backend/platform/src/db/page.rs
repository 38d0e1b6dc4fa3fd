//! Keyset pages: newest first, the id is the key, both directions.

use std::future::Future;

use sea_orm::{ColumnTrait, EntityTrait, PrimaryKeyTrait, QueryFilter, QueryOrder, QuerySelect, Select};

/// The most rows a page may ask for.
pub const MAX: u64 = 100;

/// Which part of a list is wanted. Cursors are ids; rows run from the newest to the oldest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows older than this id.
    pub after: Option<String>,
    /// Rows newer than this id.
    pub before: Option<String>,
    /// How many.
    pub size: u64,
    /// Whether the rows nearest to `before` (or the oldest) are wanted instead of the newest.
    pub from_end: bool,
}

impl PageRequest {
    pub fn first(size: u64) -> Self {
        Self { after: None, before: None, size: size.min(MAX), from_end: false }
    }
}

/// One page, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub has_newer: bool,
    pub has_older: bool,
}

impl<T> Page<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            has_newer: self.has_newer,
            has_older: self.has_older,
        }
    }

    pub fn try_map<U, E>(self, f: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page {
            items: self.items.into_iter().map(f).collect::<Result<_, E>>()?,
            has_newer: self.has_newer,
            has_older: self.has_older,
        })
    }
}

/// Narrows a select to the page and runs it through `fetch`, which gets one row more than asked to
/// learn whether the list goes on.
pub async fn fetch<E, C, T, Err, F, Fut>(
    select: Select<E>,
    key: C,
    request: &PageRequest,
    fetch: F,
) -> Result<Page<T>, Err>
where
    E: EntityTrait,
    E::PrimaryKey: PrimaryKeyTrait,
    C: ColumnTrait,
    F: FnOnce(Select<E>) -> Fut,
    Fut: Future<Output = Result<Vec<T>, Err>>,
{
    let size = request.size.clamp(1, MAX);
    let mut select = select;
    if let Some(after) = &request.after {
        select = select.filter(key.lt(after.as_str()));
    }
    if let Some(before) = &request.before {
        select = select.filter(key.gt(before.as_str()));
    }
    let backwards = request.from_end;
    select = if backwards { select.order_by_asc(key) } else { select.order_by_desc(key) };
    let mut items = fetch(select.limit(size + 1)).await?;
    let more = items.len() as u64 > size;
    items.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    if backwards {
        items.reverse();
        return Ok(Page { items, has_newer: more, has_older: request.before.is_some() });
    }
    Ok(Page { items, has_newer: request.after.is_some(), has_older: more })
}

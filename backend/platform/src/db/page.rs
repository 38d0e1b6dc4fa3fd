//! Keyset pages: newest first, the id is the key, both directions.

use std::future::Future;

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Order, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PrimaryKeyTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};

/// The most rows a page may ask for.
pub const MAX: u64 = 100;

/// Which part of a list is wanted. Cursors are ids; rows run from the newest to the oldest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
        Self { after: None, before: None, size: Ord::min(size, MAX), from_end: false }
    }

    fn size(&self) -> u64 {
        self.size.clamp(1, MAX)
    }

    /// Makes the page of what was fetched in the page's direction, one row more than asked for.
    pub fn cut<T>(&self, mut items: Vec<T>) -> Page<T> {
        let more = items.len() as u64 > self.size();
        items.truncate(usize::try_from(self.size()).unwrap_or(usize::MAX));
        if self.from_end {
            items.reverse();
            return Page { items, has_newer: more, has_older: self.before.is_some() };
        }
        Page { items, has_newer: self.after.is_some(), has_older: more }
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
    let select = narrow(select, key, request);
    let select = if request.from_end { select.order_by_asc(key) } else { select.order_by_desc(key) };
    Ok(request.cut(fetch(select.limit(request.size() + 1)).await?))
}

/// The same page of many lists at once, in one statement: rows are ranked within their `owner`. The caller
/// sorts them out by owner and lets [`PageRequest::cut`] make each page.
pub async fn fetch_each<E, C>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    key: C,
    owner: C,
    request: &PageRequest,
) -> Result<Vec<E::Model>, DbErr>
where
    E: EntityTrait,
    C: ColumnTrait,
{
    let direction = if request.from_end { "ASC" } else { "DESC" };
    let rank = format!(
        "ROW_NUMBER() OVER (PARTITION BY \"{}\" ORDER BY \"{}\" {direction})",
        owner.to_string(),
        key.to_string()
    );
    let mut ranked = narrow(select, key, request);
    let ranked = QueryTrait::query(&mut ranked).expr_as(Expr::cust(rank), Alias::new(RANK)).to_owned();
    let mut query = Query::select();
    query
        .column(Asterisk)
        .from_subquery(ranked, Alias::new("ranked"))
        .and_where(Expr::col(Alias::new(RANK)).lte(request.size() + 1))
        .order_by(Alias::new(RANK), Order::Asc);
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| E::Model::from_query_result(row, "")).collect()
}

const RANK: &str = "page_rank";

fn narrow<E: EntityTrait, C: ColumnTrait>(select: Select<E>, key: C, request: &PageRequest) -> Select<E> {
    let mut select = select;
    if let Some(after) = &request.after {
        select = select.filter(key.lt(after.as_str()));
    }
    if let Some(before) = &request.before {
        select = select.filter(key.gt(before.as_str()));
    }
    select
}

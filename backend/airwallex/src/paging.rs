//! Both page families as one stream (D): numbered pages with `has_more`, and cursors.

use std::collections::HashSet;

use futures_util::stream::{Stream, TryStreamExt, try_unfold};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::call::{Call, Recovery};
use crate::{Access, Client, Error};

/// A page of either family: numbered (`has_more`) or cursor (`page_after`) (D).
#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    /// In the list's own order, mostly newest first (A).
    pub items: Vec<T>,
    /// Whether another numbered page follows; lists with cursors do not say (D).
    #[serde(default)]
    pub has_more: bool,
    /// The cursor of the next page; the connections' list spells it in camelCase (D).
    #[serde(default, alias = "pageAfter")]
    pub page_after: Option<String>,
    /// The cursor of the page before; none on the first (D).
    #[serde(default, alias = "pageBefore")]
    pub page_before: Option<String>,
}

impl<T> Page<T> {
    /// The items of a list that is told as one; where more follow, part of it must not pass for all.
    pub(crate) fn whole(self) -> Result<Vec<T>, Error> {
        if self.has_more || self.page_after.is_some() {
            return Err(Error::lost("the list goes on after its only page", Recovery::Repeat, None));
        }
        Ok(self.items)
    }
}

/// How a list is walked.
#[derive(Clone, Copy)]
pub(crate) enum Style {
    /// `page_num` from 0.
    Numbered,
    /// `page`, left out for the first page.
    Cursor,
    /// `page` from `0`.
    Bookmark,
}

enum Next {
    First,
    Number(u32),
    Cursor(String),
    None,
}

/// The object of a list whose `request_id` it is. An answer without it is no evidence: lists may lag.
pub(crate) async fn find_by_request_id<T: DeserializeOwned>(
    client: &Client,
    access: &Access,
    list: &'static str,
    request_id: &str,
    of: impl Fn(&T) -> Option<&str>,
) -> Result<Option<T>, Error> {
    let call = Call::get(list, &[]).query([("request_id", Some(request_id.to_owned()))]);
    let page: Page<T> = client.send(access, call).await?;
    Ok(page.items.into_iter().find(|found| of(found) == Some(request_id)))
}

/// Every item of a list, page after page as they are asked for. Ends with the first error.
pub(crate) fn walk<'a, T: DeserializeOwned + 'a>(
    client: &'a Client,
    access: &'a Access,
    call: Call,
    style: Style,
    size: u32,
) -> impl Stream<Item = Result<T, Error>> + 'a {
    let pages = try_unfold((Next::First, HashSet::new()), move |(next, mut passed)| {
        let call = call.clone();
        async move {
            let place = match &next {
                Next::None => return Ok(None),
                Next::First => match style {
                    Style::Numbered => Some(("page_num", "0".to_owned())),
                    Style::Cursor => None,
                    Style::Bookmark => Some(("page", "0".to_owned())),
                },
                Next::Number(number) => Some(("page_num", number.to_string())),
                Next::Cursor(cursor) => Some(("page", cursor.clone())),
            };
            let place = place.map(|(name, value)| (name, Some(value)));
            let call = call.query(place).query([("page_size", Some(size.to_string()))]);
            let page: Page<T> = client.send(access, call).await?;
            let after = match (style, page.page_after, next) {
                (Style::Cursor | Style::Bookmark, Some(cursor), _) if !cursor.is_empty() => {
                    if !passed.insert(cursor.clone()) {
                        return Err(endless());
                    }
                    Next::Cursor(cursor)
                }
                (Style::Numbered, _, _) if page.has_more && page.items.is_empty() => return Err(endless()),
                (Style::Numbered, _, Next::Number(number)) if page.has_more => Next::Number(number + 1),
                (Style::Numbered, _, _) if page.has_more => Next::Number(1),
                _ => Next::None,
            };
            let items = futures_util::stream::iter(page.items.into_iter().map(Ok::<T, Error>));
            Ok::<_, Error>(Some((items, (after, passed))))
        }
    });
    pages.try_flatten()
}

/// A list that leads back to where it was.
fn endless() -> Error {
    Error::lost("the list has no end", Recovery::Repeat, None)
}

//! The seller's payouts.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use serde::Serialize;

use super::line::{Around, Line, around, balances_of, page_request, paying_account, seller_of, shown};
use super::mark::mark_for_seller;
use crate::payouts::service::{self, Along};
use crate::platform::Platform;
use crate::web::page::{Page, show};
use crate::web::{Browser, WebResult};

/// The seller's payouts.
#[derive(Debug, Clone, Serialize)]
pub struct ListPage {
    pub seller_id: String,
    /// Whether a payout can be made today.
    pub pays_out: bool,
    pub balances: Vec<(String, String)>,
    pub lines: Vec<Line>,
    pub around: Around,
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "payouts/list.html";

    fn samples() -> Vec<Self> {
        let page = |lines: Vec<Line>, older: &str| Self {
            seller_id: "seller_1".to_owned(),
            pays_out: !lines.is_empty(),
            balances: vec![("842.15".to_owned(), "GBP".to_owned())],
            lines,
            around: Around { newest: !older.is_empty(), older: older.to_owned() },
        };
        vec![
            page(vec![], ""),
            page(vec![Line::sample(), Line { cause: String::new(), ..Line::sample() }], "x"),
        ]
    }
}

pub async fn list(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let along = Along { seller: false, beneficiary: true };
    let request = page_request(&query, 25);
    let page = service::list(&platform, &browser.actor, Some(&seller.id), None, along, &request).await?;
    let around = around(&page);
    let lines = page.items.into_iter().map(|row| {
        let mark = mark_for_seller(row.payout.status);
        Line::of(row, mark)
    });
    let balances = balances_of(&platform, &browser, &seller).await?.iter().map(shown).collect();
    let pays_out = paying_account(&platform, &browser, &seller).await?.is_some();
    let page =
        ListPage { seller_id: seller.id.to_string(), pays_out, balances, lines: lines.collect(), around };
    show(&platform, &frame, &page)
}

//! The seller's payouts.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Path, Query, State};
use serde::Serialize;

use super::line::{Around, Line, around, balances_of, page_request, paying_account, seller_of};
use super::mark::mark_for_seller;
use crate::kernel::Money;
use crate::payouts::PayoutStatus;
use crate::payouts::service::{self, Along};
use crate::platform::Platform;
use crate::web::page::{Page, show};
use crate::web::purse::Purse;
use crate::web::{Browser, WebResult};

/// The seller's payouts.
#[derive(Debug, Clone, Serialize)]
pub struct ListPage {
    pub seller_id: String,
    /// Whether a payout can be made today.
    pub pays_out: bool,
    pub balances: Purse,
    pub months: Vec<Month>,
    pub around: Around,
}

/// The payouts of one month, and what they come to.
#[derive(Debug, Clone, Serialize)]
pub struct Month {
    /// Such as `November 2026`.
    pub title: String,
    pub lines: Vec<Line>,
    /// Fee, amount and currency of all that arrived or is on its way; empty where a part of the month is on
    /// another page.
    pub closed: Vec<(String, String, String)>,
}

/// Groups a page, which is newest first. A month is closed when all of it is here.
fn months(rows: Vec<service::Row>, has_newer: bool, has_older: bool) -> Vec<Month> {
    let title = |row: &service::Row| row.payout.created_at.format("%B %Y").to_string();
    let groups: Vec<Vec<service::Row>> = rows.into_iter().fold(vec![], |mut groups, row| {
        match groups.last_mut().filter(|group| group.first().map(title) == Some(title(&row))) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
        groups
    });
    let last = groups.len().saturating_sub(1);
    let is_cut = |index: usize| (index == 0 && has_newer) || (index == last && has_older);
    let month = |(index, rows): (usize, Vec<service::Row>)| Month {
        title: rows.first().map(title).unwrap_or_default(),
        closed: if is_cut(index) { vec![] } else { sums(&rows) },
        lines: rows
            .into_iter()
            .map(|row| {
                let mark = mark_for_seller(row.payout.status);
                Line::of(row, mark)
            })
            .collect(),
    };
    groups.into_iter().enumerate().map(month).collect()
}

/// Fees and amounts per currency, without what waits, failed, came back or was cancelled.
fn sums(rows: &[service::Row]) -> Vec<(String, String, String)> {
    use PayoutStatus::{Cancelled, Failed, Overdue, Returned};
    let mut sums: BTreeMap<&str, (Money, Money)> = BTreeMap::new();
    for payout in rows.iter().map(|row| &row.payout) {
        if matches!(payout.status, Cancelled | Failed | Overdue | Returned) {
            continue;
        }
        let zero = Money::zero(payout.amount.currency());
        let sum = sums.entry(payout.amount.currency().code()).or_insert((zero, zero));
        let added = (sum.0.checked_add(payout.fee), sum.1.checked_add(payout.amount));
        if let (Ok(fee), Ok(amount)) = added {
            *sum = (fee, amount);
        }
    }
    let told = |(code, (fee, amount)): (&str, (Money, Money))| {
        (fee.for_people(), amount.for_people(), code.to_owned())
    };
    sums.into_iter().map(told).collect()
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "payouts/list.html";

    fn samples() -> Vec<Self> {
        const SIX: [&str; 6] = ["GBP", "AUD", "EUR", "JPY", "SGD", "USD"];
        let month = |lines: Vec<Line>| Month {
            title: "November 2026".to_owned(),
            lines,
            closed: vec![("7.12".to_owned(), "565.10".to_owned(), "GBP".to_owned())],
        };
        let page = |lines: Vec<Line>, older: &str| Self {
            seller_id: "seller_1".to_owned(),
            pays_out: !lines.is_empty(),
            balances: Purse::sample(if lines.is_empty() { &["GBP"] } else { &SIX }),
            months: if lines.is_empty() { vec![] } else { vec![month(lines)] },
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
    let months = months(page.items, page.has_newer, page.has_older);
    let balances = Purse::of(&balances_of(&platform, &browser, &seller).await?);
    let pays_out = paying_account(&platform, &browser, &seller).await?.is_some();
    let page = ListPage { seller_id: seller.id.to_string(), pays_out, balances, months, around };
    show(&platform, &frame, &page)
}

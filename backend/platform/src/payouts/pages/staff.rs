//! Payouts as staff see them: the list, and one with its evidence.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use serde::Serialize;

use super::detail::SumWords;
use super::line::{Around, Line, around, page_request};
use super::mark::{Mark, mark_for_staff};
use crate::kernel::id::{PayoutId, PersonId};
use crate::payouts::service::{self, Along};
use crate::payouts::{PayoutStatus, rules, upstream};
use crate::platform::Platform;
use crate::web::page::{Frame, Page, show};
use crate::web::when::When;
use crate::web::{Browser, WebError, WebResult};
use crate::{audit, beneficiaries, sellers, users};

/// The staff's list.
#[derive(Debug, Clone, Serialize)]
pub struct AdminListPage {
    pub lines: Vec<Line>,
    pub around: Around,
    /// The status filtered by, empty for all.
    pub status: String,
    pub statuses: Vec<(String, String)>,
    /// Since when commits may be lost, while no payout leaves.
    pub held_since: Option<When>,
    /// Accounts whose payouts wait for somebody to look.
    pub held_accounts: u64,
}

impl Page for AdminListPage {
    const TEMPLATE: &'static str = "admin/payouts/list.html";

    fn samples() -> Vec<Self> {
        let page = |lines: Vec<Line>, status: &str, older: &str| Self {
            lines,
            around: Around { newest: !older.is_empty(), older: older.to_owned() },
            status: status.to_owned(),
            statuses: vec![("PAID".to_owned(), "Paid".to_owned())],
            held_since: None,
            held_accounts: 0,
        };
        let held = Self { held_since: Some(When::sample()), held_accounts: 2, ..page(vec![], "", "") };
        vec![page(vec![], "", ""), page(vec![], "PAID", ""), page(vec![Line::sample()], "PAID", "x"), held]
    }
}

pub async fn list(
    State(platform): State<Platform>,
    browser: Browser,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    browser.signed_in()?;
    browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let status = query.get("status").and_then(|text| PayoutStatus::parse(text));
    let along = Along { seller: true, beneficiary: true };
    let page =
        service::list(&platform, &browser.actor, None, status, along, &page_request(&query, 50)).await?;
    let around = around(&page);
    let lines = page.items.into_iter().map(|row| {
        let mark = mark_for_staff(row.payout.status);
        Line::of(row, mark)
    });
    let holds = service::holds(&platform).await?;
    let word = |one: &PayoutStatus| (one.as_str().to_owned(), mark_for_staff(*one).word.to_owned());
    let page = AdminListPage {
        lines: lines.collect(),
        around,
        status: status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        statuses: PayoutStatus::ALL.iter().map(word).collect(),
        held_since: holds.all_since.map(Into::into),
        held_accounts: holds.accounts,
    };
    show(&platform, &Frame::of(&platform, &browser).at("payouts"), &page)
}

/// A payout with its evidence.
#[derive(Debug, Clone, Serialize)]
pub struct AdminDetailPage {
    pub id: String,
    pub seller_id: String,
    pub seller: String,
    pub mark: Mark,
    pub to: String,
    pub holder: String,
    pub reference: String,
    pub amount: String,
    pub fee: String,
    pub total: String,
    pub currency: String,
    pub sum: SumWords,
    /// Label and value, in mono.
    pub facts: Vec<(String, String)>,
    /// Status, cause, detail and time.
    pub history: Vec<(String, String, String, When)>,
    /// Number, time and outcome of each send.
    pub sends: Vec<(i64, When, String)>,
    /// Time, who, what.
    pub audit: Vec<(When, String, String)>,
}

impl Page for AdminDetailPage {
    const TEMPLATE: &'static str = "admin/payouts/detail.html";

    fn samples() -> Vec<Self> {
        let page = Self {
            id: "payout_1".to_owned(),
            seller_id: "seller_1".to_owned(),
            seller: "Blue Kiln".to_owned(),
            mark: mark_for_staff(PayoutStatus::Paid),
            to: "Harbour Bank, 1107".to_owned(),
            holder: "Blue Kiln".to_owned(),
            reference: "KL-1".to_owned(),
            amount: "620.00".to_owned(),
            fee: "7.60".to_owned(),
            total: "627.60".to_owned(),
            currency: "GBP".to_owned(),
            sum: SumWords::of(PayoutStatus::Paid, true),
            facts: vec![("request_id".to_owned(), "2d6b".to_owned())],
            history: vec![("PAID".to_owned(), "event".to_owned(), String::new(), When::sample())],
            sends: vec![(1, When::sample(), "CREATED".to_owned())],
            audit: vec![(When::sample(), "system worker".to_owned(), "payout.changed".to_owned())],
        };
        vec![Self { sends: vec![], ..page.clone() }, page]
    }
}

pub async fn detail(State(platform): State<Platform>, browser: Browser, Path(id): Path<String>) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let id = PayoutId::parse(&id).map_err(|_| WebError::NotFound)?;
    let payout = service::get(&platform, &browser.actor, &id).await?;
    let seller = sellers::service::get(&platform, &browser.actor, &payout.seller).await?;
    let account =
        beneficiaries::service::get(&platform, &browser.actor, &payout.seller, &payout.beneficiary).await?;
    let history = service::history(&platform, std::slice::from_ref(&id)).await?;
    let sends = service::sends(&platform, staff, &id).await?;
    let entries = audit::recent(&platform, staff, id.as_str()).await?;
    let people: Vec<PersonId> =
        entries.iter().filter_map(|entry| PersonId::parse(&entry.actor).ok()).collect();
    let names = users::service::names(&platform, staff, &people).await?;
    let who = |actor: String| {
        names.iter().find(|(id, _)| id.as_str() == actor).map_or(actor.clone(), |(_, name)| name.clone())
    };
    let fact = |label: &str, value: Option<String>| Some((label.to_owned(), value?));
    let in_words = |code: &str| format!("{code}: {}", upstream::reason_for_people(Some(code)));
    let page = AdminDetailPage {
        id: id.to_string(),
        seller_id: seller.id.to_string(),
        seller: seller.name,
        mark: mark_for_staff(payout.status),
        to: account.label(),
        holder: account.holder,
        reference: payout.reference.clone(),
        amount: payout.amount.for_people(),
        fee: payout.fee.for_people(),
        total: payout.total().for_people(),
        currency: payout.amount.currency().to_string(),
        sum: SumWords::of(
            payout.status,
            history.iter().any(|(_, event)| rules::money_is_taken(event.status)),
        ),
        facts: [
            fact("Reason", payout.reason.as_deref().map(in_words)),
            fact("request_id", Some(payout.request_id.clone())),
            fact("Transfer", payout.upstream_id.clone()),
            fact("Airwallex’s reference", payout.upstream_reference.clone()),
            fact("Acting account", Some(payout.acting_account.clone())),
            fact("Unknown word", payout.upstream_status.clone()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        history: history
            .into_iter()
            .map(|(_, event)| {
                (
                    event.status.as_str().to_owned(),
                    event.cause,
                    event.detail.unwrap_or_default(),
                    event.at.into(),
                )
            })
            .collect(),
        sends: sends.into_iter().map(|(number, at, outcome)| (number, at.into(), outcome)).collect(),
        audit: entries
            .into_iter()
            .map(|entry| (entry.at.into(), who(entry.actor), format!("{} {}", entry.action, entry.detail)))
            .collect(),
    };
    show(&platform, &Frame::of(&platform, &browser).at("payouts"), &page)
}

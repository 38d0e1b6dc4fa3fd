//! How all connections are, and the list of them.

use std::collections::HashMap;

use axum::extract::{Query, State};
use serde::Serialize;

use super::words_for_seller;
use crate::connections::model::{Connection, ConnectionStatus};
use crate::connections::service::{self, Health, Pair};
use crate::db::page::PageRequest;
use crate::kernel::Instant;
use crate::kernel::id::ConnectionId;
use crate::platform::Platform;
use crate::sellers::{self, Seller};
use crate::web::page::{Frame, Page, show};
use crate::web::when::When;
use crate::web::{Browser, WebError, WebResult};

/// One line of the list.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionLine {
    pub id: String,
    pub seller: String,
    pub glyph: &'static str,
    pub tone: &'static str,
    pub status: &'static str,
    pub reason: &'static str,
    pub missing: String,
    pub changed: When,
    /// When its pair was committed, and how many days its refresh token has left.
    pub pair: Option<(When, i64)>,
}

/// How all connections are, in numbers and words.
#[derive(Debug, Clone, Serialize)]
pub struct HealthLines {
    pub counts: Vec<(String, u64)>,
    pub open_sends: u64,
    pub oldest_pair: Option<When>,
    pub unseen_events: u64,
    /// Refreshes in a row whose outcome nobody knows, and whether untouched connections wait.
    pub silence: u64,
    pub is_waiting: bool,
}

impl From<Health> for HealthLines {
    fn from(health: Health) -> Self {
        Self {
            counts: health.counts,
            open_sends: health.open_sends,
            oldest_pair: health.oldest_pair.map(Into::into),
            unseen_events: health.unseen_events,
            silence: health.silence,
            is_waiting: health.is_waiting,
        }
    }
}

/// A page of connections, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionsPage {
    pub health: HealthLines,
    pub statuses: Vec<&'static str>,
    pub filter: String,
    pub lines: Vec<ConnectionLine>,
    pub newest: bool,
    pub older: String,
}

impl Page for ConnectionsPage {
    const TEMPLATE: &'static str = "admin/connections/list.html";

    fn samples() -> Vec<Self> {
        let health = HealthLines {
            counts: vec![("CONNECTED".to_owned(), 1200), ("PAUSED".to_owned(), 1)],
            open_sends: 0,
            oldest_pair: Some(When::sample()),
            unseen_events: 0,
            silence: 0,
            is_waiting: false,
        };
        let line = ConnectionLine {
            id: "connection_1".to_owned(),
            seller: "Blue Kiln Studio".to_owned(),
            glyph: "full",
            tone: "moss",
            status: "CONNECTED",
            reason: "CONSENT",
            missing: "balance:read".to_owned(),
            changed: When::sample(),
            pair: Some((When::sample(), 59)),
        };
        let ended = ConnectionLine { pair: None, missing: String::new(), ..line.clone() };
        let page = Self {
            health: health.clone(),
            statuses: statuses(),
            filter: String::new(),
            lines: vec![line, ended],
            newest: false,
            older: "connection_1".to_owned(),
        };
        let troubled =
            HealthLines { open_sends: 4, unseen_events: 1, silence: 4, is_waiting: true, ..health };
        let nothing = HealthLines { counts: vec![], oldest_pair: None, ..page.health.clone() };
        vec![
            Self { health: troubled, newest: true, ..page.clone() },
            Self { filter: "PAUSED".to_owned(), lines: vec![], ..page.clone() },
            Self { health: nothing, lines: vec![], older: String::new(), ..page.clone() },
            page,
        ]
    }
}

fn statuses() -> Vec<&'static str> {
    ConnectionStatus::ALL.iter().map(|status| status.as_str()).collect()
}

fn line(connection: Connection, pair: Option<Pair>, seller: Option<&Seller>, now: Instant) -> ConnectionLine {
    let (glyph, tone, _) = words_for_seller(connection.status);
    ConnectionLine {
        id: connection.id.to_string(),
        seller: seller.map(|seller| seller.name.clone()).unwrap_or_default(),
        glyph,
        tone,
        status: connection.status.as_str(),
        reason: connection.reason.as_str(),
        missing: connection.missing_scopes.join(" "),
        changed: connection.updated_at.into(),
        pair: pair.map(|pair| (pair.committed_at.into(), (pair.refresh_expires_at - now).num_days())),
    }
}

pub async fn list(
    State(platform): State<Platform>,
    browser: Browser,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let filter = query.get("status").and_then(|text| ConnectionStatus::parse(text));
    let after = query.get("after").filter(|id| ConnectionId::parse(id).is_ok()).cloned();
    let request = PageRequest { after, ..PageRequest::first(50) };
    let page = service::list(&platform, staff, filter, &request).await?;
    let ids: Vec<_> = page.items.iter().map(|(connection, _)| connection.seller.clone()).collect();
    let sellers = sellers::service::many(&platform, &browser.actor, &ids).await?;
    let last = page.items.last().map(|(connection, _)| connection.id.to_string());
    let (newest, has_older) = (page.has_newer, page.has_older);
    let now = platform.clock.now();
    let lines = page.items.into_iter().map(|(connection, pair)| {
        let seller = sellers.iter().find(|seller| seller.id == connection.seller);
        line(connection, pair, seller, now)
    });
    let page = ConnectionsPage {
        health: service::health(&platform).await?.into(),
        statuses: statuses(),
        filter: filter.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        lines: lines.collect(),
        newest,
        older: last.filter(|_| has_older).unwrap_or_default(),
    };
    show(&platform, &Frame::of(&platform, &browser).at("connections"), &page)
}

//! The staff's webhook inbox.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use serde::Serialize;

use super::service;
use crate::kernel::id::WebhookEventId;
use crate::platform::Platform;
use crate::web::page::{Frame, Page, see_other, show};
use crate::web::when::When;
use crate::web::{Browser, Fields, WebError, WebResult};

pub fn routes() -> Router<Platform> {
    Router::new().route("/admin/webhooks", get(inbox)).route("/admin/webhooks/{id}/replay", post(replay))
}

/// One event.
#[derive(Debug, Clone, Serialize)]
pub struct EventLine {
    pub id: String,
    pub upstream_id: String,
    pub name: String,
    pub account: String,
    pub glyph: &'static str,
    pub tone: &'static str,
    pub status: String,
    pub detail: String,
    pub attempts: i32,
    pub received: When,
    /// The body as it arrived, bank details masked.
    pub body: String,
}

/// The newest events.
#[derive(Debug, Clone, Serialize)]
pub struct InboxPage {
    pub lines: Vec<EventLine>,
    pub filter: String,
}

impl Page for InboxPage {
    const TEMPLATE: &'static str = "admin/webhooks/list.html";

    fn samples() -> Vec<Self> {
        let line = EventLine {
            id: "webhook_1".to_owned(),
            upstream_id: "evt_1".to_owned(),
            name: "payout.transfer.paid".to_owned(),
            account: "acct_1".to_owned(),
            glyph: "full",
            tone: "moss",
            status: "APPLIED".to_owned(),
            detail: "payout_1".to_owned(),
            attempts: 1,
            received: When::sample(),
            body: "{}".to_owned(),
        };
        vec![
            Self { lines: vec![], filter: String::new() },
            Self { lines: vec![], filter: "UNMATCHED".to_owned() },
            Self { lines: vec![line], filter: String::new() },
        ]
    }
}

async fn inbox(
    State(platform): State<Platform>,
    browser: Browser,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let filter = query.get("status").filter(|status| !status.is_empty()).cloned();
    let rows = service::newest(&platform, staff, filter.as_deref()).await?;
    let lines = rows
        .into_iter()
        .map(|row| {
            let (glyph, tone) = match row.status.as_str() {
                "APPLIED" => ("full", "moss"),
                "IGNORED" => ("stroke", "slate"),
                "RECEIVED" => ("half", "petrol"),
                "UNMATCHED" => ("question", "plum"),
                _ => ("octagon", "madder"),
            };
            EventLine {
                id: row.id.to_string(),
                upstream_id: row.upstream_id,
                name: row.name,
                account: row.account.unwrap_or_default(),
                glyph,
                tone,
                status: row.status,
                detail: row.detail.unwrap_or_default(),
                attempts: row.attempts,
                received: row.received_at.into(),
                body: pretty(&row.body),
            }
        })
        .collect();
    let page = InboxPage { lines, filter: filter.unwrap_or_default() };
    show(&platform, &Frame::of(&platform, &browser).at("webhooks"), &page)
}

/// The body for eyes.
fn pretty(body: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

async fn replay(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    _fields: Fields,
) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let id = WebhookEventId::parse(&id).map_err(|_| WebError::NotFound)?;
    service::replay(&platform, staff, &id).await?;
    Ok(see_other("/admin/webhooks"))
}

//! What looked like the reuse of a token, for staff.

use axum::extract::{Path, State};
use serde::Serialize;

use crate::connections::model::SecurityEvent;
use crate::connections::service;
use crate::kernel::id::SecurityEventId;
use crate::platform::Platform;
use crate::web::page::{Frame, Page, see_other, show};
use crate::web::when::When;
use crate::web::{Browser, Fields, WebError, WebResult};

/// One event.
#[derive(Debug, Clone, Serialize)]
pub struct SecurityLine {
    pub id: String,
    pub kind: &'static str,
    pub connection: String,
    pub generation: i64,
    pub actor: String,
    pub place: String,
    pub detail: String,
    pub at: When,
    pub seen: Option<When>,
}

impl SecurityLine {
    pub fn sample() -> Self {
        Self {
            id: "secevt_1".to_owned(),
            kind: "REUSE_BLOCKED",
            connection: "connection_1".to_owned(),
            generation: 3,
            actor: "system worker".to_owned(),
            place: "a refresh for a caller at replica-1".to_owned(),
            detail: "generation 3 was rotated".to_owned(),
            at: When::sample(),
            seen: None,
        }
    }
}

impl From<SecurityEvent> for SecurityLine {
    fn from(event: SecurityEvent) -> Self {
        Self {
            id: event.id.to_string(),
            kind: event.kind.as_str(),
            connection: event.connection.to_string(),
            generation: event.generation,
            actor: event.actor,
            place: event.place,
            detail: event.detail,
            at: event.at.into(),
            seen: event.seen_at.map(Into::into),
        }
    }
}

/// The newest events of all connections.
#[derive(Debug, Clone, Serialize)]
pub struct SecurityPage {
    pub lines: Vec<SecurityLine>,
}

impl Page for SecurityPage {
    const TEMPLATE: &'static str = "admin/connections/security.html";

    fn samples() -> Vec<Self> {
        let seen = SecurityLine { seen: Some(When::sample()), ..SecurityLine::sample() };
        vec![Self { lines: vec![] }, Self { lines: vec![SecurityLine::sample(), seen] }]
    }
}

pub async fn list(State(platform): State<Platform>, browser: Browser) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let events = service::security_events(&platform, staff, None).await?;
    let page = SecurityPage { lines: events.into_iter().map(Into::into).collect() };
    show(&platform, &Frame::of(&platform, &browser).at("connections"), &page)
}

/// "I have looked into it."
pub async fn seen(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    _fields: Fields,
) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let id = SecurityEventId::parse(&id).map_err(|_| WebError::NotFound)?;
    service::mark_seen(&platform, staff, &id).await?;
    Ok(see_other("/admin/connections/security"))
}

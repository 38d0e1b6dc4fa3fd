//! One connection for staff: why it stands where it stands, its generations and sends (never their values), its
//! history, and the mail that asks the seller to connect again.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use serde::Serialize;

use super::staff_security::SecurityLine;
use super::words_for_seller;
use crate::connections::model::ConnectionStatus;
use crate::connections::service::{self, Inspection, Pair, SendFacts};
use crate::kernel::id::ConnectionId;
use crate::platform::Platform;
use crate::sellers;
use crate::web::page::{Frame, Page, see_other, show};
use crate::web::when::When;
use crate::web::{Browser, Fields, WebError, WebResult};

/// One generation of tokens.
#[derive(Debug, Clone, Serialize)]
pub struct PairLine {
    pub generation: i64,
    /// Such as `send 4` or `consent`.
    pub from: String,
    pub committed: When,
    pub refresh_until: When,
    pub renewal: Option<When>,
    pub retired: Option<(When, String)>,
}

impl From<Pair> for PairLine {
    fn from(pair: Pair) -> Self {
        Self {
            generation: pair.generation,
            from: pair.attempt.map_or("consent".to_owned(), |number| format!("send {number}")),
            committed: pair.committed_at.into(),
            refresh_until: pair.refresh_expires_at.into(),
            renewal: pair.renew_at.map(Into::into),
            retired: pair.retired.map(|(at, why)| (at.into(), why)),
        }
    }
}

/// One recorded send.
#[derive(Debug, Clone, Serialize)]
pub struct SendLine {
    pub number: i64,
    pub generation: i64,
    pub owner: String,
    /// The beginning of the owner's name, enough to tell replicas apart.
    pub replica: String,
    pub recorded: When,
    pub outcome: Option<String>,
    pub resolved: Option<When>,
}

impl From<SendFacts> for SendLine {
    fn from(send: SendFacts) -> Self {
        Self {
            number: send.number,
            generation: send.generation,
            replica: send.owner.chars().take(8).collect(),
            owner: send.owner,
            recorded: send.recorded_at.into(),
            outcome: send.outcome,
            resolved: send.resolved_at.map(Into::into),
        }
    }
}

/// Everything about one connection but the values of its tokens.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionPage {
    pub id: String,
    pub seller_id: String,
    pub seller: String,
    pub glyph: &'static str,
    pub tone: &'static str,
    pub status: &'static str,
    pub reason: &'static str,
    pub words: &'static str,
    pub account: String,
    pub scopes: Vec<String>,
    pub missing: Vec<String>,
    pub consented: Option<When>,
    pub pairs: Vec<PairLine>,
    pub sends: Vec<SendLine>,
    /// Status, reason, when; newest first.
    pub timeline: Vec<(&'static str, &'static str, When)>,
    pub events: Vec<SecurityLine>,
    /// Whether the seller can be written to that she has to connect again.
    pub may_remind: bool,
    pub reminded: bool,
}

impl Page for ConnectionPage {
    const TEMPLATE: &'static str = "admin/connections/detail.html";

    fn samples() -> Vec<Self> {
        let pair = PairLine {
            generation: 4,
            from: "send 4".to_owned(),
            committed: When::sample(),
            refresh_until: When::sample(),
            renewal: Some(When::sample()),
            retired: None,
        };
        let retired = PairLine { retired: Some((When::sample(), "rotation".to_owned())), ..pair.clone() };
        let send = SendLine {
            number: 4,
            generation: 3,
            owner: "replica-1".to_owned(),
            replica: "replica-".to_owned(),
            recorded: When::sample(),
            outcome: Some("committed".to_owned()),
            resolved: Some(When::sample()),
        };
        let open = SendLine { outcome: None, resolved: None, ..send.clone() };
        let page = Self {
            id: "connection_1".to_owned(),
            seller_id: "seller_1".to_owned(),
            seller: "Blue Kiln Studio".to_owned(),
            glyph: "full",
            tone: "moss",
            status: "CONNECTED",
            reason: "CONSENT",
            words: "Consent was given and its tokens are stored.",
            account: "acct_1".to_owned(),
            scopes: vec!["balance:read".to_owned()],
            missing: vec!["transfer:write".to_owned()],
            consented: Some(When::sample()),
            pairs: vec![pair, retired],
            sends: vec![send, open],
            timeline: vec![("CONNECTED", "CONSENT", When::sample())],
            events: vec![SecurityLine::sample()],
            may_remind: true,
            reminded: true,
        };
        let bare = Self {
            missing: vec![],
            consented: None,
            pairs: vec![],
            sends: vec![],
            events: vec![],
            may_remind: false,
            reminded: false,
            ..page.clone()
        };
        vec![page, bare]
    }
}

impl ConnectionPage {
    fn of(found: Inspection, seller: String, reminded: bool) -> Self {
        let connection = found.connection;
        let (glyph, tone, _) = words_for_seller(connection.status);
        let step = |step: crate::connections::model::ConnectionEvent| {
            (step.status.as_str(), step.reason.as_str(), step.at.into())
        };
        Self {
            id: connection.id.to_string(),
            seller_id: connection.seller.to_string(),
            seller,
            glyph,
            tone,
            status: connection.status.as_str(),
            reason: connection.reason.as_str(),
            words: connection.reason.to_staff(),
            account: found.account.unwrap_or_default(),
            scopes: connection.scopes,
            missing: connection.missing_scopes,
            consented: connection.connected_at.map(Into::into),
            pairs: found.pairs.into_iter().map(Into::into).collect(),
            sends: found.sends.into_iter().map(Into::into).collect(),
            timeline: found.timeline.into_iter().rev().map(step).collect(),
            events: found.events.into_iter().map(Into::into).collect(),
            may_remind: connection.status != ConnectionStatus::Connected,
            reminded,
        }
    }
}

pub async fn detail(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let id = ConnectionId::parse(&id).map_err(|_| WebError::NotFound)?;
    let found = service::inspect(&platform, staff, &id).await?.ok_or(WebError::NotFound)?;
    let owner = [found.connection.seller.clone()];
    let seller = sellers::service::many(&platform, &browser.actor, &owner).await?.pop();
    let name = seller.map(|seller| seller.name).unwrap_or_default();
    let page = ConnectionPage::of(found, name, query.contains_key("reminded"));
    show(&platform, &Frame::of(&platform, &browser).at("connections"), &page)
}

/// Writes to the seller once more.
pub async fn remind(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    _fields: Fields,
) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let id = ConnectionId::parse(&id).map_err(|_| WebError::NotFound)?;
    let is_sent = service::remind(&platform, staff, &id).await?;
    let note = if is_sent { "?reminded" } else { "" };
    Ok(see_other(&format!("/admin/connections/{id}{note}")))
}

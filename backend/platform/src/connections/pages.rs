//! What a person reads after the consent page, and the staff's list of connections.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde::Serialize;

use super::model::{Attempt, Connection, ConnectionStatus, Outcome};
use super::{ConnectionRefusal, service};
use crate::kernel::Refusal;
use crate::platform::Platform;
use crate::sellers::{self, Seller};
use crate::web::page::{Frame, Page, show, show_with};
use crate::web::when::When;
use crate::web::{Browser, WebError, WebResult};

pub fn routes() -> Router<Platform> {
    Router::new().route("/admin/connections", get(admin))
}

/// One sentence, where you stand, one button.
#[derive(Debug, Clone, Serialize)]
pub struct OutcomePage {
    pub glyph: &'static str,
    pub tone: &'static str,
    pub title: String,
    pub words: String,
    /// Set while the exchange runs: the page looks again by itself.
    pub is_running: bool,
    pub seller_id: String,
    /// Offers to start again, as it was begun.
    pub again: bool,
    pub sign_up: bool,
    #[serde(skip)]
    status: StatusCode,
}

impl Page for OutcomePage {
    const TEMPLATE: &'static str = "connections/outcome.html";

    fn samples() -> Vec<Self> {
        let attempt = |outcome: Option<Outcome>, is_running: bool, sign_up: bool| Attempt {
            id: crate::kernel::id::AttemptId::parse("attempt_01jd2r8v4k01jd2r8v4k01jd2r").expect("an id"),
            seller: crate::kernel::id::SellerId::parse("seller_01jd2r8v4k01jd2r8v4k01jd2r").expect("an id"),
            sign_up,
            outcome,
            is_running,
        };
        let mut samples: Vec<Self> =
            Outcome::ALL.iter().map(|outcome| Self::of(&attempt(Some(*outcome), false, true))).collect();
        samples.push(Self::of(&attempt(None, true, false)));
        samples.push(Self::refused(ConnectionRefusal::AttemptNotFound));
        samples
    }
}

impl OutcomePage {
    /// The words for each end of an attempt.
    pub fn of(attempt: &Attempt) -> Self {
        let (glyph, tone) = match attempt.outcome {
            None => ("half", "petrol"),
            Some(Outcome::Connected) => ("full", "moss"),
            Some(Outcome::Declined) => ("stroke", "slate"),
            Some(Outcome::Expired) => ("clock", "slate"),
            Some(
                Outcome::ExchangeRefused
                | Outcome::AccountTaken
                | Outcome::OtherAccount
                | Outcome::Misconfigured,
            ) => ("octagon", "madder"),
            Some(Outcome::ExchangeLost | Outcome::AccountUnknown) => ("question", "plum"),
            Some(Outcome::NotAMember) => ("stroke", "madder"),
        };
        let (title, words) = match attempt.outcome {
            None => (
                "We are finishing with Airwallex",
                "This takes a few seconds. The page looks again by itself; you may also close it.",
            ),
            Some(outcome) => (outcome.title(), outcome.remedy()),
        };
        // Who no longer belongs here cannot start again either.
        let again = attempt
            .outcome
            .is_some_and(|outcome| !matches!(outcome, Outcome::Connected | Outcome::NotAMember));
        Self {
            glyph,
            tone,
            title: title.to_owned(),
            words: words.to_owned(),
            is_running: attempt.outcome.is_none(),
            seller_id: attempt.seller.to_string(),
            again,
            sign_up: attempt.sign_up,
            status: StatusCode::OK,
        }
    }

    /// The words for a link that leads nowhere.
    pub fn refused(refusal: ConnectionRefusal) -> Self {
        Self {
            glyph: "octagon",
            tone: "madder",
            title: "Nothing was connected".to_owned(),
            words: refusal.message(),
            is_running: false,
            seller_id: String::new(),
            again: false,
            sign_up: false,
            status: StatusCode::BAD_REQUEST,
        }
    }
}

pub fn outcome_page(platform: &Platform, browser: &Browser, page: OutcomePage) -> WebResult {
    show_with(platform, page.status, &Frame::of(platform, browser).at("account"), &page)
}

/// Glyph, tone and words of a connection, for sellers.
pub fn words_for_seller(status: ConnectionStatus) -> (&'static str, &'static str, &'static str) {
    match status {
        ConnectionStatus::Pending => ("ring", "slate", "Not connected yet"),
        ConnectionStatus::Connected => ("full", "moss", "Connected"),
        ConnectionStatus::Paused => ("octagon", "madder", "Closed to be safe, please connect again"),
        ConnectionStatus::NeedsReauthorization => ("octagon", "madder", "Please connect again"),
        ConnectionStatus::Disconnected => ("stroke", "slate", "You disconnected your account"),
    }
}

/// One line of the staff's list.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionLine {
    pub id: String,
    pub seller_id: String,
    pub seller: String,
    pub glyph: &'static str,
    pub tone: &'static str,
    pub status: &'static str,
    pub reason: &'static str,
    pub changed: When,
    pub connected: Option<When>,
}

/// All connections, most recently changed first.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectionsPage {
    pub lines: Vec<ConnectionLine>,
}

impl Page for ConnectionsPage {
    const TEMPLATE: &'static str = "admin/connections/list.html";

    fn samples() -> Vec<Self> {
        let line = ConnectionLine {
            id: "connection_1".to_owned(),
            seller_id: "seller_1".to_owned(),
            seller: "Blue Kiln Studio".to_owned(),
            glyph: "full",
            tone: "moss",
            status: "CONNECTED",
            reason: "CONSENT",
            changed: When::sample(),
            connected: Some(When::sample()),
        };
        vec![
            Self { lines: vec![] },
            Self { lines: vec![line.clone(), ConnectionLine { connected: None, ..line }] },
        ]
    }
}

fn line(connection: Connection, seller: Option<&Seller>) -> ConnectionLine {
    let (glyph, tone, _) = words_for_seller(connection.status);
    ConnectionLine {
        id: connection.id.to_string(),
        seller_id: connection.seller.to_string(),
        seller: seller.map(|seller| seller.name.clone()).unwrap_or_default(),
        glyph,
        tone,
        status: connection.status.as_str(),
        reason: connection.reason.as_str(),
        changed: connection.updated_at.into(),
        connected: connection.connected_at.map(Into::into),
    }
}

async fn admin(State(platform): State<Platform>, browser: Browser) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let connections = service::all(&platform, staff).await?;
    let ids: Vec<_> = connections.iter().map(|connection| connection.seller.clone()).collect();
    let sellers = sellers::service::many(&platform, &browser.actor, &ids).await?;
    let named = |connection: Connection| {
        let seller = sellers.iter().find(|seller| seller.id == connection.seller);
        line(connection, seller)
    };
    let lines = connections.into_iter().map(named).collect();
    show(&platform, &Frame::of(&platform, &browser).at("connections"), &ConnectionsPage { lines })
}

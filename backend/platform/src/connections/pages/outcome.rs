//! What a person reads after the consent page.

use axum::http::StatusCode;
use serde::Serialize;

use super::super::ConnectionRefusal;
use super::super::model::{Attempt, Outcome};
use crate::kernel::Refusal;
use crate::platform::Platform;
use crate::web::page::{Frame, Page, show_with};
use crate::web::{Browser, WebResult};

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
            Some(Outcome::ExchangeLost | Outcome::AccountUnknown | Outcome::NotReached) => {
                ("question", "plum")
            }
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

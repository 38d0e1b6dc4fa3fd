//! Making a seller.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde::Serialize;

use super::service::{self, COUNTRIES, NewSeller};
use crate::platform::Platform;
use crate::web::page::{Frame, Page, see_other, show, show_with};
use crate::web::{Browser, Fields, Summary, WebResult};

pub fn routes() -> Router<Platform> {
    Router::new().route("/seller/new", get(new_page).post(create))
}

/// The form for a new seller.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewSellerPage {
    pub name: String,
    pub country: String,
    pub countries: Vec<(String, String)>,
    pub summary: Summary,
}

impl Page for NewSellerPage {
    const TEMPLATE: &'static str = "sellers/new.html";

    fn samples() -> Vec<Self> {
        let problem = crate::web::FieldProblem::new("name", "Enter the name.");
        vec![
            Self::default().filled(),
            Self { summary: Summary::of(vec![problem]), ..Self::default() }.filled(),
        ]
    }
}

impl NewSellerPage {
    fn filled(self) -> Self {
        let countries =
            COUNTRIES.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect();
        Self { countries, ..self }
    }
}

async fn new_page(State(platform): State<Platform>, browser: Browser) -> WebResult {
    browser.signed_in()?;
    show(&platform, &Frame::of(&platform, &browser), &NewSellerPage::default().filled())
}

async fn create(State(platform): State<Platform>, browser: Browser, fields: Fields) -> WebResult {
    let input = NewSeller { name: fields.text("name"), country: fields.text("country") };
    match service::create(&platform, &browser.actor, input).await {
        Ok(seller) => Ok(see_other(&format!("/seller/{}", seller.id))),
        Err(error) => {
            let summary = Summary::of_problems(&[error.into_problem()?]);
            let page = NewSellerPage {
                name: fields.text("name"),
                country: fields.text("country"),
                summary,
                ..Default::default()
            };
            show_with(
                &platform,
                StatusCode::UNPROCESSABLE_ENTITY,
                &Frame::of(&platform, &browser),
                &page.filled(),
            )
        }
    }
}

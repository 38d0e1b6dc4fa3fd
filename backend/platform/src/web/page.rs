//! A page is a struct with a template; the frame around it is the same for all.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

use super::templates::asset_url;
use super::{Browser, WebResult};
use crate::kernel::Failure;
use crate::platform::Platform;

/// What a template shows. One test renders every page with every sample.
pub trait Page: Serialize + Sized {
    const TEMPLATE: &'static str;

    /// Contexts that together reach every branch of the template.
    fn samples() -> Vec<Self>;
}

/// What stands around every page.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    pub operator: String,
    pub css: String,
    pub script: String,
    pub icon: String,
    pub csrf: String,
    /// `light`, `dark` or empty for the system's choice.
    pub theme: String,
    pub sandbox: bool,
    pub signed_in: bool,
    pub staff: bool,
    pub person: String,
    /// The seller in whose rooms we are.
    pub seller: Option<FrameSeller>,
    /// This page, to come back to.
    pub path: String,
    /// Which item of the navigation is the current one.
    pub here: String,
    pub now: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct FrameSeller {
    pub id: String,
    pub name: String,
}

impl Frame {
    pub fn of(platform: &Platform, browser: &Browser) -> Self {
        Self {
            operator: platform.settings.operator.clone(),
            css: asset_url("souk.css"),
            script: asset_url("souk.js"),
            icon: asset_url("mark.svg"),
            csrf: browser.csrf.clone(),
            theme: browser.theme.clone(),
            sandbox: platform.settings.sandbox,
            signed_in: browser.session.is_some(),
            staff: browser.actor.as_staff().is_some(),
            person: browser.session.as_ref().map(|session| session.name.clone()).unwrap_or_default(),
            seller: None,
            path: browser.path.clone(),
            here: String::new(),
            now: platform.clock.now().to_rfc3339(),
        }
    }

    /// For samples.
    pub fn sample() -> Self {
        Self {
            operator: "Kiln & Loom".to_owned(),
            css: "/assets/x/souk.css".to_owned(),
            script: "/assets/x/souk.js".to_owned(),
            icon: "/assets/x/mark.svg".to_owned(),
            csrf: "csrf".to_owned(),
            theme: String::new(),
            sandbox: true,
            signed_in: true,
            staff: true,
            person: "Hazel Okafor".to_owned(),
            seller: Some(FrameSeller { id: "seller_1".to_owned(), name: "Blue Kiln Studio".to_owned() }),
            path: "/seller/seller_1/payouts".to_owned(),
            here: "payouts".to_owned(),
            now: "2026-11-20T10:00:00Z".to_owned(),
        }
    }

    pub fn at(self, here: &str) -> Self {
        Self { here: here.to_owned(), ..self }
    }

    pub fn for_seller(self, id: impl ToString, name: &str) -> Self {
        Self { seller: Some(FrameSeller { id: id.to_string(), name: name.to_owned() }), ..self }
    }
}

#[derive(Serialize)]
struct Framed<'a, P> {
    frame: &'a Frame,
    #[serde(flatten)]
    page: &'a P,
}

/// Renders a page inside its frame.
pub fn html<P: Page>(platform: &Platform, frame: &Frame, page: &P) -> Result<String, Failure> {
    platform.templates.render(P::TEMPLATE, &Framed { frame, page })
}

/// Answers 200 with the page.
pub fn show<P: Page>(platform: &Platform, frame: &Frame, page: &P) -> WebResult {
    show_with(platform, StatusCode::OK, frame, page)
}

/// Answers with another status.
pub fn show_with<P: Page>(platform: &Platform, status: StatusCode, frame: &Frame, page: &P) -> WebResult {
    Ok((status, Html(html(platform, frame, page)?)).into_response())
}

/// 303: every successful POST redirects.
pub fn see_other(to: &str) -> Response {
    axum::response::Redirect::to(to).into_response()
}

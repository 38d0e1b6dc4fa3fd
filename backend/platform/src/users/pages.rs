//! Sign-up, confirmation, sign-in, sign-out, reset.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;

use super::service::{self, SignUp};
use super::{UserRefusal, session};
use crate::kernel::{Error, Kind, Problem, Refusal, Secret};
use crate::platform::Platform;
use crate::web::browser::{SESSION, set_cookie};
use crate::web::page::{Frame, Page, see_other, show, show_with};
use crate::web::{Browser, Fields, Summary, WebError, WebResult, own_path};

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/account/sign-up", get(sign_up_page).post(sign_up))
        .route("/account/check-mail", get(check_mail))
        .route("/account/confirm/{token}", get(confirm_page).post(confirm))
        .route("/account/sign-in", get(sign_in_page).post(sign_in))
        .route("/account/sign-out", post(sign_out))
        .route("/account/reset", get(reset_page).post(ask_reset))
        .route("/account/reset/{token}", get(new_password_page).post(reset))
}

/// Every page of this feature: one column with one form or a few words.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AccountPage {
    /// `sign_up`, `sign_in`, `check_mail`, `confirm`, `reset`, `new_password`.
    pub kind: String,
    pub name: String,
    pub email: String,
    pub summary: Summary,
    /// A sentence below the heading.
    pub note: String,
    /// Where the form goes, if not back here.
    pub action: String,
    /// Where to go after signing in; a path of ours.
    pub next: String,
}

impl Page for AccountPage {
    const TEMPLATE: &'static str = "account/account.html";

    fn samples() -> Vec<Self> {
        let mut samples: Vec<Self> = ["sign_up", "sign_in", "check_mail", "confirm", "reset", "new_password"]
            .into_iter()
            .map(|kind| Self { kind: kind.to_owned(), note: "A note.".to_owned(), ..Self::default() })
            .collect();
        let problem = crate::web::FieldProblem::new("email", "Enter an email address.");
        samples.push(Self {
            kind: "sign_up".to_owned(),
            name: "Hazel".to_owned(),
            email: "hazel".to_owned(),
            summary: Summary::of(vec![problem]),
            note: String::new(),
            action: "/account/sign-up".to_owned(),
            next: "/seller/new".to_owned(),
        });
        samples
    }
}

impl AccountPage {
    fn of(kind: &str) -> Self {
        Self { kind: kind.to_owned(), ..Self::default() }
    }
}

fn page(platform: &Platform, browser: &Browser, page: &AccountPage) -> WebResult {
    show(platform, &Frame::of(platform, browser).at("account"), page)
}

/// Shows the form again with what has to be put right, or passes the error on.
fn again<R: Refusal>(
    platform: &Platform,
    browser: &Browser,
    mut page: AccountPage,
    error: Error<R>,
) -> WebResult {
    let problem: Problem = error.into_problem().map_err(WebError::from)?;
    let status = match problem.kind {
        Kind::Limited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page.summary = Summary::of_problems(&[problem]);
    let frame = Frame::of(platform, browser).at("account");
    show_with(platform, status, &frame, &page)
}

async fn sign_up_page(State(platform): State<Platform>, browser: Browser) -> WebResult {
    page(&platform, &browser, &AccountPage::of("sign_up"))
}

async fn sign_up(State(platform): State<Platform>, browser: Browser, fields: Fields) -> WebResult {
    let (name, email) = (fields.text("name"), fields.text("email"));
    let input = SignUp { name: name.clone(), email: email.clone(), password: fields.secret("password") };
    let faults = service::faults(&input);
    if faults.len() > 1 {
        let problems: Vec<Problem> = faults.iter().flat_map(Refusal::problems).collect();
        let summary = Summary::of_problems(&problems);
        let shown = AccountPage { name, email, summary, ..AccountPage::of("sign_up") };
        let frame = Frame::of(&platform, &browser).at("account");
        return show_with(&platform, StatusCode::UNPROCESSABLE_ENTITY, &frame, &shown);
    }
    match service::sign_up(&platform, input, &browser.address).await {
        Ok(()) => Ok(see_other("/account/check-mail")),
        Err(error) => {
            again(&platform, &browser, AccountPage { name, email, ..AccountPage::of("sign_up") }, error)
        }
    }
}

async fn check_mail(
    State(platform): State<Platform>,
    browser: Browser,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    let life = if query.contains_key("for") { "an hour" } else { "a day" };
    let note = format!("We have sent you a link. It works once, and for {life} at most.");
    page(&platform, &browser, &AccountPage { note, ..AccountPage::of("check_mail") })
}

/// A button, not the link itself, confirms: mail scanners follow links.
async fn confirm_page(
    State(platform): State<Platform>,
    browser: Browser,
    Path(token): Path<String>,
) -> WebResult {
    let action = format!("/account/confirm/{token}");
    page(&platform, &browser, &AccountPage { action, ..AccountPage::of("confirm") })
}

async fn confirm(
    State(platform): State<Platform>,
    browser: Browser,
    Path(token): Path<String>,
    fields: Fields,
) -> WebResult {
    match service::confirm(&platform, &token, fields.secret("password"), &browser.address).await {
        Ok(person) => Ok(signed_in(&platform, &session::start(&platform, &person.id).await?, "/")),
        Err(Error::Refused(UserRefusal::PasswordWrong)) => {
            let action = format!("/account/confirm/{token}");
            let page = AccountPage { action, ..AccountPage::of("confirm") };
            again(&platform, &browser, page, Error::Refused(UserRefusal::PasswordWrong))
        }
        Err(error) => {
            let action = "/account/sign-in".to_owned();
            again(&platform, &browser, AccountPage { action, ..AccountPage::of("sign_in") }, error)
        }
    }
}

async fn sign_in_page(
    State(platform): State<Platform>,
    browser: Browser,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    let next = own_path(query.get("next").map(String::as_str).unwrap_or_default());
    let note = if query.contains_key("saved") { "Your new password is saved. Sign in with it." } else { "" };
    page(&platform, &browser, &AccountPage { next, note: note.to_owned(), ..AccountPage::of("sign_in") })
}

async fn sign_in(State(platform): State<Platform>, browser: Browser, fields: Fields) -> WebResult {
    let (email, next) = (fields.text("email"), own_path(&fields.text("next")));
    match service::sign_in(&platform, &email, fields.secret("password"), &browser.address).await {
        Ok((person, token)) => {
            let home = if person.staff_role.is_some() { "/admin" } else { "/" };
            Ok(signed_in(&platform, &token, if next.is_empty() { home } else { &next }))
        }
        Err(error) => {
            again(&platform, &browser, AccountPage { email, next, ..AccountPage::of("sign_in") }, error)
        }
    }
}

async fn sign_out(State(platform): State<Platform>, browser: Browser, _fields: Fields) -> WebResult {
    if let Some(session) = &browser.session {
        session::end(&platform, &session.token).await?;
    }
    Ok(with_session(&platform, "", 0, "/"))
}

async fn reset_page(State(platform): State<Platform>, browser: Browser) -> WebResult {
    page(&platform, &browser, &AccountPage::of("reset"))
}

async fn ask_reset(State(platform): State<Platform>, browser: Browser, fields: Fields) -> WebResult {
    let email = fields.text("email");
    match service::ask_reset(&platform, &email, &browser.address).await {
        Ok(()) => Ok(see_other("/account/check-mail?for=password")),
        Err(error) => again(&platform, &browser, AccountPage { email, ..AccountPage::of("reset") }, error),
    }
}

async fn new_password_page(
    State(platform): State<Platform>,
    browser: Browser,
    Path(token): Path<String>,
) -> WebResult {
    let action = format!("/account/reset/{token}");
    page(&platform, &browser, &AccountPage { action, ..AccountPage::of("new_password") })
}

async fn reset(
    State(platform): State<Platform>,
    browser: Browser,
    Path(token): Path<String>,
    fields: Fields,
) -> WebResult {
    let action = format!("/account/reset/{token}");
    match service::reset(&platform, &token, fields.secret("password"), &browser.address).await {
        Ok(()) => Ok(see_other("/account/sign-in?saved")),
        Err(error) => {
            again(&platform, &browser, AccountPage { action, ..AccountPage::of("new_password") }, error)
        }
    }
}

fn signed_in(platform: &Platform, token: &Secret<String>, to: &str) -> Response {
    with_session(platform, token.expose(), session::LIFE.num_seconds(), to)
}

fn with_session(platform: &Platform, value: &str, seconds: i64, to: &str) -> Response {
    let secure = platform.settings.public_url.scheme() == "https";
    let cookie: HeaderValue = set_cookie(SESSION, value, "/", seconds, secure);
    let mut response = see_other(to);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response.into_response()
}

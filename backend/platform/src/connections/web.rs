//! The browser's way out to the consent page and back.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};

use super::model::Begun;
use super::pages::{OutcomePage, outcome_page};
use super::service::{self, Return};
use super::{ConnectionRefusal, attempt};
use crate::kernel::id::{AttemptId, SellerId};
use crate::kernel::{Error, Refusal};
use crate::platform::Platform;
use crate::web::browser::set_cookie;
use crate::web::page::see_other;
use crate::web::{Browser, Fields, WebError, WebResult};

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/seller/{seller}/connect", post(connect))
        .route("/connect/airwallex/start/{attempt}", get(start))
        .route("/connect/airwallex/callback", get(callback))
        .route("/connect/airwallex/outcome/{attempt}", get(outcome))
        .route("/connect/airwallex/refused/{code}", get(refused))
}

/// "Sign up Airwallex" and "Connect existing account".
async fn connect(
    State(platform): State<Platform>,
    browser: Browser,
    Path(seller): Path<String>,
    fields: Fields,
) -> WebResult {
    browser.signed_in()?;
    let seller = SellerId::parse(&seller).map_err(|_| WebError::NotFound)?;
    let begun = service::begin(&platform, &browser.actor, &seller, fields.text("sign_up") == "true").await?;
    Ok(send_out(&platform, begun))
}

/// Binds a program's attempt to the signed-in browser that opens its link.
async fn start(State(platform): State<Platform>, browser: Browser, Path(id): Path<String>) -> WebResult {
    browser.signed_in()?;
    let id = AttemptId::parse(&id).map_err(|_| WebError::NotFound)?;
    match service::set_out(&platform, &browser.actor, &id).await {
        Ok(begun) => Ok(send_out(&platform, begun)),
        Err(Error::Refused(refusal)) => outcome_page(&platform, &browser, OutcomePage::refused(refusal)),
        Err(other) => Err(other.into()),
    }
}

/// Where Airwallex sends the browser back. Answers 303 to an address without the code.
async fn callback(
    State(platform): State<Platform>,
    browser: Browser,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    browser.signed_in()?;
    if !query.contains_key("state") {
        return Ok(to_refusal(ConnectionRefusal::AttemptNotFound));
    }
    // A closed tab drops this handler, and the answer to a code comes only once.
    let (own, who) = (platform.clone(), browser.clone());
    let completing = platform.outlive(async move {
        let get = |name: &str| query.get(name).map(String::as_str);
        let back = Return {
            state: get("state").unwrap_or_default(),
            code: get("code").map(|code| airwallex::Token::new(code.to_owned())),
            error: get("error"),
        };
        service::complete(&own, &who.actor, &who.cookies, back).await
    });
    match completing.await? {
        Ok(attempt) => Ok(private(see_other(&format!("/connect/airwallex/outcome/{}", attempt.id)))),
        Err(Error::Refused(refusal)) => Ok(to_refusal(refusal)),
        Err(other) => Err(other.into()),
    }
}

/// Away from an address that holds the code and the state.
fn to_refusal(refusal: ConnectionRefusal) -> Response {
    private(see_other(&format!("/connect/airwallex/refused/{}", refusal.code())))
}

async fn refused(State(platform): State<Platform>, browser: Browser, Path(code): Path<String>) -> WebResult {
    let refusal = ConnectionRefusal::ALL.into_iter().find(|refusal| refusal.code() == code);
    outcome_page(&platform, &browser, OutcomePage::refused(refusal.ok_or(WebError::NotFound)?))
}

async fn outcome(State(platform): State<Platform>, browser: Browser, Path(id): Path<String>) -> WebResult {
    browser.signed_in()?;
    let id = AttemptId::parse(&id).map_err(|_| WebError::NotFound)?;
    let attempt = service::see(&platform, &browser.actor, &id).await?;
    outcome_page(&platform, &browser, OutcomePage::of(&attempt))
}

fn send_out(platform: &Platform, begun: Begun) -> Response {
    let mut response = private(see_other(&begun.url));
    if let Some((name, value)) = begun.cookie {
        let secure = platform.settings.public_url.scheme() == "https";
        let cookie =
            set_cookie(&name, value.expose(), "/connect/airwallex", attempt::LIFE.num_seconds(), secure);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Neither the state nor the code may travel on in a referrer or stay in a cache.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

//! All routes, and the layers that every request passes: who asks, where from, and errors as pages.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Path, Request, State, WebSocketUpgrade};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use futures_util::FutureExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use super::{graphiql, health, home, schema};
use crate::graphql::credential::bearer;
use crate::graphql::http::{Endpoint, allow_frontends, preflight, refuse, serve};
use crate::graphql::ws;
use crate::kernel::Actor;
use crate::platform::Platform;
use crate::users::{api_token, session};
use crate::web::browser::{Cookies, SESSION, THEME, VISITOR, set_cookie};
use crate::web::error_page::{ErrorPage, SignInFirst, ToBeShown};
use crate::web::page::{Frame, html};
use crate::web::templates::asset;
use crate::web::{Browser, WebError, address, csrf};
use crate::{beneficiaries, connections, onboarding, payouts, sellers, users, webhooks};

/// The whole product over HTTP.
pub fn router(platform: Platform) -> Router {
    let endpoint = Arc::new(Endpoint {
        platform: platform.clone(),
        executor: schema::build(platform.settings.production),
        data: schema::data,
        bearer: |platform, token| {
            async move {
                api_token::resolve(&platform, &token).await.unwrap_or_else(|failure| {
                    failure.report();
                    None
                })
            }
            .boxed()
        },
        session: |platform, cookie| {
            async move {
                let resolved = session::resolve(&platform, &cookie).await.unwrap_or_else(|failure| {
                    failure.report();
                    None
                });
                resolved.map(|(actor, _)| actor)
            }
            .boxed()
        },
    });
    let graphql = Router::new()
        .route("/graphql", axum::routing::any(graphql_any))
        .with_state(endpoint)
        .route("/graphql", axum::routing::options(preflight).with_state(platform.clone()));
    let pages = Router::new()
        .merge(home::routes())
        .merge(users::pages::routes())
        .merge(sellers::pages::routes())
        .merge(connections::web::routes())
        .merge(connections::pages::routes())
        .merge(onboarding::pages::routes())
        .merge(beneficiaries::pages::routes())
        .merge(payouts::pages::routes())
        .merge(webhooks::pages::routes())
        .layer(from_fn_with_state(platform.clone(), same_origin))
        .with_state(platform.clone());
    let plain =
        Router::new().merge(webhooks::web::routes()).merge(health::routes()).with_state(platform.clone());
    Router::new()
        .merge(pages)
        .merge(graphql)
        .method_not_allowed_fallback(|| async { WebError::NoPage })
        .layer(from_fn_with_state(platform.clone(), identify))
        .layer(from_fn_with_state(platform.clone(), share))
        .route("/assets/{hash}/{name}", get(serve_asset))
        .merge(plain)
        .fallback(|| async { WebError::NotFound })
        .layer(from_fn_with_state(platform.clone(), show_errors))
        .layer(CatchPanicLayer::new())
        .layer(RequestBodyLimitLayer::new(1024 * 1024))
        .layer(from_fn_with_state(platform, canonical_host))
}

/// One route for GET, POST and the upgrade; any other method is refused by the specification's rule.
async fn graphql_any(
    State(endpoint): State<Arc<Endpoint<schema::SoukSchema>>>,
    browser: Browser,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let wants_socket = parts
        .headers
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if wants_socket {
        return match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
            Ok(upgrade) => ws::upgrade(State(endpoint), browser, parts.headers, upgrade).await,
            Err(rejection) => rejection.into_response(),
        };
    }
    if graphiql::is_wanted(&endpoint.platform, &parts) {
        return graphiql::page(&endpoint.platform).into_response();
    }
    if !matches!(parts.method, Method::GET | Method::POST) {
        let refused =
            refuse(&parts.headers, StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "send GET or POST");
        return ([(header::ALLOW, "GET, POST")], refused).into_response();
    }
    let Ok(body) = axum::body::to_bytes(body, 1024 * 1024).await else {
        let words = "a request may hold a megabyte";
        return refuse(&parts.headers, StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", words);
    };
    serve(State(endpoint), browser, parts.method, parts.uri, parts.headers, body).await
}

/// In the endpoint's own shape for programs, in plain words elsewhere.
fn not_identified(request: &Request, status: StatusCode, code: &str, words: &'static str) -> Response {
    if request.uri().path() == "/graphql" {
        return refuse(request.headers(), status, code, words);
    }
    (status, words).into_response()
}

/// Finds out who asks: a session cookie or an API token, never both.
async fn identify(State(platform): State<Platform>, mut request: Request, next: Next) -> Response {
    let cookies = Cookies::read(request.headers());
    let bearer = bearer(request.headers());
    let session_cookie = cookies.get(SESSION).filter(|value| !value.is_empty()).map(str::to_owned);
    let mut browser = Browser {
        actor: Actor::Anonymous,
        session: None,
        csrf: String::new(),
        theme: cookies.get(THEME).unwrap_or_default().to_owned(),
        cookies,
        path: request.uri().path().to_owned(),
        address: address::client(request.extensions(), request.headers(), &platform.settings.trusted_proxies),
    };
    match (session_cookie, bearer) {
        (Some(_), Some(_)) => {
            let words = "a session cookie and an API token at once; send one";
            return not_identified(&request, StatusCode::BAD_REQUEST, "TWO_CREDENTIALS", words);
        }
        (None, Some(token)) => match api_token::resolve(&platform, &token).await {
            Ok(Some(actor)) => browser.actor = actor,
            Ok(None) => {
                let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
                let status = StatusCode::UNAUTHORIZED;
                let refused =
                    not_identified(&request, status, "TOKEN_INVALID", "this API token is not valid");
                return (challenge, refused).into_response();
            }
            Err(failure) => return WebError::from(failure).into_response(),
        },
        (Some(cookie), None) => match session::resolve(&platform, &cookie).await {
            Ok(Some((actor, session))) => {
                browser.actor = actor;
                browser.session = Some(session);
                browser.csrf = csrf::token(&cookie);
            }
            Ok(None) => {}
            Err(failure) => return WebError::from(failure).into_response(),
        },
        (None, None) => {}
    }
    let visitor = visitor(&platform, &mut browser);
    request.extensions_mut().insert(browser.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(browser);
    if let Some(cookie) = visitor {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A browser without a session gets a cookie of its own, so that its forms carry a token too.
fn visitor(platform: &Platform, browser: &mut Browser) -> Option<HeaderValue> {
    if browser.session.is_some() || browser.actor.is_program() {
        return None;
    }
    if let Some(known) = browser.cookies.get(VISITOR) {
        browser.csrf = csrf::token(known);
        return None;
    }
    let token = platform.random.token();
    browser.csrf = csrf::token(token.expose());
    let secure = platform.settings.public_url.scheme() == "https";
    Some(set_cookie(VISITOR, token.expose(), "/", 24 * 3600, secure))
}

/// The configured frontends may read every answer of the endpoint, refusals included.
async fn share(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    if request.uri().path() != "/graphql" {
        return next.run(request).await;
    }
    let headers = request.headers().clone();
    let mut response = next.run(request).await;
    // A program reads JSON, not a page.
    if let Some(ToBeShown(status, page)) = response.extensions_mut().remove::<ToBeShown>() {
        response = refused(status, &page);
    }
    allow_frontends(&platform, &headers, &mut response);
    response
}

/// A failure before GraphQL was reached, in GraphQL's own shape.
fn refused(status: StatusCode, page: &ErrorPage) -> Response {
    let extensions = serde_json::json!({ "code": "INTERNAL", "reference": page.reference });
    let body = serde_json::json!({ "errors": [{ "message": page.title, "extensions": extensions }] });
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}

/// Forms of other sites are refused before anything is read.
async fn same_origin(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    if csrf::is_same_origin(request.method(), request.headers(), &platform.settings.public_url) {
        return next.run(request).await;
    }
    WebError::ForeignForm.into_response()
}

/// Turns errors into pages in the reader's frame, and sets the headers of every page.
async fn show_errors(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let (path, method) = (request.uri().path().to_owned(), request.method().clone());
    let wanted = request.uri().path_and_query().map(|wanted| wanted.as_str().to_owned());
    let cookies = Cookies::read(request.headers());
    let mut response = next.run(request).await;
    if let Some(ToBeShown(status, page)) = response.extensions().get::<ToBeShown>().cloned() {
        let browser = match response.extensions().get::<Browser>() {
            Some(browser) => browser.clone(),
            None => reader(&platform, cookies).await,
        };
        let set = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect::<Vec<_>>();
        response = error_page(&platform, &browser, status, &page);
        for cookie in set {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    // The callback's address holds the code and the state: it goes nowhere.
    let may_come_back = method == Method::GET && path != "/connect/airwallex/callback";
    if may_come_back && response.extensions().get::<SignInFirst>().is_some() {
        let back =
            url::form_urlencoded::byte_serialize(wanted.unwrap_or_default().as_bytes()).collect::<String>();
        if let Ok(target) = HeaderValue::from_str(&format!("/account/sign-in?next={back}")) {
            response.headers_mut().insert(header::LOCATION, target);
        }
    }
    if path.starts_with("/connect/airwallex/") {
        let never = HeaderValue::from_static("no-referrer");
        response.headers_mut().insert(header::REFERRER_POLICY, never);
    }
    let headers = response.headers_mut();
    let policy = "default-src 'self'; img-src 'self'; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    if platform.settings.public_url.scheme() == "https" {
        let name = HeaderName::from_static("strict-transport-security");
        headers.insert(name, HeaderValue::from_static("max-age=31536000"));
    }
    if !path.starts_with("/assets/") {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Who reads an error page of a route that does not ask who calls.
async fn reader(platform: &Platform, cookies: Cookies) -> Browser {
    let resolved = match cookies.get(SESSION) {
        Some(cookie) => session::resolve(platform, cookie).await.ok().flatten(),
        None => None,
    };
    let csrf = cookies.get(SESSION).or(cookies.get(VISITOR)).map(csrf::token).unwrap_or_default();
    let (actor, session) =
        resolved.map_or((Actor::Anonymous, None), |(actor, session)| (actor, Some(session)));
    let theme = cookies.get(THEME).unwrap_or_default().to_owned();
    Browser { actor, session, csrf, theme, cookies, path: "/".to_owned(), address: String::new() }
}

fn error_page(platform: &Platform, browser: &Browser, status: StatusCode, page: &ErrorPage) -> Response {
    match html(platform, &Frame::of(platform, browser), page) {
        Ok(text) => (status, Html(text)).into_response(),
        Err(failure) => {
            failure.report();
            (status, page.title.clone()).into_response()
        }
    }
}

/// One host name: cookies set on another one would be lost on the way back from Airwallex.
async fn canonical_host(State(platform): State<Platform>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let own = &platform.settings.public_url;
    let canonical = match own.port() {
        Some(port) => format!("{}:{port}", own.host_str().unwrap_or_default()),
        None => own.host_str().unwrap_or_default().to_owned(),
    };
    let is_page = request.method().is_safe() && !request.uri().path().starts_with("/health/");
    match host {
        Some(host) if host != canonical && is_page && !platform.settings.production => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            Redirect::permanent(&platform.public_url(path)).into_response()
        }
        _ => next.run(request).await,
    }
}

/// Only under its own hash: during a rolling deploy another replica's file would be kept for a year.
async fn serve_asset(Path((hash, name)): Path<(String, String)>) -> Response {
    let content =
        asset(&name).filter(|_| crate::web::templates::asset_url(&name) == format!("/assets/{hash}/{name}"));
    let Some(content) = content else {
        return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")]).into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let cache = "public, max-age=31536000, immutable";
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], content).into_response()
}

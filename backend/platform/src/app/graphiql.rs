//! GraphiQL, for whoever opens the endpoint in a browser outside production. Vendored, so that nothing is
//! loaded from elsewhere.

use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

use crate::platform::Platform;
use crate::web::WebError;
use crate::web::templates::asset_url;

#[derive(Serialize)]
struct Page<'a> {
    operator: &'a str,
    icon: String,
    css: String,
    scripts: Vec<String>,
}

/// Whether a request asks for the page rather than for an answer: a GET without a query by something that
/// prefers HTML.
pub fn is_wanted(platform: &Platform, parts: &Parts) -> bool {
    let accepted =
        parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asks = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .any(|(name, _)| name == "query");
    !platform.settings.production
        && parts.method == Method::GET
        && !asks
        && accepted.split(',').next().is_some_and(|first| first.trim().starts_with("text/html"))
}

pub fn page(platform: &Platform) -> Response {
    let scripts = ["react.js", "react-dom.js", "graphiql.js", "graphiql-start.js"];
    let page = Page {
        operator: &platform.settings.operator,
        icon: asset_url("mark.svg"),
        css: asset_url("graphiql.css"),
        scripts: scripts.into_iter().map(asset_url).collect(),
    };
    match platform.templates.render("graphiql.html", &page) {
        Ok(text) => Html(text).into_response(),
        Err(failure) => WebError::from(failure).into_response(),
    }
}

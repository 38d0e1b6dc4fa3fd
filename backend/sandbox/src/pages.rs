//! The hosted pages: another house than Souk's, and nobody may mistake it for Airwallex's.

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};
use tera::{Context, Tera};

use crate::store::Sandbox;

static TEMPLATES: LazyLock<Tera> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.add_raw_templates([
        ("layout.html", include_str!("../pages/layout.html")),
        ("field.html", include_str!("../pages/field.html")),
        ("consent.html", include_str!("../pages/consent.html")),
        ("kyc.html", include_str!("../pages/kyc.html")),
        ("rfi.html", include_str!("../pages/rfi.html")),
        ("liveness.html", include_str!("../pages/liveness.html")),
        ("told.html", include_str!("../pages/told.html")),
        ("console.html", include_str!("../pages/console.html")),
        ("refusal.html", include_str!("../pages/refusal.html")),
    ])
    .expect("the pages are well formed");
    tera
});

pub async fn stylesheet() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css")], include_str!("../pages/sandbox.css"))
}

/// The faint word across the ground, never behind text.
pub async fn ground() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml")], include_str!("../pages/ground.svg"))
}

/// The tape, small.
pub async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml")], include_str!("../pages/icon.svg"))
}

/// Renders a page with the sandbox's clock.
pub fn render(sandbox: &Sandbox, name: &str, mut context: Value) -> Response {
    {
        let state = sandbox.lock();
        let now = state.now();
        context["clock"] = json!(now.format("%-d %b %Y, %H:%M:%S UTC").to_string());
        context["clock_iso"] = json!(now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        context["clock_stands"] = json!(state.clock.is_frozen());
    }
    let page = Context::from_serialize(&context).and_then(|context| TEMPLATES.render(name, &context));
    match page {
        // What stands on it may be over when a browser goes back to it.
        Ok(html) => ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(?error, name, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Sends the browser on, by 302 as Airwallex does (D).
pub fn found(to: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

/// Something cannot be done, and the browser is not sent anywhere.
pub fn refusal(sandbox: &Sandbox, title: &str, words: &str) -> Response {
    refused(sandbox, StatusCode::BAD_REQUEST, title, words)
}

/// The same, for another reason than what the browser sent.
pub fn refused(sandbox: &Sandbox, status: StatusCode, title: &str, words: &str) -> Response {
    let mut response = render(sandbox, "refusal.html", json!({ "title": title, "words": words }));
    *response.status_mut() = status;
    response
}

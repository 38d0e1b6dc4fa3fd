//! `GET /`: what this is, what is in it, and the tester's orders as forms. Each form is a thin call into the order
//! of the same name under `/_control/`; a refused one is told in its part of the page.

mod orders;
mod rows;

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::pages;
use crate::store::Sandbox;
use crate::transfers::failures;
use crate::wire::Reply;
use crate::world::faults::{EVENT_ACTIONS, ROUTE_ACTIONS};
use crate::world::start;

type Fields = HashMap<String, String>;

/// The newest of each, most of them cut after this many.
const SHOWN: usize = 50;

pub fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/", get(page))
        .route("/console/clock", post(orders::clock))
        .route("/console/faults", post(orders::fault))
        .route("/console/faults/clear", post(orders::clear))
        .route("/console/faults/release", post(orders::release))
        .route("/console/accounts/{id}", post(orders::account))
        .route("/console/transfers/{id}", post(orders::transfer))
        .route("/console/rfis/{id}", post(orders::rfi))
        .route("/console/subscriptions", post(orders::subscribe))
        .route("/console/events/{id}", post(orders::resend))
        .route("/console/settings", post(orders::setting))
}

async fn page(State(sandbox): State<Sandbox>, Query(query): Query<Fields>) -> Response {
    show(&sandbox, &query, None)
}

/// What was refused: in which part of the page, what was sent, and why.
struct Refused<'a> {
    part: &'a str,
    sent: &'a Fields,
    words: String,
}

/// Back to the part of the page that the order came from, done or refused.
fn back(sandbox: &Sandbox, part: &str, sent: &Fields, reply: Reply) -> Response {
    match reply {
        Ok(_) => Redirect::to(&format!("/?done={part}#{part}")).into_response(),
        Err(refusal) => {
            let words = match refusal.source {
                Some(source) => format!("{source}: {}", refusal.message),
                None => refusal.message,
            };
            show(sandbox, &Fields::new(), Some(Refused { part, sent, words }))
        }
    }
}

fn show(sandbox: &Sandbox, query: &Fields, refused: Option<Refused<'_>>) -> Response {
    let context = {
        let state = sandbox.lock();
        let world = &state.world;
        json!({
            "keys": keys(&state.public_url),
            "accounts": rows::accounts(world),
            "older_accounts": world.accounts.values().count().saturating_sub(SHOWN + 1),
            "transfers": rows::transfers(world),
            "rfis": rows::rfis(world, &state.public_url),
            "subscriptions": rows::subscriptions(world),
            "events": rows::events(world),
            "journal": rows::journal(world, query),
            "is_journaled": state.is_journaled,
            "faults": world.meta.faults.iter().map(rows::fault).collect::<Vec<_>>(),
            "settings": rows::settings(&world.meta.settings),
            "failures": failures::kinds().collect::<Vec<_>>(),
            "route_actions": ROUTE_ACTIONS.map(|action| json!({ "name": action, "words": rows::words(action) })),
            "event_actions": EVENT_ACTIONS.map(|action| json!({ "name": action, "words": rows::words(action) })),
            "follows": query.contains_key("follow"),
            "done": query.get("done"),
            "query": query,
            "refused": refused.as_ref().map(|refused| json!({ "part": refused.part, "words": refused.words })),
            "sent": sent(refused.as_ref()),
        })
    };
    let mut page = pages::render(sandbox, "console.html", context);
    if refused.is_some() {
        *page.status_mut() = StatusCode::BAD_REQUEST;
    }
    page
}

/// What was filled in where it was refused, by form.
fn sent(refused: Option<&Refused<'_>>) -> Value {
    let mut sent = json!({ "route": {}, "event": {}, "subscription": {} });
    if let Some(refused) = refused {
        let form = match refused.part {
            "faults" if refused.sent.contains_key("event") => "event",
            "faults" => "route",
            "events" => "subscription",
            _ => return sent,
        };
        sent[form] = json!(refused.sent);
    }
    sent
}

/// What whoever builds against this needs first.
fn keys(url: &str) -> Value {
    let authorize = |sign_up: bool| {
        format!(
            "{url}/oauth/authorize?response_type=code&client_id={}&redirect_uri=http://127.0.0.1:8080/back&scope=account_details:read+balance:read+transfer:write&state=s1&sign_up={sign_up}",
            start::APP_ID
        )
    };
    json!({
        "url": url,
        "facts": [
            ["API key", format!("{} and {}", start::CLIENT_ID, start::API_KEY)],
            ["Application", format!("{} and {}", start::APP_ID, start::APP_SECRET)],
            ["Webhook secrets", format!("{} (platform), {} (application)", start::PLATFORM_WEBHOOK_SECRET, start::APP_WEBHOOK_SECRET)],
            ["Templates", format!("{}, {}", start::KYC_TEMPLATE, start::RFI_TEMPLATE)],
            ["Existing customer", "owner@acme.sandbox, admin@acme.sandbox, finance@acme.sandbox, viewer@acme.sandbox (may not consent)".to_owned()],
            ["Password, phone code", "sandbox, 000000".to_owned()],
        ],
        "sign_up": authorize(true),
        "sign_in": authorize(false),
        "login": format!(
            "curl -XPOST {url}/api/v1/authentication/login -H 'x-client-id: {}' -H 'x-api-key: {}'",
            start::CLIENT_ID,
            start::API_KEY
        ),
    })
}

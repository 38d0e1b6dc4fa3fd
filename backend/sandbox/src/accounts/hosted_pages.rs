//! The hosted pages themselves: the link, the form, the way back.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;
use url::Url;

use super::answers;
use super::hosted::{complete, shown};
use crate::beneficiaries::country_names;
use crate::pages;
use crate::store::Sandbox;
use crate::world::start::RFI_TEMPLATE;

/// The link itself: opens once within its 15 seconds, then the browser has a session of its own.
pub async fn open(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mut state = sandbox.lock();
    let now = state.now();
    let session = state.world.token("");
    let Some(flow) = state.world.flows.get_mut(&id) else {
        drop(state);
        return pages::refusal(&sandbox, "There is no such page", "Go back to where you came from.");
    };
    let alive =
        flow.link.as_ref().is_some_and(|(code, dies_at)| Some(code) == query.get("code") && now <= *dies_at);
    if !alive {
        // An expired link goes to the error address when there is one (A).
        let (back, has_code) = (flow.error_url.clone(), query.contains_key("code"));
        drop(state);
        return match back {
            Some(url) => pages::found(&with_flow(&url, &id)),
            None => {
                let (title, words) = if has_code {
                    let words = "Links like this live 15 seconds and open once. Ask for another one.";
                    (words, "Whoever sent you here gets it from the flow's authorize call.")
                } else {
                    let title = "This address is for people with an Airwallex login";
                    (title, "For everybody else the flow's authorize call gives a link of 15 seconds.")
                };
                let mut page = pages::refusal(&sandbox, title, words);
                *page.status_mut() = StatusCode::UNAUTHORIZED;
                page
            }
        };
    }
    flow.link = None;
    flow.session = Some(session.clone());
    flow.status = "PROCESSING".to_owned();
    Redirect::to(&format!("/hosted/kyc/{id}/{session}")).into_response()
}

pub async fn page(State(sandbox): State<Sandbox>, Path((id, session)): Path<(String, String)>) -> Response {
    let context = {
        let state = sandbox.lock();
        let flow = state.world.flows.get(&id).filter(|flow| flow.session.as_deref() == Some(&session));
        let account = flow.and_then(|flow| state.world.accounts.get(&flow.account));
        match (flow, account) {
            (Some(flow), Some(account)) if flow.status == "PROCESSING" => {
                let name = if flow.template == RFI_TEMPLATE { "rfi.html" } else { "kyc.html" };
                let context = json!({
                    "flow": flow,
                    "account": {
                        "id": account.id, "name": account.name(), "status": account.status,
                    },
                    "entered": flow.entered,
                    "known": shown(&account.document, &flow.entered),
                    "countries": country_names(),
                    "questions": answers::asked(&state.world, &account.id),
                });
                Some((name, context))
            }
            _ => None,
        }
    };
    match context {
        Some((name, context)) => pages::render(&sandbox, name, context),
        None => pages::refusal(&sandbox, "This page has done its work", "Go back to where you came from."),
    }
}

pub async fn finish(
    State(sandbox): State<Sandbox>,
    Path((id, session)): Path<(String, String)>,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let mut state = sandbox.lock();
    let Some(flow) =
        state.world.flows.get(&id).filter(|flow| flow.session.as_deref() == Some(&session)).cloned()
    else {
        drop(state);
        return pages::refusal(&sandbox, "This page has done its work", "Go back to where you came from.");
    };
    match fields.get("decision").map(String::as_str) {
        Some("complete") => {
            let now = state.now();
            complete(&mut state.world, &id, Some(&fields), now);
            pages::found(&with_flow(&flow.return_url, &id))
        }
        Some("fail") => {
            let url = flow.error_url.unwrap_or(flow.return_url);
            pages::found(&with_flow(&url, &id))
        }
        _ => {
            if let Some(left) = state.world.flows.get_mut(&id) {
                left.entered = fields.into_iter().filter(|(name, _)| name != "decision").collect();
            }
            pages::found(&with_flow(&flow.return_url, &id))
        }
    }
}

fn with_flow(url: &str, id: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            url.query_pairs_mut().append_pair("ahfi_id", id);
            url.to_string()
        }
        Err(_) => url.to_owned(),
    }
}

//! The hosted pages themselves: the link, the form, the way back.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;
use url::Url;

use super::answers;
use super::hosted::{complete, mistake, shown};
use crate::beneficiaries::country_names;
use crate::pages;
use crate::store::Sandbox;
use crate::world::start::RFI_TEMPLATE;

type Fields = HashMap<String, String>;

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
        let words = "Go back to where you came from.";
        return pages::refused(&sandbox, StatusCode::NOT_FOUND, "There is no such page", words);
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
                    (words, "Whoever sent you here gets it from the flow’s authorize call.")
                } else {
                    let title = "This address is for people with an Airwallex login";
                    (title, "For everybody else the flow’s authorize call gives a link of 15 seconds.")
                };
                pages::refused(&sandbox, StatusCode::UNAUTHORIZED, title, words)
            }
        };
    }
    flow.link = None;
    flow.session = Some(session.clone());
    flow.status = "PROCESSING".to_owned();
    Redirect::to(&format!("/hosted/kyc/{id}/{session}")).into_response()
}

pub async fn page(State(sandbox): State<Sandbox>, Path((id, session)): Path<(String, String)>) -> Response {
    show(&sandbox, &id, &session, None)
}

/// What is wrong with what was entered, by its field.
type Wrong = (&'static str, &'static str);

fn show(sandbox: &Sandbox, id: &str, session: &str, wrong: Option<(&Fields, Wrong)>) -> Response {
    let context = {
        let state = sandbox.lock();
        let flow = state.world.flows.get(id).filter(|flow| flow.session.as_deref() == Some(session));
        let account = flow.and_then(|flow| state.world.accounts.get(&flow.account));
        match (flow, account) {
            (Some(flow), Some(account)) if flow.status == "PROCESSING" => {
                let name = if flow.template == RFI_TEMPLATE { "rfi.html" } else { "kyc.html" };
                let entered = match wrong {
                    Some((fields, _)) => fields.clone().into_iter().collect(),
                    None => flow.entered.clone(),
                };
                let mut known = shown(&account.document, &entered);
                let about_birth = wrong.filter(|(_, (field, _))| *field == "date_of_birth");
                known["date_of_birth_error"] = json!(about_birth.map_or("", |(_, (_, words))| words));
                let context = json!({
                    "flow": flow,
                    "account": {
                        "id": account.id, "name": account.name(), "status": account.status,
                    },
                    "entered": entered,
                    "known": known,
                    "countries": country_names(),
                    "questions": answers::asked(&state.world, &account.id),
                    "wrong": wrong.map(|(_, (field, words))| json!({ "field": field, "words": words })),
                });
                Some((name, context))
            }
            _ => None,
        }
    };
    match context {
        Some((name, context)) => {
            let mut page = pages::render(sandbox, name, context);
            if wrong.is_some() {
                *page.status_mut() = StatusCode::BAD_REQUEST;
            }
            page
        }
        None => over(sandbox),
    }
}

/// The page belongs to a session that is no more.
fn over(sandbox: &Sandbox) -> Response {
    let words =
        "It was sent or left already. Go back to where you came from, and begin again if you are asked to.";
    pages::refused(sandbox, StatusCode::GONE, "This page has done its work", words)
}

pub async fn finish(
    State(sandbox): State<Sandbox>,
    Path((id, session)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    let mut state = sandbox.lock();
    let Some(flow) =
        state.world.flows.get(&id).filter(|flow| flow.session.as_deref() == Some(&session)).cloned()
    else {
        drop(state);
        return over(&sandbox);
    };
    let is_sent = fields.get("decision").is_some_and(|decision| decision == "complete");
    if is_sent
        && flow.template != RFI_TEMPLATE
        && let Some(wrong) = mistake(&fields, state.now())
    {
        drop(state);
        return show(&sandbox, &id, &session, Some((&fields, wrong)));
    }
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

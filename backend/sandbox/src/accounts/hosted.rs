//! Hosted flows (02 §4): links of 15 seconds, a page that looks like a bank's, the way back.

use std::collections::{BTreeMap, HashMap};

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Duration;
use serde_json::{Value, json};
use url::Url;

use super::lifecycle;
use crate::auth::guard::{Needs, admit};
use crate::pages;
use crate::store::{Sandbox, State as Locked};
use crate::wire::{ApiError, Input, Reply, created, ok, text_at};
use crate::world::{Flow, KYC_TEMPLATE, RFI_TEMPLATE};

const LINK_SECONDS: i64 = 15;

pub async fn create(State(sandbox): State<Sandbox>, headers: HeaderMap, Input(body): Input) -> Reply {
    let mut state = sandbox.lock();
    admit(&state, &headers, Needs::Platform)?;
    let account = text_at(&body, "account_id").ok_or_else(|| ApiError::required("account_id"))?;
    if !state.world.accounts.get(&account).is_some_and(|account| account.linked) {
        return Err(ApiError::invalid("account_id", "the account does not exist"));
    }
    let template = text_at(&body, "template").ok_or_else(|| ApiError::required("template"))?;
    if template != KYC_TEMPLATE && template != RFI_TEMPLATE {
        return Err(ApiError::invalid("template", "there is no such flow template for the caller"));
    }
    let return_url = text_at(&body, "return_url").ok_or_else(|| ApiError::required("return_url"))?;
    let error_url = text_at(&body, "error_url");
    for url in [Some(&return_url), error_url.as_ref()].into_iter().flatten() {
        check_return(url)?;
    }
    let id = state.world.token("ahfi_");
    let flow = Flow {
        id: id.clone(),
        account,
        status: "INIT".to_owned(),
        return_url,
        error_url,
        link: None,
        session: None,
        entered: BTreeMap::new(),
    };
    state.world.flows.insert(id.clone(), flow.clone());
    created(show(&flow, Some(format!("{}/hosted/kyc/{id}", sandbox.public_url))))
}

/// `https`, or `http` on 127.0.0.1; `localhost` is refused (D).
fn check_return(text: &str) -> Result<(), ApiError> {
    let fine = Url::parse(text).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => url.host_str() == Some("127.0.0.1"),
        _ => false,
    });
    if fine { Ok(()) } else { Err(ApiError::invalid("return_url", "https, or http on 127.0.0.1")) }
}

pub async fn get(State(sandbox): State<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Reply {
    let state = sandbox.lock();
    admit(&state, &headers, Needs::Platform)?;
    let flow = state.world.flows.get(&id).ok_or_else(|| ApiError::not_found("the flow"))?;
    ok(show(flow, None))
}

pub async fn authorize(State(sandbox): State<Sandbox>, headers: HeaderMap, Path(id): Path<String>) -> Reply {
    let mut state = sandbox.lock();
    admit(&state, &headers, Needs::Platform)?;
    let dies_at = state.now() + Duration::seconds(LINK_SECONDS);
    let code = state.world.token("hf_");
    let flow = state.world.flows.get_mut(&id).ok_or_else(|| ApiError::not_found("the flow"))?;
    if flow.status == "FINISHED" {
        return Err(ApiError::invalid("status", "the flow is finished"));
    }
    flow.link = Some((code.clone(), dies_at));
    let mut body = show(flow, Some(format!("{}/hosted/kyc/{id}?code={code}", sandbox.public_url)));
    body["authorization_code"] = json!(code);
    created(body)
}

fn show(flow: &Flow, url: Option<String>) -> Value {
    json!({ "id": flow.id, "account_id": flow.account, "status": flow.status, "url": url, "result": null })
}

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
        let back = flow.error_url.clone();
        drop(state);
        return match back {
            Some(url) => pages::found(&with_flow(&url, &id)),
            None => {
                let mut page =
                    pages::refusal(&sandbox, "This link has expired", "Links like this live 15 seconds.");
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
            (Some(flow), Some(account)) if flow.status == "PROCESSING" => Some(json!({
                "flow": flow,
                "account": { "id": account.id, "name": account.document["nickname"], "status": account.status },
            })),
            _ => None,
        }
    };
    match context {
        Some(context) => pages::render(&sandbox, "kyc.html", context),
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
            complete(&mut state, &id, Some(&fields));
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

/// What finishing does (A, 02 §4.3): agreements, missing details filled, submitted.
pub fn complete(state: &mut Locked, id: &str, fields: Option<&HashMap<String, String>>) -> bool {
    let now = state.now();
    let Some(flow) = state.world.flows.get_mut(id) else { return false };
    if flow.status == "FINISHED" {
        return false;
    }
    flow.status = "FINISHED".to_owned();
    flow.session = None;
    let account_id = flow.account.clone();
    let Some(account) = state.world.accounts.get_mut(&account_id) else { return false };
    let given = |name: &str, default: &str| {
        fields
            .and_then(|fields| fields.get(name))
            .filter(|text| !text.trim().is_empty())
            .cloned()
            .unwrap_or(default.to_owned())
    };
    let name = account.document["nickname"].clone();
    let filled = json!({
        "account_details": {
            "legal_entity_type": "BUSINESS",
            "business_details": {
                "business_name": name,
                "business_structure": "COMPANY",
                "registration_address": {
                    "address_line1": given("address", "1 Sample Street"),
                    "suburb": given("city", "Sampletown"),
                    "postcode": given("postcode", "AB1 2CD"),
                    "country_code": given("country", "GB"),
                },
            },
            "business_person_details": [{
                "roles": ["DIRECTOR"],
                "first_name": given("first_name", "Sam"),
                "last_name": given("last_name", "Sample"),
                "date_of_birth": given("date_of_birth", "1980-01-31"),
            }],
        },
        "customer_agreements": {
            "agreed_to_data_usage": true,
            "agreed_to_terms_and_conditions": true,
            "agreed_to_biometrics_consent": true,
        },
    });
    lifecycle::merge(&mut account.document, &filled);
    // Already submitted another way: the flow finishes all the same.
    let _ = lifecycle::submit(&mut state.world, &account_id, now);
    true
}

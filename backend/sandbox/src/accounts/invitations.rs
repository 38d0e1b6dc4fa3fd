//! Invitation links (01 §a.9): an existing Airwallex customer joins the platform, by OAuth or as a connected
//! account.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Duration;
use serde_json::{Value, json};

use super::values;
use crate::auth::authorize;
use crate::call::{Call, scopes};
use crate::pages;
use crate::store::Sandbox;
use crate::wire::{ApiError, Query, Reply, created, list_at, merge, ok, text_at};
use crate::world::accounts::Invitation;
use crate::world::auth::Consent;
use crate::world::start::APP_ID;

pub const MEMBERS: &[&str] = &[
    "mode",
    "account_id",
    "oauth2.redirect_uri",
    "oauth2.response_type",
    "oauth2.scope.*",
    "oauth2.state",
    "scale_connect.redirect_uri",
    "identifier",
    "metadata.*",
    "prefilled_formdata.*.field",
    "prefilled_formdata.*.value",
    "prefilled_formdata.*.verified",
    "prefilled_formdata.*.editable",
];

const PREFILLED: [&str; 7] =
    ["email", "first_name", "last_name", "mobile_number", "business_name", "country", "contact_name"];

/// About thirty days (D: in a sample).
const LIFE_DAYS: i64 = 30;

pub fn create(call: &mut Call<'_>) -> Reply {
    match call.need("mode")?.as_str() {
        "oauth2" => check_oauth(call)?,
        "scale_connect" => check_scale(call)?,
        _ => return Err(ApiError::invalid("mode", "oauth2 or scale_connect")),
    }
    if text_at(&call.body, "identifier").is_some_and(|text| text.chars().count() > 1000) {
        return Err(ApiError::invalid("identifier", "at most 1000 characters"));
    }
    if call.body.get("metadata").and_then(Value::as_object).is_some_and(|metadata| metadata.len() > 5) {
        return Err(ApiError::invalid("metadata", "at most five keys"));
    }
    for (index, one) in list_at(&call.body, "prefilled_formdata").iter().enumerate() {
        if text_at(one, "field").is_none_or(|field| !PREFILLED.contains(&field.as_str())) {
            let path = format!("prefilled_formdata[{index}].field");
            return Err(ApiError::invalid(&path, "not one of the documented fields"));
        }
        if one["field"] == "country" && !values::is_country(&one["value"]) {
            let path = format!("prefilled_formdata[{index}].value");
            return Err(ApiError::invalid(&path, "a country is two capital letters"));
        }
    }
    let invitation = Invitation {
        id: call.world.token("link_"),
        request: call.body.clone(),
        created_at: call.now,
        expires_at: call.now + Duration::days(LIFE_DAYS),
    };
    let answer = body(&invitation, call.public_url);
    call.world.invitations.insert(invitation.id.clone(), invitation);
    created(answer)
}

fn check_oauth(call: &Call<'_>) -> Result<(), ApiError> {
    if !authorize::is_registered(&call.need("oauth2.redirect_uri")?) {
        return Err(ApiError::invalid("oauth2.redirect_uri", "not registered for this application"));
    }
    if call.need("oauth2.response_type")? != "code" {
        return Err(ApiError::invalid("oauth2.response_type", "code is the only one"));
    }
    let asked = list_at(&call.body, "oauth2.scope");
    if asked.is_empty() {
        return Err(ApiError::required("oauth2.scope"));
    }
    if asked.iter().any(|scope| scope.as_str().is_none_or(|scope| !scopes::is_known(scope))) {
        return Err(ApiError::invalid("oauth2.scope", "not a scope of this application"));
    }
    if text_at(&call.body, "oauth2.state").is_some_and(|state| state.chars().count() > 100) {
        return Err(ApiError::invalid("oauth2.state", "at most 100 characters"));
    }
    check_account(call)
}

fn check_scale(call: &Call<'_>) -> Result<(), ApiError> {
    call.need("scale_connect.redirect_uri")?;
    call.need("account_id")?;
    check_account(call)
}

/// An account that is named must be connected already: by OAuth, or to the platform (D).
fn check_account(call: &Call<'_>) -> Result<(), ApiError> {
    let Some(id) = text_at(&call.body, "account_id") else { return Ok(()) };
    let by_oauth = call.world.connections.get(&id).is_some_and(|connection| connection.connected);
    let is_linked = call.world.accounts.get(&id).is_some_and(|account| account.linked);
    if by_oauth || is_linked {
        Ok(())
    } else {
        Err(ApiError::invalid("account_id", "the account is not connected"))
    }
}

pub fn get(call: &mut Call<'_>) -> Reply {
    match call.world.invitations.get(call.id()) {
        Some(invitation) => ok(body(invitation, call.public_url)),
        None => Err(ApiError::not_found("the invitation link")),
    }
}

/// Timestamps carry microseconds and `Z` here (D).
fn body(invitation: &Invitation, public_url: &str) -> Value {
    let stamp = |at: crate::clock::Instant| at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let way = if invitation.request["mode"] == "oauth2" { "oauth" } else { "scale" };
    let mut body = invitation.request.clone();
    let own = json!({
        "id": invitation.id,
        "url": format!("{public_url}/connect/{way}?invitationId={}", invitation.id),
        "created_at": stamp(invitation.created_at),
        "expire_at": stamp(invitation.expires_at),
    });
    merge(&mut body, &own);
    body
}

/// The link itself: into the pages of an existing customer.
pub async fn open(
    State(sandbox): State<Sandbox>,
    Path(_way): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Query::parse(&query.unwrap_or_default());
    let mut state = sandbox.lock();
    let now = state.now();
    let invitation = query.get("invitationId").and_then(|id| state.world.invitations.get(id));
    let Some(invitation) = invitation.filter(|invitation| now < invitation.expires_at).cloned() else {
        drop(state);
        return pages::refusal(&sandbox, "This invitation is over", "Ask whoever sent it for a new one.");
    };
    let asked = |path: &str| text_at(&invitation.request, path);
    let mode = asked("mode").unwrap_or_default();
    let scopes = list_at(&invitation.request, "oauth2.scope").iter().filter_map(Value::as_str);
    let consent = Consent {
        id: state.world.token(""),
        client_id: APP_ID.to_owned(),
        redirect_uri: asked(&format!("{mode}.redirect_uri")).unwrap_or_default(),
        scopes: scopes.map(str::to_owned).collect(),
        state: asked("oauth2.state"),
        challenge: None,
        sign_up: false,
        step: "login".to_owned(),
        email: None,
        account: None,
        intended_use: vec![],
        invitation: Some(invitation.id),
        done: false,
    };
    let to = format!("/hosted/consent/{}", consent.id);
    state.world.consents.insert(consent.id.clone(), consent);
    Redirect::to(&to).into_response()
}

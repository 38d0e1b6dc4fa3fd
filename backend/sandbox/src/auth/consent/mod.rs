//! The hosted pages between `authorize` and the redirect: sign-up or login, phone code, intended use
//! or choice of account, permission.

mod invited;
mod shown;

use std::collections::HashMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Duration;
use serde::Serialize;
use serde_json::json;

use self::invited::{invitation, invited_account, prefilled, prefilled_text};
use self::shown::show;
use super::authorize::answer;
use super::link::link;
use crate::call::scopes;
use crate::pages;
use crate::store::{Sandbox, State as Locked};
use crate::wire::{put, text_at};
use crate::world::auth::{Code, Consent};

/// A form as it was sent; a name may stand in it several times.
type Sent = Vec<(String, String)>;
type Fields = HashMap<String, String>;

/// What is wrong with a form, and with which field; none if it is not about one.
#[derive(Serialize)]
struct Problem {
    field: Option<&'static str>,
    words: String,
}

fn wrong(field: &'static str, words: impl Into<String>) -> Problem {
    Problem { field: Some(field), words: words.into() }
}

fn alone(field: &'static str, words: impl Into<String>) -> Vec<Problem> {
    vec![wrong(field, words)]
}

pub async fn page(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    show(&sandbox, &id, &Fields::new(), &[])
}

pub async fn submit(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> Response {
    let uses = sent.iter().filter(|(name, _)| name == "use").map(|(_, value)| value.clone()).collect();
    let fields: Fields = sent.into_iter().collect();
    let result = {
        let mut state = sandbox.lock();
        match state.world.consents.get(&id).cloned() {
            Some(consent) if !consent.done => advance(&mut state, consent, &fields, uses),
            _ => Err(vec![]),
        }
    };
    match result {
        Ok(Some(redirect)) => pages::found(&redirect),
        Ok(None) => Redirect::to(&format!("/hosted/consent/{id}")).into_response(),
        Err(problems) => show(&sandbox, &id, &fields, &problems),
    }
}

/// Takes one step. Answers where to send the browser when the person has decided.
fn advance(
    state: &mut Locked,
    mut consent: Consent,
    fields: &Fields,
    uses: Vec<String>,
) -> Result<Option<String>, Vec<Problem>> {
    if fields.get("decline").is_some() {
        let redirect = answer(&consent.redirect_uri, &[("error", "access_denied")], consent.state.as_deref());
        consent.done = true;
        state.world.consents.insert(consent.id.clone(), consent);
        return Ok(Some(redirect));
    }
    // A form of another step: pressed twice, or come back to by the browser's "back". It is shown what is asked now.
    if fields.get("step").is_some_and(|step| *step != consent.step) {
        return Ok(None);
    }
    if fields.contains_key("instead") && matches!(consent.step.as_str(), "sign_up" | "login" | "account") {
        // From the choice of account back to who signs in; else the other way in, which a new account is not
        // when the invitation is for one that there is.
        consent.sign_up = consent.step == "login" && invited_account(state, &consent).is_none();
        consent.step = if consent.sign_up { "sign_up" } else { "login" }.to_owned();
        consent.email = None;
        state.world.consents.insert(consent.id.clone(), consent);
        return Ok(None);
    }
    let field = |name: &str| fields.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let redirect = match consent.step.as_str() {
        "sign_up" => {
            let fixed = prefilled(state, &consent);
            let field = |name: &str| match fixed.get(name) {
                Some((value, false)) => value.clone(),
                _ => field(name),
            };
            sign_up(state, &mut consent, field)?;
            None
        }
        "login" => {
            login(state, &mut consent, field)?;
            None
        }
        "phone" => {
            if field("code") != "000000" {
                let entered = field("code");
                let words = match entered.as_str() {
                    "" => "Enter the six-digit code. In the sandbox it is 000000.".to_owned(),
                    _ => format!("You entered {entered}. In the sandbox the code is 000000."),
                };
                return Err(alone("code", words));
            }
            consent.step = if consent.sign_up { "use" } else { "account" }.to_owned();
            None
        }
        "use" => {
            consent.intended_use = uses;
            consent.step = "permission".to_owned();
            None
        }
        "account" => {
            choose(state, &mut consent, &field("account"))?;
            None
        }
        // Consent is what the button says that stands below the list of permissions.
        _ if fields.contains_key("authorise") => Some(grant(state, &mut consent)?),
        _ => None,
    };
    state.world.consents.insert(consent.id.clone(), consent);
    Ok(redirect)
}

fn sign_up(
    state: &mut Locked,
    consent: &mut Consent,
    field: impl Fn(&str) -> String,
) -> Result<(), Vec<Problem>> {
    let (name, business, email, password) =
        (field("name"), field("business_name"), field("email"), field("password"));
    let mut problems = vec![];
    if name.is_empty() {
        problems.push(wrong("name", "Enter your name."));
    }
    if business.is_empty() {
        problems.push(wrong("business_name", "Enter the name of the business."));
    }
    if !email.contains('@') {
        problems.push(wrong("email", "Enter an e-mail address."));
    } else if state.world.people.contains(&email.to_lowercase()) {
        let words = "There is an account with this e-mail address. Sign in to it instead.";
        problems.push(wrong("email", words));
    }
    if password.len() < 8 {
        problems.push(wrong("password", "Choose a password of at least eight characters."));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let now = state.now();
    let invited = invitation(state, consent).cloned().unwrap_or_default();
    let account = state.world.token("acct_");
    let email = email.to_lowercase();
    state.world.add_account(&account, "CREATED", &business, &email, now);
    if let Some(owner) = state.world.accounts.get_mut(&account) {
        for (field, path) in [
            ("mobile_number", "primary_contact.mobile"),
            ("country", "account_details.business_details.registration_address.country_code"),
        ] {
            if let Some(value) = prefilled_text(&invited, field) {
                put(&mut owner.document, path, json!(value));
            }
        }
    }
    state.world.add_person(&name, &email, &password, &account, "Owner");
    consent.email = Some(email);
    consent.account = Some(account);
    consent.step = "phone".to_owned();
    Ok(())
}

fn login(state: &Locked, consent: &mut Consent, field: impl Fn(&str) -> String) -> Result<(), Vec<Problem>> {
    let email = field("email").to_lowercase();
    let known = state.world.people.get(&email).is_some_and(|person| person.password == field("password"));
    if !known {
        return Err(alone("email", "The e-mail address or the password is not right."));
    }
    consent.email = Some(email);
    consent.step = "phone".to_owned();
    Ok(())
}

fn choose(state: &Locked, consent: &mut Consent, account: &str) -> Result<(), Vec<Problem>> {
    if invited_account(state, consent).is_some_and(|wanted| wanted != account) {
        return Err(alone("account", "This invitation is for another account."));
    }
    let person = consent.email.as_ref().and_then(|email| state.world.people.get(email));
    match person.and_then(|person| person.roles.get(account)) {
        Some(role) if may_consent(role) => {
            consent.account = Some(account.to_owned());
            consent.step = "permission".to_owned();
            Ok(())
        }
        Some(role) => {
            let words = format!("Your role here is {role}. An Owner, Admin or Finance Admin has to do this.");
            Err(alone("account", words))
        }
        None => Err(alone("account", "Choose an account.")),
    }
}

/// Only these roles may consent (D).
pub fn may_consent(role: &str) -> bool {
    matches!(role, "Owner" | "Admin" | "Finance Admin")
}

fn grant(state: &mut Locked, consent: &mut Consent) -> Result<String, Vec<Problem>> {
    let (Some(account), Some(email)) = (consent.account.clone(), consent.email.clone()) else {
        return Err(vec![Problem { field: None, words: "Start again.".to_owned() }]);
    };
    let now = state.now();
    let invitation = consent.invitation.as_ref().and_then(|id| state.world.invitations.get(id)).cloned();
    let asked = |path: &str| invitation.as_ref().and_then(|invitation| text_at(&invitation.request, path));
    if asked("account_id").is_some_and(|wanted| wanted != account) {
        return Err(alone("account", "This invitation is for another account."));
    }
    consent.done = true;
    remember_use(state, &account, &consent.intended_use);
    // What the platform calls the account, as on accounts that it opens itself (D).
    if let Some(owner) = state.world.accounts.get_mut(&account) {
        for name in ["identifier", "metadata"] {
            let told = invitation.as_ref().and_then(|invitation| invitation.request.get(name));
            if let Some(told) = told.filter(|told| !told.is_null()) {
                put(&mut owner.document, name, told.clone());
            }
        }
    }
    if asked("mode").as_deref() == Some("scale_connect") {
        link(&mut state.world, &account, now);
        return Ok(consent.redirect_uri.clone());
    }
    let code = state.world.token("code_");
    let withheld = &state.world.meta.settings.withheld_scopes;
    let is_granted = |scope: &&String| !withheld.iter().any(|one| scopes::are_the_same(one, scope));
    let row = Code {
        account: account.clone(),
        email,
        scopes: consent.scopes.iter().filter(is_granted).cloned().collect(),
        redirect_uri: consent.redirect_uri.clone(),
        challenge: consent.challenge.clone(),
        expires_at: now + Duration::minutes(5),
        used: false,
    };
    state.world.codes.insert(code.clone(), row);
    // A consent given to the platform's own application also links the account (A).
    if state.world.meta.settings.consent_links_account {
        link(&mut state.world, &account, now);
    }
    let identifier = asked("identifier");
    let mut fields = vec![("code", code.as_str())];
    fields.extend(identifier.as_deref().map(|identifier| ("identifier", identifier)));
    Ok(answer(&consent.redirect_uri, &fields, consent.state.as_deref()))
}

/// What the person said the account is for is part of the account (02 §1.3).
fn remember_use(state: &mut Locked, account: &str, uses: &[String]) {
    if let Some(owner) = state.world.accounts.get_mut(account)
        && !uses.is_empty()
    {
        let usage = json!({ "product_reference": uses });
        put(&mut owner.document, "account_details.business_details.account_usage", usage);
    }
}

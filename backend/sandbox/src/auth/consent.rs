//! The hosted pages between `authorize` and the redirect: sign-up or login, phone code, intended use
//! or choice of account, permission.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Duration;
use serde_json::{Value, json};

use super::authorize::answer;
use super::link::link;
use crate::call::scopes;
use crate::pages;
use crate::store::{Sandbox, State as Locked};
use crate::wire::{flag_at, list_at, put, text_at};
use crate::world::auth::{Code, Consent};
use crate::world::start::APP_NAME;

/// A form as it was sent; a name may stand in it several times.
type Sent = Vec<(String, String)>;
type Fields = HashMap<String, String>;

pub async fn page(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    show(&sandbox, &id, &Fields::new(), None)
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
            _ => Err("gone".to_owned()),
        }
    };
    match result {
        Ok(Some(redirect)) => pages::found(&redirect),
        Ok(None) => Redirect::to(&format!("/hosted/consent/{id}")).into_response(),
        Err(problem) => show(&sandbox, &id, &fields, Some(&problem)),
    }
}

/// Takes one step. Answers where to send the browser when the person has decided.
fn advance(
    state: &mut Locked,
    mut consent: Consent,
    fields: &Fields,
    uses: Vec<String>,
) -> Result<Option<String>, String> {
    if fields.get("decline").is_some() {
        let redirect = answer(&consent.redirect_uri, &[("error", "access_denied")], consent.state.as_deref());
        consent.done = true;
        state.world.consents.insert(consent.id.clone(), consent);
        return Ok(Some(redirect));
    }
    if fields.contains_key("instead") && matches!(consent.step.as_str(), "sign_up" | "login") {
        consent.sign_up = !consent.sign_up;
        consent.step = if consent.sign_up { "sign_up" } else { "login" }.to_owned();
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
                return Err("The code is 000000 in the sandbox; another one was entered.".to_owned());
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
        _ => Some(grant(state, &mut consent)?),
    };
    state.world.consents.insert(consent.id.clone(), consent);
    Ok(redirect)
}

fn sign_up(state: &mut Locked, consent: &mut Consent, field: impl Fn(&str) -> String) -> Result<(), String> {
    let (name, business, email, password) =
        (field("name"), field("business_name"), field("email"), field("password"));
    if name.is_empty() || business.is_empty() {
        return Err("Enter your name and the name of the business.".to_owned());
    }
    if !email.contains('@') {
        return Err("Enter an e-mail address.".to_owned());
    }
    if password.len() < 8 {
        return Err("Choose a password of at least eight characters.".to_owned());
    }
    if state.world.people.contains(&email.to_lowercase()) {
        return Err("There is an account with this e-mail address. Sign in to it instead.".to_owned());
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

fn login(state: &Locked, consent: &mut Consent, field: impl Fn(&str) -> String) -> Result<(), String> {
    let email = field("email").to_lowercase();
    let known = state.world.people.get(&email).is_some_and(|person| person.password == field("password"));
    if !known {
        return Err("The e-mail address or the password is not right.".to_owned());
    }
    consent.email = Some(email);
    consent.step = "phone".to_owned();
    Ok(())
}

fn choose(state: &Locked, consent: &mut Consent, account: &str) -> Result<(), String> {
    let person = consent.email.as_ref().and_then(|email| state.world.people.get(email));
    match person.and_then(|person| person.roles.get(account)) {
        Some(role) if may_consent(role) => {
            consent.account = Some(account.to_owned());
            consent.step = "permission".to_owned();
            Ok(())
        }
        Some(role) => {
            Err(format!("Your role here is {role}. An Owner, Admin or Finance Admin has to do this."))
        }
        None => Err("Choose an account.".to_owned()),
    }
}

/// Only these roles may consent (D).
pub fn may_consent(role: &str) -> bool {
    matches!(role, "Owner" | "Admin" | "Finance Admin")
}

fn grant(state: &mut Locked, consent: &mut Consent) -> Result<String, String> {
    let (Some(account), Some(email)) = (consent.account.clone(), consent.email.clone()) else {
        return Err("Start again.".to_owned());
    };
    let now = state.now();
    let invitation = consent.invitation.as_ref().and_then(|id| state.world.invitations.get(id)).cloned();
    let asked = |path: &str| invitation.as_ref().and_then(|invitation| text_at(&invitation.request, path));
    if asked("account_id").is_some_and(|wanted| wanted != account) {
        return Err("This invitation is for another account.".to_owned());
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
    let row = Code {
        account: account.clone(),
        email,
        scopes: consent.scopes.clone(),
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

fn show(sandbox: &Sandbox, id: &str, fields: &Fields, problem: Option<&str>) -> Response {
    let context = {
        let state = sandbox.lock();
        let Some(consent) = state.world.consents.get(id).filter(|consent| !consent.done) else {
            drop(state);
            return pages::refusal(
                sandbox,
                "This page has done its work",
                "Go back to where you came from and start again.",
            );
        };
        let account = consent.account.as_ref().and_then(|id| state.world.accounts.get(id));
        let person = consent.email.as_ref().and_then(|email| state.world.people.get(email));
        let choices: Vec<_> = person
            .into_iter()
            .flat_map(|person| person.roles.iter())
            .map(|(id, role)| {
                json!({
                    "id": id,
                    "name": state.world.accounts.get(id).map(|account| account.document["nickname"].clone()),
                    "role": role,
                    "may": may_consent(role),
                })
            })
            .collect();
        let listed = |looking: bool| -> Vec<_> {
            consent
                .scopes
                .iter()
                .filter(|scope| scopes::words(scope).1 == looking)
                .map(|scope| json!({ "scope": scope, "words": scopes::words(scope).0 }))
                .collect()
        };
        let shown = shown(fields, &prefilled(&state, consent));
        json!({
            "app_name": APP_NAME,
            "consent": consent,
            "steps": steps(consent),
            "account": account.map(|account| json!({
                "id": account.id,
                "name": account.document["nickname"],
                "verified": account.status == "ACTIVE",
            })),
            "person": person.map(|person| json!({
                "name": person.name,
                "email": person.email,
                "role": consent.account.as_ref().and_then(|id| person.roles.get(id)),
            })),
            "choices": choices,
            "sees": listed(true),
            "does": listed(false),
            "problem": problem,
            "fields": shown,
        })
    };
    pages::render(sandbox, "consent.html", context)
}

/// What stands in the form: what was sent, or else what the invitation says.
fn shown(sent: &Fields, prefilled: &HashMap<&'static str, (String, bool)>) -> Value {
    let mut shown = json!({});
    for name in ["name", "business_name", "email"] {
        let known = prefilled.get(name);
        let value = sent.get(name).or(known.map(|(value, _)| value)).cloned().unwrap_or_default();
        shown[name] = json!({ "value": value, "fixed": known.is_some_and(|(_, editable)| !editable) });
    }
    shown
}

/// What the invitation says of the person, by the names of the form's fields, and whether it may be changed
/// (02 §1.9).
fn prefilled(state: &Locked, consent: &Consent) -> HashMap<&'static str, (String, bool)> {
    let Some(request) = invitation(state, consent) else { return HashMap::new() };
    let find = |field: &str| {
        let one = list_at(request, "prefilled_formdata").iter().find(|one| is_of(one, field))?;
        Some((text_at(one, "value")?, flag_at(one, "editable").unwrap_or(true)))
    };
    let name = match (find("first_name"), find("last_name")) {
        (Some((first, free)), Some((last, also))) => Some((format!("{first} {last}"), free && also)),
        (first, last) => first.or(last).or_else(|| find("contact_name")),
    };
    let known = [("name", name), ("business_name", find("business_name")), ("email", find("email"))];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// What the invitation that led here says.
fn invitation<'a>(state: &'a Locked, consent: &Consent) -> Option<&'a Value> {
    let id = consent.invitation.as_ref()?;
    state.world.invitations.get(id).map(|invitation| &invitation.request)
}

fn is_of(one: &Value, field: &str) -> bool {
    text_at(one, "field").as_deref() == Some(field)
}

fn prefilled_text(request: &Value, field: &str) -> Option<String> {
    let one = list_at(request, "prefilled_formdata").iter().find(|one| is_of(one, field))?;
    text_at(one, "value")
}

fn steps(consent: &Consent) -> Vec<Value> {
    let names: [(&str, &str); 4] = if consent.sign_up {
        [
            ("sign_up", "Sign up"),
            ("phone", "Phone code"),
            ("use", "What you will use it for"),
            ("permission", "Permission"),
        ]
    } else {
        [
            ("login", "Sign in"),
            ("phone", "Phone code"),
            ("account", "Choose the account"),
            ("permission", "Permission"),
        ]
    };
    let at = names.iter().position(|(step, _)| *step == consent.step).unwrap_or(0);
    names
        .iter()
        .enumerate()
        .map(|(index, (_, name))| json!({ "name": name, "done": index < at, "current": index == at }))
        .collect()
}

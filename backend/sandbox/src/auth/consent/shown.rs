//! The page of the step that is being taken.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::invited::{invitation, invited_account, prefilled};
use super::{Fields, Problem, may_consent};
use crate::call::scopes;
use crate::pages;
use crate::store::Sandbox;
use crate::wire::text_at;
use crate::world::auth::Consent;
use crate::world::start::APP_NAME;

pub fn show(sandbox: &Sandbox, id: &str, fields: &Fields, problems: &[Problem]) -> Response {
    let context = {
        let state = sandbox.lock();
        let known = state.world.consents.get(id);
        let Some(consent) = known.filter(|consent| !consent.done) else {
            let (status, title) = match known {
                Some(_) => (StatusCode::GONE, "This page has done its work"),
                None => (StatusCode::NOT_FOUND, "There is no such page"),
            };
            drop(state);
            return pages::refused(sandbox, status, title, "Go back to where you came from and start again.");
        };
        let account = consent.account.as_ref().and_then(|id| state.world.accounts.get(id));
        let person = consent.email.as_ref().and_then(|email| state.world.people.get(email));
        let wanted = invited_account(&state, consent);
        let mut choices: Vec<_> = person
            .into_iter()
            .flat_map(|person| person.roles.iter())
            .map(|(id, role)| {
                json!({
                    "id": id,
                    "name": state.world.accounts.get(id).map(|account| account.document["nickname"].clone()),
                    "role": role,
                    "may": may_consent(role) && wanted.as_ref().is_none_or(|wanted| wanted == id),
                    "why_not": if may_consent(role) { "the invitation is for another one" } else { "may not give permission" },
                })
            })
            .collect();
        let first = choices.iter().position(|choice| choice["may"] == true);
        if let Some(chosen) = choices.get_mut(first.unwrap_or(0)) {
            chosen["is_chosen"] = json!(true);
        }
        let listed = |looking: bool| -> Vec<_> {
            consent
                .scopes
                .iter()
                .filter(|scope| scopes::words(scope).1 == looking)
                .map(|scope| json!({ "scope": scope, "words": scopes::words(scope).0 }))
                .collect()
        };
        let shown = shown(fields, &prefilled(&state, consent), problems);
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
            "may_any": first.is_some(),
            "may_sign_up": wanted.is_none(),
            "joins": invitation(&state, consent)
                .is_some_and(|request| text_at(request, "mode").as_deref() == Some("scale_connect")),
            "invited": consent.invitation.is_some(),
            "sees": listed(true),
            "does": listed(false),
            "problems": problems,
            "fields": shown,
        })
    };
    pages::render(sandbox, "consent.html", context)
}

/// What stands in the form: what was sent, or else what the invitation says; and what is wrong with it.
fn shown(sent: &Fields, prefilled: &HashMap<&'static str, (String, bool)>, problems: &[Problem]) -> Value {
    let mut shown = json!({});
    for name in ["name", "business_name", "email", "password", "code"] {
        let known = prefilled.get(name);
        let is_secret = matches!(name, "password" | "code");
        let value = sent.get(name).filter(|_| !is_secret).or(known.map(|(value, _)| value));
        let problem = problems.iter().find(|problem| problem.field == Some(name));
        shown[name] = json!({
            "value": value.cloned().unwrap_or_default(),
            "fixed": known.is_some_and(|(_, editable)| !editable),
            "error": problem.map(|problem| problem.words.as_str()).unwrap_or_default(),
        });
    }
    shown
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

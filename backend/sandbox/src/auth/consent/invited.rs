//! What the invitation that led to these pages says of whom it invites (02 §1.9).

use std::collections::HashMap;

use serde_json::Value;

use crate::store::State as Locked;
use crate::wire::{flag_at, list_at, text_at};
use crate::world::auth::Consent;

/// What the invitation says of the person, by the names of the form's fields, and whether it may be changed.
pub fn prefilled(state: &Locked, consent: &Consent) -> HashMap<&'static str, (String, bool)> {
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
pub fn invitation<'a>(state: &'a Locked, consent: &Consent) -> Option<&'a Value> {
    let id = consent.invitation.as_ref()?;
    state.world.invitations.get(id).map(|invitation| &invitation.request)
}

fn is_of(one: &Value, field: &str) -> bool {
    text_at(one, "field").as_deref() == Some(field)
}

pub fn prefilled_text(request: &Value, field: &str) -> Option<String> {
    let one = list_at(request, "prefilled_formdata").iter().find(|one| is_of(one, field))?;
    text_at(one, "value")
}

/// The account that an invitation is for, if it names one.
pub fn invited_account(state: &Locked, consent: &Consent) -> Option<String> {
    text_at(invitation(state, consent)?, "account_id")
}

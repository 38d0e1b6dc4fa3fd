//! Account endpoints (02 §1).

use serde_json::{Value, json};

use super::{lifecycle, requirements, values};
use crate::call::Call;
use crate::wire::{ApiError, Reply, Sizes, created, instant_in, merge, numbered_page, ok, text_at};
use crate::world::accounts::Account;

pub fn own(call: &mut Call<'_>) -> Reply {
    let account = call.account().to_owned();
    show(call, &account)
}

pub fn wallet_info(call: &mut Call<'_>) -> Reply {
    let account = call.world.accounts.get(call.account()).ok_or_else(unknown)?;
    let name = text_at(&account.document, "account_details.business_details.business_name")
        .or_else(|| text_at(&account.document, "nickname"));
    ok(json!({ "account_name": name, "account_number": account.wallet_number }))
}

/// No idempotency is documented (D); a `request_id`, if one comes all the same, finds the first account, and
/// an `identifier` may be used again (A: otherwise the sandbox would hide a client's mistake).
pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = text_at(&call.body, "request_id");
    if let Some(id) = &request_id
        && let Some(known) = call.world.object_of_request("accounts", call.account(), id)
    {
        let first = known.object.clone();
        return created(body_of(call, &first)?);
    }
    values::check(&call.body, call.version)?;
    let email = call.need("primary_contact.email")?;
    if !email.contains('@') {
        return Err(ApiError::invalid("primary_contact.email", "an e-mail address has an @"));
    }
    let entity = text_at(&call.body, "account_details.legal_entity_id");
    let is_verified = entity.as_ref().is_some_and(|entity| {
        call.world.accounts.values().any(|known| known.legal_entity == *entity && known.status == "ACTIVE")
    });
    if entity.is_some() && !is_verified {
        let path = "account_details.legal_entity_id";
        return Err(ApiError::invalid(path, "no verified legal entity has this id"));
    }
    let mut document = json!({ "account_details": { "legal_entity_type": "BUSINESS" } });
    merge(&mut document, &theirs(&call.body));
    let (id, now) = (call.world.token("acct_"), call.now);
    call.world.insert_account(&id, "CREATED", document, now);
    if let Some(account) = call.world.accounts.get_mut(&id) {
        // Accounts that the platform opens are linked to it at once (D).
        account.linked = true;
        if let Some(entity) = entity {
            account.legal_entity = entity;
        }
    }
    if is_verified {
        lifecycle::activate(call.world, &id, now);
    }
    if let Some(request_id) = request_id {
        let caller = call.account().to_owned();
        call.world.use_request_id("accounts", &caller, &request_id, &id, now);
    }
    created(body_of(call, &id)?)
}

pub fn get(call: &mut Call<'_>) -> Reply {
    let id = linked(call)?;
    show(call, &id)
}

/// Called by an account that is no platform: an empty list, no error (D).
pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let metadata = query.get("metadata").and_then(|pair| pair.split_once(':'));
    let (from, to) = (query.instant("from_created_at")?, query.instant("to_created_at")?);
    let visible_until = call.visible_until();
    let wants = |name: &str, account: &Account, path: &str| {
        query.get(name).is_none_or(|wanted| text_at(&account.document, path).as_ref() == Some(wanted))
    };
    let mut found: Vec<_> = call
        .world
        .accounts
        .values()
        .filter(|account| call.caller.is_platform && account.linked)
        .filter(|account| account.created_at <= visible_until)
        .filter(|account| query.wants("account_status", &account.status))
        .filter(|account| wants("identifier", account, "identifier"))
        .filter(|account| wants("email", account, "primary_contact.email"))
        .filter(|account| {
            metadata.is_none_or(|(key, value)| account.document["metadata"][key].as_str() == Some(value))
        })
        .filter(|account| from.is_none_or(|from| account.created_at >= from))
        .filter(|account| to.is_none_or(|to| account.created_at <= to))
        .collect();
    found.sort_by_key(|account| std::cmp::Reverse(account.created_at));
    ok(numbered_page(found.into_iter().map(lifecycle::body).collect(), query, Sizes::new(100, 1, 500))?)
}

/// Before the submission everything, while ACTIVE the label and the metadata alone (A).
pub fn update(call: &mut Call<'_>) -> Reply {
    let id = linked(call)?;
    values::check(&call.body, call.version)?;
    let change = theirs(&call.body);
    let account = call.world.accounts.get_mut(&id).ok_or_else(unknown)?;
    let is_harmless =
        change.as_object().is_some_and(|all| all.keys().all(|key| key == "metadata" || key == "nickname"));
    let is_allowed = match account.status.as_str() {
        "CREATED" | "ACTION_REQUIRED" => true,
        "ACTIVE" => is_harmless,
        _ => false,
    };
    if !is_allowed {
        return Err(ApiError::invalid("status", "the account cannot be changed in this status"));
    }
    let mut document = account.document.clone();
    merge(&mut document, &change);
    values::check_metadata(&document)?;
    account.document = document;
    show(call, &id)
}

/// What of a body is the platform's to say; status, id, times and requirements are Airwallex's.
fn theirs(body: &Value) -> Value {
    let members =
        ["identifier", "nickname", "metadata", "primary_contact", "account_details", "customer_agreements"];
    let said = members.into_iter().filter_map(|name| Some((name.to_owned(), body.get(name)?.clone())));
    Value::Object(said.collect())
}

pub fn submit(call: &mut Call<'_>) -> Reply {
    let id = linked(call)?;
    lifecycle::submit(call.world, &id, call.now)?;
    show(call, &id)
}

pub fn agree(call: &mut Call<'_>) -> Reply {
    let id = linked(call)?;
    let kind = text_at(&call.body, "service_agreement_type");
    if kind.is_some_and(|kind| kind != "FULL" && kind != "RECIPIENT") {
        return Err(ApiError::invalid("service_agreement_type", "FULL or RECIPIENT"));
    }
    if text_at(&call.body, "agreed_at").is_some_and(|at| instant_in(&at).is_none()) {
        return Err(ApiError::invalid("agreed_at", "not a time"));
    }
    let agreed = json!({ "customer_agreements": {
        "agreed_to_terms_and_conditions": true,
        "terms_and_conditions": call.body,
    }});
    let account = call.world.accounts.get_mut(&id).ok_or_else(unknown)?;
    merge(&mut account.document, &agreed);
    // Terms as the only requirement: the review resumes (A).
    let only_terms = account
        .requirements
        .as_object()
        .is_some_and(|wanted| wanted.len() == 1 && wanted.contains_key(requirements::TERMS));
    if account.status == "ACTION_REQUIRED" && only_terms {
        lifecycle::submit(call.world, &id, call.now)?;
    }
    show(call, &id)
}

pub fn suspend(call: &mut Call<'_>) -> Reply {
    let id = linked(call)?;
    let message = text_at(&call.body, "message");
    lifecycle::suspend(call.world, &id, message, call.now)?;
    show(call, &id)
}

pub fn reactivate(call: &mut Call<'_>) -> Reply {
    let id = linked(call)?;
    let message = text_at(&call.body, "message");
    lifecycle::reactivate(call.world, &id, message, call.now)?;
    show(call, &id)
}

/// A second account of a legal entity that is verified already.
pub fn clone(call: &mut Call<'_>) -> Reply {
    let first = linked(call)?;
    values::check(&call.body, call.version)?;
    let known = call.world.accounts.get(&first).cloned().ok_or_else(unknown)?;
    if known.status != "ACTIVE" {
        return Err(ApiError::invalid("status", "only the account of a verified legal entity can be cloned"));
    }
    let mut document = known.document;
    merge(&mut document, &json!({ "metadata": call.body.get("metadata") }));
    let (id, now) = (call.world.token("acct_"), call.now);
    call.world.insert_account(&id, "CREATED", document, now);
    if let Some(account) = call.world.accounts.get_mut(&id) {
        account.linked = true;
        account.legal_entity = known.legal_entity;
    }
    lifecycle::activate(call.world, &id, now);
    created(body_of(call, &id)?)
}

/// The account of the path, which must be the platform's.
fn linked(call: &Call<'_>) -> Result<String, ApiError> {
    match call.world.accounts.get(call.id()) {
        Some(account) if account.linked => Ok(account.id.clone()),
        _ => Err(unknown()),
    }
}

fn unknown() -> ApiError {
    ApiError::not_found("the account")
}

fn body_of(call: &Call<'_>, id: &str) -> Result<Value, ApiError> {
    call.world.accounts.get(id).map(lifecycle::body).ok_or_else(unknown)
}

fn show(call: &Call<'_>, id: &str) -> Reply {
    ok(body_of(call, id)?)
}

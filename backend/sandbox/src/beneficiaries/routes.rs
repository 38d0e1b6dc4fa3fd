//! Beneficiary endpoints (03 §a.1–a.4).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::corridors::{Corridor, Wanted, find};
use super::validation;
use crate::call::Call;
use crate::wire::{ApiError, FieldFault, Reply, Sizes, created, list_at, numbered_page, ok, put, text_at};
use crate::world::money::Beneficiary;

/// Where the paying account is at home.
pub fn own_country(call: &Call<'_>) -> Option<String> {
    let account = call.world.accounts.get(call.account())?;
    let business = "account_details.business_details";
    text_at(&account.document, &format!("{business}.registration_address.country_code"))
        .or_else(|| text_at(&account.document, &format!("{business}.business_address.country_code")))
}

/// The corridors of a document, one for each of its methods, if it keeps all their rules.
pub fn checked(call: &Call<'_>, body: &Value) -> Result<Vec<Corridor>, ApiError> {
    if !body.get("beneficiary").is_some_and(Value::is_object) {
        return Err(ApiError::required("beneficiary"));
    }
    let methods = list_at(body, "transfer_methods");
    if methods.is_empty() {
        return Err(ApiError::required("transfer_methods"));
    }
    let kind = text_at(body, "beneficiary.type");
    if kind.is_some_and(|kind| !matches!(kind.as_str(), "BANK_ACCOUNT" | "DIGITAL_WALLET" | "CARD")) {
        return Err(ApiError::invalid("beneficiary.type", "BANK_ACCOUNT, DIGITAL_WALLET or CARD"));
    }
    if text_at(body, "beneficiary.type").as_deref() == Some("CARD") {
        return Err(ApiError::new(501, "not_implemented", "the sandbox does not imitate payouts to cards"));
    }
    let payer = text_at(body, "payer_entity_type");
    if payer.is_some_and(|payer| payer != "COMPANY" && payer != "PERSONAL") {
        return Err(ApiError::invalid("payer_entity_type", "COMPANY or PERSONAL"));
    }
    let missing = missing_head(body);
    if !missing.is_empty() {
        return Err(ApiError::fields(&missing));
    }
    let (mut corridors, mut faults): (Vec<Corridor>, Vec<FieldFault>) = (vec![], vec![]);
    for (index, method) in methods.iter().enumerate() {
        let path = format!("transfer_methods[{index}]");
        let method = method.as_str().filter(|method| matches!(*method, "LOCAL" | "SWIFT"));
        let method = method.ok_or_else(|| ApiError::invalid(&path, "LOCAL or SWIFT"))?;
        let wanted = Wanted { own_country: own_country(call), ..Wanted::from_document(body, method) };
        let corridor = find(&wanted, call.version)
            .ok_or_else(|| ApiError::invalid("beneficiary.bank_details", "this corridor is not supported"))?;
        for fault in validation::check(&corridor, body, call.settings().check_digits) {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        corridors.push(corridor);
    }
    if faults.is_empty() { Ok(corridors) } else { Err(ApiError::fields(&faults)) }
}

/// What the rules themselves depend on; nothing else can be judged without it.
fn missing_head(body: &Value) -> Vec<FieldFault> {
    let mut needed = vec!["beneficiary.entity_type"];
    if text_at(body, "beneficiary.type").as_deref() != Some("DIGITAL_WALLET") {
        needed.extend([
            "beneficiary.bank_details.bank_country_code",
            "beneficiary.bank_details.account_currency",
        ]);
    }
    needed.into_iter().filter(|path| text_at(body, path).is_none()).map(FieldFault::missing).collect()
}

pub fn validate(call: &mut Call<'_>) -> Reply {
    checked(call, &call.body)?;
    ok(json!({}))
}

/// What is stored of a document: what its corridors know, and a fingerprint of the bank account.
pub fn relevant_document(corridors: &[Corridor], body: &Value) -> Value {
    let mut kept = json!({});
    for corridor in corridors {
        validation::keep_relevant(corridor, body, &mut kept);
    }
    for name in ["payer_entity_type", "nickname", "transfer_methods"] {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            put(&mut kept, name, value.clone());
        }
    }
    if kept["beneficiary"]["bank_details"].is_object() {
        let bank = kept["beneficiary"]["bank_details"].to_string();
        put(&mut kept, "beneficiary.bank_details.fingerprint", json!(hex::encode(Sha256::digest(bank))));
    }
    kept
}

/// A `request_id` is not asked for; given twice it finds the first one (A).
pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = text_at(&call.body, "request_id");
    if let Some(id) = &request_id
        && let Some(known) = call.world.object_of_request("beneficiaries", call.account(), id)
        && let Some(first) = call.world.beneficiaries.get(&known.object)
    {
        return created(show(first));
    }
    let corridors = checked(call, &call.body)?;
    let document = relevant_document(&corridors, &call.body);
    let (account, now) = (call.account().to_owned(), call.now);
    let beneficiary = Beneficiary {
        id: call.world.uuid(),
        account: account.clone(),
        document,
        created_at: now,
        sequence: call.world.sequence(),
    };
    let answer = show(&beneficiary);
    if let Some(request_id) = request_id {
        call.world.use_request_id("beneficiaries", &account, &request_id, &beneficiary.id, now);
    }
    call.world.beneficiaries.insert(beneficiary.id.clone(), beneficiary);
    created(answer)
}

fn own<'a>(call: &'a Call<'_>) -> Result<&'a Beneficiary, ApiError> {
    let found = call.world.beneficiaries.get(call.id()).filter(|found| found.account == call.account());
    found.ok_or_else(|| ApiError::not_found("the beneficiary"))
}

pub fn get(call: &mut Call<'_>) -> Reply {
    ok(show(own(call)?))
}

/// Entity type and names stay; an attempt to change them is ignored (A).
pub fn update(call: &mut Call<'_>) -> Reply {
    let known = own(call)?.clone();
    let mut body = call.body.clone();
    for name in ["entity_type", "company_name", "first_name", "last_name", "type"] {
        let path = format!("beneficiary.{name}");
        if let Some(frozen) = text_at(&known.document, &path) {
            put(&mut body, &path, json!(frozen));
        }
    }
    let corridors = checked(call, &body)?;
    let mut document = relevant_document(&corridors, &body);
    if let Some(payer) = known.document.get("payer_entity_type") {
        put(&mut document, "payer_entity_type", payer.clone());
    }
    let Some(stored) = call.world.beneficiaries.get_mut(&known.id) else {
        return Err(ApiError::not_found("the beneficiary"));
    };
    stored.document = document;
    ok(show(stored))
}

pub fn delete(call: &mut Call<'_>) -> Reply {
    let id = own(call)?.id.clone();
    call.world.beneficiaries.remove(&id);
    ok(json!(true))
}

pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let is = |document: &Value, name: &str, path: &str| {
        query.get(name).is_none_or(|wanted| text_at(document, path).as_ref() == Some(wanted))
    };
    let date = |name: &str| match query.get(name) {
        None => Ok(None),
        Some(text) => match crate::wire::instant_in(text) {
            Some(at) => Ok(Some(at.date_naive())),
            None => Err(ApiError::invalid(name, "not a date")),
        },
    };
    let (from, to) = (date("from_date")?, date("to_date")?);
    let visible_until = call.visible_until();
    let mut found: Vec<_> = call
        .world
        .beneficiaries
        .values()
        .filter(|found| found.account == call.account() && found.created_at <= visible_until)
        .filter(|found| is(&found.document, "bank_account_number", "beneficiary.bank_details.account_number"))
        .filter(|found| is(&found.document, "company_name", "beneficiary.company_name"))
        .filter(|found| is(&found.document, "entity_type", "beneficiary.entity_type"))
        .filter(|found| is(&found.document, "nick_name", "nickname"))
        .filter(|found| query.get("name").is_none_or(|wanted| name_of(&found.document) == *wanted))
        .filter(|found| {
            let kind = text_at(&found.document, "beneficiary.type").unwrap_or("BANK_ACCOUNT".to_owned());
            query.get("type").is_none() || query.all("type").any(|wanted| *wanted == kind)
        })
        .filter(|found| from.is_none_or(|from| found.created_at.date_naive() >= from))
        .filter(|found| to.is_none_or(|to| found.created_at.date_naive() <= to))
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.sequence));
    ok(numbered_page(found.into_iter().map(show).collect(), query, Sizes::new(100, 10, 1000))?)
}

fn name_of(document: &Value) -> String {
    let text = |name: &str| text_at(document, &format!("beneficiary.{name}")).unwrap_or_default();
    match text_at(document, "beneficiary.company_name") {
        Some(name) => name,
        None => format!("{} {}", text("first_name"), text("last_name")),
    }
}

fn show(beneficiary: &Beneficiary) -> Value {
    let mut body = json!({ "id": beneficiary.id });
    crate::wire::merge(&mut body, &beneficiary.document);
    body
}

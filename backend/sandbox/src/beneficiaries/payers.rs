//! Payers other than the account itself (03 §a.7).

use serde_json::{Value, json};

use crate::call::Call;
use crate::wire::{ApiError, FieldFault, Reply, Sizes, created, merge, numbered_page, ok, text_at};
use crate::world::money::Payer;

pub const MEMBERS: &[&str] = &[
    "request_id",
    "nickname",
    "payer.entity_type",
    "payer.company_name",
    "payer.first_name",
    "payer.last_name",
    "payer.date_of_birth",
    "payer.address.*",
    "payer.additional_info.*",
];

/// A payer's own rules: who it is and where.
pub fn check(payer: &Value, at: &str) -> Vec<FieldFault> {
    let mut needed = vec!["entity_type", "address.country_code"];
    match text_at(payer, "entity_type").as_deref() {
        Some("COMPANY") => needed.push("company_name"),
        Some("PERSONAL") => needed.extend(["first_name", "last_name"]),
        Some(_) => {
            let options = json!({ "value_options": "COMPANY,PERSONAL" });
            return vec![FieldFault::new(&format!("{at}.entity_type"), "011", options)];
        }
        None => {}
    }
    let missing = needed.into_iter().filter(|path| text_at(payer, path).is_none());
    missing.map(|path| FieldFault::missing(&format!("{at}.{path}"))).collect()
}

fn checked(call: &Call<'_>) -> Result<Value, ApiError> {
    let payer = call.body.get("payer").filter(|payer| payer.is_object());
    let payer = payer.ok_or_else(|| ApiError::required("payer"))?;
    let faults = check(payer, "payer");
    if !faults.is_empty() {
        return Err(ApiError::fields(&faults));
    }
    let mut kept = json!({ "payer": payer });
    merge(&mut kept, &json!({ "nickname": call.body.get("nickname") }));
    Ok(kept)
}

pub fn validate(call: &mut Call<'_>) -> Reply {
    checked(call)?;
    ok(json!({}))
}

pub fn create(call: &mut Call<'_>) -> Reply {
    let document = checked(call)?;
    let payer = Payer {
        id: call.world.uuid(),
        account: call.account().to_owned(),
        document,
        created_at: call.now,
        sequence: call.world.sequence(),
    };
    let answer = show(&payer);
    call.world.payers.insert(payer.id.clone(), payer);
    created(answer)
}

fn own<'a>(call: &'a Call<'_>) -> Result<&'a Payer, ApiError> {
    let found = call.world.payers.get(call.id()).filter(|found| found.account == call.account());
    found.ok_or_else(|| ApiError::not_found("the payer"))
}

pub fn get(call: &mut Call<'_>) -> Reply {
    ok(show(own(call)?))
}

pub fn update(call: &mut Call<'_>) -> Reply {
    let id = own(call)?.id.clone();
    let document = checked(call)?;
    let payer = call.world.payers.get_mut(&id).ok_or_else(|| ApiError::not_found("the payer"))?;
    payer.document = document;
    ok(show(payer))
}

pub fn delete(call: &mut Call<'_>) -> Reply {
    let id = own(call)?.id.clone();
    call.world.payers.remove(&id);
    ok(json!(true))
}

pub fn list(call: &mut Call<'_>) -> Reply {
    let visible_until = call.visible_until();
    let own = |found: &&Payer| found.account == call.account() && found.created_at <= visible_until;
    let mut found: Vec<_> = call.world.payers.values().filter(own).collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.sequence));
    ok(numbered_page(found.into_iter().map(show).collect(), call.query, Sizes::new(100, 10, 1000))?)
}

fn show(payer: &Payer) -> Value {
    let mut body = json!({ "id": payer.id });
    merge(&mut body, &payer.document);
    body
}

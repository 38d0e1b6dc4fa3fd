//! The accounts themselves: PROCESSING until they have their numbers.

use chrono::Duration;
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::Instant;
use crate::transfers;
use crate::webhooks::emit;
use crate::wire::{
    Answer, ApiError, Body, Reply, Sizes, created, list_at, number, numbered_page, ok, stamp, text_at,
};
use crate::world::World;
use crate::world::money::GlobalAccount;
use crate::world::steering::Due;

pub const MEMBERS: &[&str] = &[
    "request_id",
    "country_code",
    "required_features.*.currency",
    "required_features.*.transfer_method",
    "nick_name",
    "deposit_conversion_currency",
    "alternate_account_identifiers.email",
];

/// Where accounts are opened, with their currency, clearing system and routing (types of 03 §f.3).
const COUNTRIES: &[(&str, &str, &str, &str, &str)] = &[
    ("AU", "AUD", "BANK_TRANSFER", "bsb", "062000"),
    ("CA", "CAD", "EFT", "institution_number", "003"),
    ("DE", "EUR", "SEPA", "bank_code", "37040044"),
    ("GB", "GBP", "FASTER_PAYMENTS", "sort_code", "040004"),
    ("HK", "HKD", "FPS", "bank_code", "016"),
    ("JP", "JPY", "ZENGIN", "bank_code", "0001"),
    ("SG", "SGD", "FAST", "bank_code", "7171"),
    ("US", "USD", "ACH", "ach", "110000000"),
];

pub fn create(call: &mut Call<'_>) -> Reply {
    let request_id = call.need("request_id")?;
    let account = call.account().to_owned();
    call.refuse_duplicate("global_accounts", &request_id)?;
    let country = call.need("country_code")?;
    let home = COUNTRIES.iter().find(|(code, ..)| *code == country);
    let home = home.ok_or_else(|| {
        ApiError::new(400, "unsupported_country_code", "no accounts are opened there").at("country_code")
    })?;
    let features = list_at(&call.body, "required_features").to_vec();
    if features.is_empty() {
        return Err(ApiError::required("required_features"));
    }
    for (index, feature) in features.iter().enumerate() {
        let path = |name: &str| format!("required_features[{index}].{name}");
        let currency = text_at(feature, "currency").ok_or_else(|| ApiError::required(&path("currency")))?;
        let method = text_at(feature, "transfer_method")
            .ok_or_else(|| ApiError::required(&path("transfer_method")))?;
        if currency != home.1 && method == "LOCAL" {
            let message = "not a currency of this country";
            return Err(ApiError::new(400, "unsupported_currency", message).at(&path("currency")));
        }
        if method != "LOCAL" && method != "SWIFT" {
            return Err(ApiError::invalid(&path("transfer_method"), "LOCAL or SWIFT"));
        }
    }
    let now = call.now;
    let row = GlobalAccount {
        id: call.world.uuid(),
        account: account.clone(),
        request_id: request_id.clone(),
        status: "PROCESSING".to_owned(),
        country_code: country,
        currency: text_at(&features[0], "currency").unwrap_or_else(|| home.1.to_owned()),
        features: Value::Array(features),
        nick_name: text_at(&call.body, "nick_name"),
        deposit_conversion_currency: text_at(&call.body, "deposit_conversion_currency"),
        close_reason: None,
        created_at: now,
        sequence: call.world.sequence(),
    };
    let (id, answer) = (row.id.clone(), body(&row));
    call.world.use_request_id("global_accounts", &account, &request_id, &id, now);
    call.world.global_accounts.insert(id.clone(), row);
    call.world.later(now + Duration::seconds(1), Due::GlobalAccount { global_account: id });
    created(answer)
}

/// Gets its numbers.
pub fn open(world: &mut World, id: &str, now: Instant) {
    let Some(row) = world.global_accounts.get_mut(id).filter(|row| row.status == "PROCESSING") else {
        return;
    };
    row.status = "ACTIVE".to_owned();
    tell(world, id, now);
}

fn tell(world: &mut World, id: &str, now: Instant) {
    let Some(row) = world.global_accounts.get(id) else { return };
    let name = format!("global_account.{}", row.status.to_lowercase());
    let (account, data) = (row.account.clone(), body(row));
    emit(world, now, &name, &account, id, data);
}

/// Account numbers are absent while PROCESSING (A).
fn body(row: &GlobalAccount) -> Value {
    let mut body = json!({
        "id": row.id,
        "request_id": row.request_id,
        "account_name": "Sandbox account",
        "country_code": row.country_code,
        "institution": { "name": "Sample Bank", "address": "1 Sample Street", "city": "Sampletown", "zip_code": "1000" },
        "nick_name": row.nick_name,
        "required_features": row.features,
        "supported_features": [],
        "deposit_conversion_currency": row.deposit_conversion_currency,
        "status": row.status,
        "close_reason": row.close_reason,
    });
    let home = COUNTRIES.iter().find(|(code, ..)| *code == row.country_code);
    if let Some((_, currency, system, kind, value)) = home.filter(|_| row.status != "PROCESSING") {
        body["account_number"] = json!(format!("{:010}", row.sequence));
        body["account_type"] = json!("Checking");
        body["swift_code"] = json!(format!("SMPL{}22", row.country_code));
        let local = json!({
            "currency": currency,
            "transfer_method": "LOCAL",
            "local_clearing_system": system,
            "type": "DEPOSIT",
            "routing_codes": [{ "type": kind, "value": value }],
        });
        let features = row.features.as_array().into_iter().flatten();
        let supported = features.map(|feature| match feature["transfer_method"].as_str() {
            Some("SWIFT") => json!({
                "currency": feature["currency"],
                "transfer_method": "SWIFT",
                "type": "DEPOSIT",
                "routing_codes": [{ "type": "swift", "value": body["swift_code"] }],
            }),
            _ => local.clone(),
        });
        body["supported_features"] = supported.collect();
    }
    body
}

/// The currencies that were asked for.
fn currencies(row: &GlobalAccount) -> impl Iterator<Item = &str> {
    row.features.as_array().into_iter().flatten().filter_map(|feature| feature["currency"].as_str())
}

fn own(call: &Call<'_>) -> Result<GlobalAccount, ApiError> {
    let found = call.world.global_accounts.get(call.id()).filter(|row| row.account == call.account());
    found.cloned().ok_or_else(|| ApiError::not_found("the global account"))
}

pub fn get(call: &mut Call<'_>) -> Reply {
    ok(body(&own(call)?))
}

pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let (from, to) = (query.instant("from_created_at")?, query.instant("to_created_at")?);
    let visible_until = call.visible_until();
    let mut found: Vec<_> = call
        .world
        .global_accounts
        .values()
        .filter(|row| row.account == call.account() && row.created_at <= visible_until)
        .filter(|row| query.wants("country_code", &row.country_code) && query.wants("status", &row.status))
        .filter(|row| {
            ["required_features_currency", "supported_features_currency"].into_iter().all(|name| {
                query.get(name).is_none() || currencies(row).any(|currency| query.wants(name, currency))
            })
        })
        .filter(|row| query.wants("nick_name", row.nick_name.as_deref().unwrap_or_default()))
        .filter(|row| {
            from.is_none_or(|from| row.created_at >= from) && to.is_none_or(|to| row.created_at <= to)
        })
        .collect();
    found.sort_by_key(|row| std::cmp::Reverse(row.sequence));
    ok(numbered_page(found.into_iter().map(body).collect(), query, Sizes::new(100, 10, 1000))?)
}

pub fn update(call: &mut Call<'_>) -> Reply {
    let id = own(call)?.id;
    let name = call.need("nick_name")?;
    let conversion = text_at(&call.body, "deposit_conversion_currency");
    let row =
        call.world.global_accounts.get_mut(&id).ok_or_else(|| ApiError::not_found("the global account"))?;
    row.nick_name = Some(name);
    row.deposit_conversion_currency = conversion.or(row.deposit_conversion_currency.take());
    ok(body(row))
}

pub fn close(call: &mut Call<'_>) -> Reply {
    let id = own(call)?.id;
    let row =
        call.world.global_accounts.get_mut(&id).ok_or_else(|| ApiError::not_found("the global account"))?;
    if row.status == "CLOSED" {
        return Err(ApiError::new(400, "invalid_status_for_operation", "the account is closed already"));
    }
    row.status = "CLOSED".to_owned();
    row.close_reason = Some("CLOSED_BY_CLIENT".to_owned());
    let answer = body(row);
    tell(call.world, &id, call.now);
    ok(answer)
}

pub fn transactions(call: &mut Call<'_>) -> Reply {
    let row = own(call)?;
    let mut found: Vec<_> = call
        .world
        .deposits
        .values()
        .filter(|deposit| deposit.global_account.as_ref() == Some(&row.id))
        .collect();
    found.sort_by_key(|deposit| std::cmp::Reverse(deposit.sequence));
    let items = found.into_iter().map(|deposit| {
        json!({
            "id": deposit.id,
            "type": "CREDIT",
            "amount": number(deposit.amount),
            "currency": deposit.currency,
            "fee_amount": 0,
            "fee_currency": deposit.currency,
            "payer_name": deposit.payer["name"],
            "payer_country": deposit.payer["country_code"],
            "description": deposit.reference,
            "create_time": stamp(deposit.created_at),
            "status": if deposit.status == "REVERSED" { "CANCELLED" } else { &deposit.status },
        })
    });
    ok(numbered_page(items.collect(), call.query, Sizes::new(100, 10, 1000))?)
}

pub fn letter(call: &mut Call<'_>) -> Reply {
    let row = own(call)?;
    let lines = [
        "SANDBOX - this account is not real".to_owned(),
        format!("Global account {}", row.id),
        format!("{} in {}, {}", row.currency, row.country_code, row.status),
    ];
    Ok(Answer { status: 200, body: Body::Content("application/pdf", transfers::pdf(&lines)) })
}

/// Nobody debits accounts of the sandbox.
pub fn mandates(call: &mut Call<'_>) -> Reply {
    own(call)?;
    ok(json!({ "has_more": false, "items": [] }))
}

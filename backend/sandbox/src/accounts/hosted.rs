//! Hosted flows (02 §4): a page of Airwallex's for the seller's checks, by links of 15 seconds.

use std::collections::{BTreeMap, HashMap};

use chrono::Duration;
use serde_json::{Value, json};
use url::Url;

use super::values::is_country;
use super::{answers, lifecycle};
use crate::call::Call;
use crate::clock::Instant;
use crate::wire::{ApiError, Reply, created, list_at, merge, ok, text_at};
use crate::world::World;
use crate::world::accounts::Flow;
use crate::world::start::{KYC_TEMPLATE, RFI_TEMPLATE};

pub const MEMBERS: &[&str] = &["account_id", "template", "return_url", "error_url", "metadata.*"];

const LINK_SECONDS: i64 = 15;

pub fn create(call: &mut Call<'_>) -> Reply {
    let account = call.need("account_id")?;
    let known = call.world.accounts.get(&account).filter(|account| account.linked);
    let known = known.ok_or_else(|| ApiError::invalid("account_id", "the account does not exist"))?;
    if text_at(&known.document, "account_details.legal_entity_type").as_deref() == Some("INDIVIDUAL") {
        return Err(ApiError::invalid("account_id", "hosted flows are for businesses"));
    }
    let template = call.need("template")?;
    if template != KYC_TEMPLATE && template != RFI_TEMPLATE {
        return Err(ApiError::invalid("template", "there is no such flow template for the caller"));
    }
    let return_url = call.need("return_url")?;
    check_return("return_url", &return_url)?;
    let error_url = text_at(&call.body, "error_url");
    if let Some(url) = &error_url {
        check_return("error_url", url)?;
    }
    let flow = Flow {
        id: call.world.token("ahfi_"),
        account,
        template,
        status: "INIT".to_owned(),
        return_url,
        error_url,
        metadata: call.body.get("metadata").cloned().unwrap_or(Value::Null),
        identity: None,
        link: None,
        session: None,
        entered: BTreeMap::new(),
    };
    // For people with an Airwallex login of their own, which nobody has here (D).
    let answer = body(&flow, Some(format!("{}/hosted/kyc/{}", call.public_url, flow.id)));
    call.world.flows.insert(flow.id.clone(), flow);
    created(answer)
}

/// `https`, or `http` on 127.0.0.1; `localhost` is refused (D).
fn check_return(member: &str, text: &str) -> Result<(), ApiError> {
    let is_fine = Url::parse(text).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => url.host_str() == Some("127.0.0.1"),
        _ => false,
    });
    if is_fine { Ok(()) } else { Err(ApiError::invalid(member, "https, or http on 127.0.0.1")) }
}

pub fn get(call: &mut Call<'_>) -> Reply {
    match call.world.flows.get(call.id()) {
        Some(flow) => ok(body(flow, None)),
        None => Err(unknown()),
    }
}

fn unknown() -> ApiError {
    ApiError::not_found("the flow")
}

/// A link of 15 seconds, once; asked for again on the same flow as often as the person comes back (D).
pub fn authorize(call: &mut Call<'_>) -> Reply {
    let id = call.id().to_owned();
    if call.world.flows.get(&id).ok_or_else(unknown)?.status == "FINISHED" {
        return Err(ApiError::invalid("status", "the flow is finished"));
    }
    let (code, dies_at) = (call.world.token("hf_"), call.now + Duration::seconds(LINK_SECONDS));
    let flow = call.world.flows.get_mut(&id).ok_or_else(unknown)?;
    flow.link = Some((code.clone(), dies_at));
    flow.identity = text_at(&call.body, "identity").or(flow.identity.take());
    let mut answer = body(flow, Some(format!("{}/hosted/kyc/{id}?code={code}", call.public_url)));
    answer["authorization_code"] = json!(code);
    created(answer)
}

fn body(flow: &Flow, url: Option<String>) -> Value {
    json!({
        "id": flow.id,
        "account_id": flow.account,
        "status": flow.status,
        "url": url,
        "metadata": flow.metadata,
        "result": null,
    })
}

/// What finishing does (A, 02 §4.3): agreements, missing details filled in, submitted; a flow of questions
/// answers them. Answers false when there is nothing to finish.
pub fn complete(world: &mut World, id: &str, fields: Option<&HashMap<String, String>>, now: Instant) -> bool {
    let Some(flow) = world.flows.get_mut(id).filter(|flow| flow.status != "FINISHED") else { return false };
    flow.status = "FINISHED".to_owned();
    flow.session = None;
    let (account_id, template) = (flow.account.clone(), flow.template.clone());
    if template == RFI_TEMPLATE {
        answers::give(world, &account_id, fields, now);
        return true;
    }
    let Some(account) = world.accounts.get_mut(&account_id) else { return false };
    let details = filled_in(&account.document, fields);
    merge(&mut account.document, &details);
    // Already submitted another way: the flow finishes all the same.
    let _ = lifecycle::submit(world, &account_id, now);
    true
}

/// What is asked of a director, with samples.
pub const DIRECTOR: [(&str, &str); 3] =
    [("first_name", "Sam"), ("last_name", "Sample"), ("date_of_birth", "1980-01-31")];
/// The members of the registered address by the page's field names, with samples.
pub const ADDRESS: [(&str, &str, &str); 4] = [
    ("address", "address_line1", "1 Sample Street"),
    ("city", "suburb", "Sampletown"),
    ("postcode", "postcode", "AB1 2CD"),
    ("country", "country_code", "GB"),
];

/// What the page shows: what the person entered before, what is known, or a sample.
pub fn shown(document: &Value, entered: &BTreeMap<String, String>) -> Value {
    let director = DIRECTOR
        .map(|(name, sample)| (name, format!("account_details.business_person_details.0.{name}"), sample));
    let address = ADDRESS.map(|(name, member, sample)| {
        (name, format!("account_details.business_details.registration_address.{member}"), sample)
    });
    let mut shown = json!({});
    for (name, path, sample) in director.into_iter().chain(address) {
        let known = entered.get(name).cloned().or_else(|| text_at(document, &path));
        shown[name] = json!(known.unwrap_or_else(|| sample.to_owned()));
    }
    shown
}

/// The first thing that Airwallex would not take, and what to do about it.
pub fn mistake(fields: &HashMap<String, String>, now: Instant) -> Option<(&'static str, &'static str)> {
    let entered = |name: &str| fields.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let is_birthday =
        |text: &str| text.parse::<chrono::NaiveDate>().is_ok_and(|date| date < now.date_naive());
    if entered("date_of_birth").is_some_and(|text| !is_birthday(text)) {
        return Some(("date_of_birth", "Enter a date of birth in the past, such as 1980-01-31."));
    }
    if entered("country").is_some_and(|code| !is_country(&json!(code))) {
        return Some(("country", "Choose a country."));
    }
    None
}

/// What the person entered, or a sample where nothing was and nothing is known.
fn filled_in(document: &Value, fields: Option<&HashMap<String, String>>) -> Value {
    let entered = |name: &str| {
        fields.and_then(|fields| fields.get(name)).map(|text| text.trim()).filter(|text| !text.is_empty())
    };
    let business = "account_details.business_details";
    let known = |path: &str, default: Value| text_at(document, path).map_or(default, Value::String);
    let given = |name: &str, path: &str, default: &str| {
        entered(name).map_or_else(|| known(path, json!(default)), |text| json!(text))
    };
    let mut address = json!({});
    for (name, member, sample) in ADDRESS {
        address[member] = given(name, &format!("{business}.registration_address.{member}"), sample);
    }
    let persons = "account_details.business_person_details";
    let mut people = list_at(document, persons).to_vec();
    if people.is_empty() {
        people.push(json!({ "roles": ["DIRECTOR"] }));
    }
    for (name, sample) in DIRECTOR {
        people[0][name] = given(name, &format!("{persons}.0.{name}"), sample);
    }
    json!({
        "account_details": {
            "legal_entity_type": known("account_details.legal_entity_type", json!("BUSINESS")),
            "business_details": {
                "business_name": known(&format!("{business}.business_name"), document["nickname"].clone()),
                "business_structure": known(&format!("{business}.business_structure"), json!("COMPANY")),
                "registration_address": address,
            },
            "business_person_details": people,
        },
        "customer_agreements": {
            "agreed_to_data_usage": true,
            "agreed_to_terms_and_conditions": true,
            "agreed_to_biometrics_consent": true,
        },
    })
}

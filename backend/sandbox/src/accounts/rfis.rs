//! Requests for information (02 §3): rounds of questions, answers, follow-ups, and their end.

use chrono::Duration;
use serde_json::{Value, json};

use super::files;
use crate::call::Call;
use crate::clock::Instant;
use crate::webhooks::emit;
use crate::wire::{Answer, ApiError, Reply, Sizes, cursor_page, list_at, ok, stamp, text_at};
use crate::world::World;
use crate::world::accounts::{Rfi, Round};
use crate::world::steering::Due;

pub const QUESTIONS: &[&str] = &["type", "questions.*.id", "questions.*.answer.type"];
pub const ANSWER: &[&str] = &[
    "questions.*.id",
    "questions.*.comment",
    "questions.*.answer.type",
    "questions.*.answer.text",
    "questions.*.answer.comment",
    "questions.*.answer.confirmed",
    "questions.*.answer.attachments.*.file_id",
    "questions.*.answer.identity_document.**",
    "questions.*.answer.address.**",
];

const TYPES: [&str; 6] =
    ["KYC", "KYC_ONGOING", "CARDHOLDER", "TRANSACTION", "PAYMENT_ENABLEMENT", "MERCHANT_RISK"];
const DOCUMENTS: [&str; 6] = ["DRIVING_LICENSE", "PASSPORT", "IDENTITY_CARD", "MEDICARE_CARD", "SSN", "ITIN"];

/// Kinds of answers: the member that holds them, the key and title of a question that asks so.
const KINDS: &[(&str, &str, &str, &str)] = &[
    ("TEXT", "text", "BUSINESS_DESCRIPTION", "Tell us about your business"),
    ("ATTACHMENT", "attachments", "PROOF_OF_ADDRESS", "Address evidence"),
    ("IDENTITY_DOCUMENT", "identity_document", "ID_COPY", "Identity document"),
    ("CONFIRMATION", "confirmed", "DETAILS_CONFIRMATION", "Confirm your details"),
    ("LIVENESS", "confirmed", "LIVENESS_CHECK", "Liveness check"),
    ("ADDRESS", "address", "RESIDENTIAL_ADDRESS", "Where you live"),
];

/// About seven days (D).
const LIFE_DAYS: i64 = 7;

pub fn list(call: &mut Call<'_>) -> Reply {
    let query = call.query;
    let listed = |name: &str, value: &str| {
        query.get(name).is_none_or(|wanted| wanted.split(',').any(|one| one.trim() == value))
    };
    // The end of the window has a name of its own here (D).
    let (from, to) = (query.instant("from_created_at")?, query.instant("end_created_at")?);
    let visible_until = call.visible_until();
    let mut found: Vec<_> = call
        .world
        .rfis
        .values()
        .filter(|rfi| rfi.account == call.account() && rfi.created_at <= visible_until)
        .filter(|rfi| listed("statuses", &rfi.status) && listed("types", &rfi.kind))
        .filter(|rfi| from.is_none_or(|from| rfi.created_at >= from))
        .filter(|rfi| to.is_none_or(|to| rfi.created_at <= to))
        .collect();
    found.sort_by(|left, right| right.created_at.cmp(&left.created_at).then_with(|| left.id.cmp(&right.id)));
    ok(cursor_page(
        found.into_iter().map(|rfi| body(rfi, call.public_url)).collect(),
        query,
        Sizes::new(100, 1, 2000),
    )?)
}

pub fn get(call: &mut Call<'_>) -> Reply {
    ok(body(&own(call)?, call.public_url))
}

fn own(call: &Call<'_>) -> Result<Rfi, ApiError> {
    let found = call.world.rfis.get(call.id()).filter(|found| found.account == call.account());
    found.cloned().ok_or_else(|| ApiError::new(404, "resource_not_found", "the RFI was not found"))
}

fn body(rfi: &Rfi, public_url: &str) -> Value {
    let question = |question: &Value| {
        let mut shown = question.clone();
        if let Some(liveness) = shown.get_mut("liveness")
            && liveness["status"] != "SUCCEEDED"
        {
            let id = question["id"].as_str().unwrap_or_default();
            liveness["url"] = json!(format!("{public_url}/hosted/liveness/{}/{id}", rfi.id));
        }
        shown
    };
    let round = |round: &Round| {
        json!({
            "created_at": stamp(round.created_at),
            "updated_at": stamp(round.updated_at),
            "expires_at": stamp(round.expires_at),
            "questions": round.questions.iter().map(question).collect::<Vec<_>>(),
        })
    };
    json!({
        "id": rfi.id,
        "account_id": rfi.account,
        "type": rfi.kind,
        "sub_type": rfi.sub_type,
        "status": rfi.status,
        "created_at": stamp(rfi.created_at),
        "updated_at": stamp(rfi.updated_at),
        "active_request": rfi.active.as_ref().map(round),
        "answered_requests": rfi.answered.iter().map(round).collect::<Vec<_>>(),
    })
}

/// Every question of the round in one call (A).
pub fn respond(call: &mut Call<'_>) -> Reply {
    let rfi = own(call)?;
    let Some(mut round) = rfi.active.clone().filter(|_| rfi.status == "ACTION_REQUIRED") else {
        return Err(ApiError::new(400, "invalid_state_for_operation", "the RFI waits for no answer"));
    };
    let given = list_at(&call.body, "questions");
    if given.is_empty() {
        return Err(ApiError::required("questions"));
    }
    for (index, answer) in given.iter().enumerate() {
        let path = format!("questions[{index}]");
        let id = text_at(answer, "id").ok_or_else(|| ApiError::required(&format!("{path}.id")))?;
        let question = round.questions.iter_mut().find(|question| question["id"] == *id);
        let question =
            question.ok_or_else(|| ApiError::invalid(&format!("{path}.id"), "there is no such question"))?;
        question["answer"] = checked(call, &question["answer"]["type"], &answer["answer"], &path)?;
    }
    // A check of liveness is the person's own part.
    let answered = |question: &Value| match question.get("liveness") {
        Some(liveness) => liveness["status"] == "SUCCEEDED",
        None => given.iter().any(|answer| answer["id"] == question["id"]),
    };
    if let Some(open) = round.questions.iter().find(|question| !answered(question)) {
        let words = format!("question {} has no answer", open["id"]);
        return Err(ApiError::new(400, "field_required", words).at("questions"));
    }
    round.updated_at = call.now;
    answer(call.world, &rfi.id, round, call.now);
    match call.world.rfis.get(&rfi.id) {
        Some(rfi) => ok(body(rfi, call.public_url)),
        None => Err(ApiError::new(404, "resource_not_found", "the RFI was not found")),
    }
}

/// One answer, with exactly the member that its kind has (D).
fn checked(call: &Call<'_>, kind: &Value, given: &Value, path: &str) -> Result<Value, ApiError> {
    let at = |member: &str| format!("{path}.answer.{member}");
    if given["type"] != *kind {
        return Err(ApiError::invalid(&at("type"), format!("this question takes {kind}")));
    }
    if *kind == "LIVENESS" {
        return Ok(given.clone());
    }
    let Some((_, member, ..)) = KINDS.iter().find(|(name, ..)| kind == name) else {
        return Err(ApiError::invalid(&at("type"), "not a kind of answer"));
    };
    let other = KINDS
        .iter()
        .map(|(_, other, ..)| other)
        .find(|other| *other != member && given.get(**other).is_some());
    if let Some(other) = other {
        return Err(ApiError::invalid(&at(other), "an answer has the one member of its kind"));
    }
    let value = &given[*member];
    let is_fit = match *member {
        "text" => text_at(given, "text").is_some(),
        "confirmed" => value.is_boolean(),
        "attachments" => value.as_array().is_some_and(|files| !files.is_empty()),
        "identity_document" => {
            let kind = value["type"].as_str().unwrap_or_default();
            DOCUMENTS.contains(&kind) && text_at(value, "number").is_some()
        }
        _ => value.is_object(),
    };
    if value.is_null() {
        return Err(ApiError::required(&at(member)));
    }
    if !is_fit {
        return Err(ApiError::invalid(&at(member), "not an answer of this kind"));
    }
    for (index, file) in list_at(given, "attachments").iter().enumerate() {
        let id = text_at(file, "file_id").unwrap_or_default();
        if !files::is_there(call.world, call.account(), &id) {
            return Err(ApiError::invalid(
                &at(&format!("attachments[{index}].file_id")),
                "there is no such file",
            ));
        }
    }
    Ok(given.clone())
}

/// The round is answered.
pub fn answer(world: &mut World, id: &str, round: Round, now: Instant) {
    let Some(rfi) = world.rfis.get_mut(id) else { return };
    rfi.active = Some(round);
    rfi.status = "ANSWERED".to_owned();
    tell(world, id, "rfi.answered", now);
}

fn tell(world: &mut World, id: &str, event: &str, now: Instant) {
    let Some(rfi) = world.rfis.get_mut(id) else { return };
    rfi.updated_at = now;
    let account = rfi.account.clone();
    // The id alone (D), with the type where one delivery was seen (C): whoever wants to know more asks.
    let mut data = json!({ "id": id });
    if event == "rfi.action_required" {
        data["type"] = json!(rfi.kind);
    }
    emit(world, now, event, &account, id, data);
}

fn round(world: &mut World, now: Instant, body: &Value) -> Result<Round, ApiError> {
    let mut asked: Vec<String> = vec![];
    for (index, question) in list_at(body, "questions").iter().enumerate() {
        let path = format!("questions[{index}].answer.type");
        let kind = text_at(question, "answer.type").ok_or_else(|| ApiError::required(&path))?;
        if !KINDS.iter().any(|(known, ..)| *known == kind) {
            let kinds: Vec<&str> = KINDS.iter().map(|(known, ..)| *known).collect();
            return Err(ApiError::invalid(&path, format!("one of {}", kinds.join(", "))));
        }
        asked.push(kind);
    }
    if asked.is_empty() {
        asked = vec!["TEXT".to_owned(), "ATTACHMENT".to_owned()];
    }
    let questions = asked.iter().map(|kind| question(world, kind)).collect();
    Ok(Round { created_at: now, updated_at: now, expires_at: now + Duration::days(LIFE_DAYS), questions })
}

fn question(world: &mut World, kind: &str) -> Value {
    let (_, _, key, title) = KINDS.iter().find(|(known, ..)| *known == kind).unwrap_or(&KINDS[0]);
    let mut question = json!({
        "id": world.uuid(),
        "key": key,
        "title": { "en": title, "zh": title },
        "description": { "en": "Asked by the sandbox.", "zh": "Asked by the sandbox." },
        "comment": "",
        "attachments": [],
        "sources": [],
        "answer": { "type": kind },
    });
    if kind == "LIVENESS" {
        question["liveness"] = json!({ "status": "NOT_STARTED", "url": null });
    }
    question
}

/// Earlier ones of the type must all be CLOSED (D).
pub fn simulate_create(call: &mut Call<'_>) -> Reply {
    let kind = call.need("type")?;
    if !TYPES.contains(&kind.as_str()) {
        return Err(ApiError::invalid("type", format!("one of {}", TYPES.join(", "))));
    }
    let account = call.account().to_owned();
    if call
        .world
        .rfis
        .values()
        .any(|rfi| rfi.account == account && rfi.kind == kind && rfi.status != "CLOSED")
    {
        return Err(ApiError::invalid("type", "an earlier RFI of this type is not closed"));
    }
    let now = call.now;
    let round = round(call.world, now, &call.body)?;
    let rfi = Rfi {
        id: call.world.uuid(),
        account,
        sub_type: (kind == "TRANSACTION").then(|| "TRANSACTION_MONITORING".to_owned()),
        kind,
        status: "ACTION_REQUIRED".to_owned(),
        created_at: now,
        updated_at: now,
        active: Some(round),
        answered: vec![],
    };
    let id = rfi.id.clone();
    call.world.rfis.insert(id.clone(), rfi);
    let asked = ask(call, &id)?;
    Ok(Answer { status: 201, ..asked })
}

/// Back to ACTION_REQUIRED; the round before moves to the answered ones (D).
pub fn simulate_follow_up(call: &mut Call<'_>) -> Reply {
    let rfi = own(call)?;
    if rfi.status != "ANSWERED" {
        return Err(ApiError::invalid("status", "only an answered RFI is followed up"));
    }
    let fresh = round(call.world, call.now, &call.body)?;
    if let Some(rfi) = call.world.rfis.get_mut(&rfi.id) {
        rfi.answered.extend(rfi.active.replace(fresh));
        rfi.status = "ACTION_REQUIRED".to_owned();
    }
    ask(call, &rfi.id)
}

fn ask(call: &mut Call<'_>, id: &str) -> Reply {
    tell(call.world, id, "rfi.action_required", call.now);
    let what = Due::RfiExpiry { rfi: id.to_owned() };
    call.world.later(call.now + Duration::days(LIFE_DAYS), what);
    match call.world.rfis.get(id) {
        Some(rfi) => ok(body(rfi, call.public_url)),
        None => Err(ApiError::new(404, "resource_not_found", "the RFI was not found")),
    }
}

pub fn simulate_close(call: &mut Call<'_>) -> Reply {
    let rfi = own(call)?;
    if rfi.status == "CLOSED" {
        return Err(ApiError::invalid("status", "the RFI is closed already"));
    }
    close(call.world, &rfi.id, call.now);
    ok(call.world.rfis.get(&rfi.id).map(|rfi| body(rfi, call.public_url)).unwrap_or_default())
}

/// It is over.
pub fn close(world: &mut World, id: &str, now: Instant) {
    let Some(rfi) = world.rfis.get_mut(id) else { return };
    rfi.status = "CLOSED".to_owned();
    rfi.answered.extend(rfi.active.take());
    tell(world, id, "rfi.closed", now);
}

/// Nobody answered in time: it is closed (D), and nothing else happens to the account (A).
pub fn expire(world: &mut World, id: &str, now: Instant) {
    let is_over = world.rfis.get(id).is_some_and(|rfi| {
        rfi.status == "ACTION_REQUIRED" && rfi.active.as_ref().is_some_and(|round| round.expires_at <= now)
    });
    if is_over {
        close(world, id, now);
    }
}

//! Answers as the hosted pages take them: what the person entered, or a sample where nothing was.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::liveness;
use crate::clock::Instant;
use crate::world::World;
use crate::world::accounts::File;

type Fields = HashMap<String, String>;

/// What the page asks, question by question.
pub fn asked(world: &World, account: &str) -> Vec<Value> {
    let open = world.rfis.values().filter(|rfi| rfi.account == account && rfi.status == "ACTION_REQUIRED");
    let questions = open.flat_map(|rfi| rfi.active.iter().flat_map(|round| &round.questions));
    let shown = questions.map(|question| {
        json!({
            "id": question["id"],
            "title": question["title"]["en"],
            "kind": question["answer"]["type"],
        })
    });
    shown.collect()
}

/// Answers every open question of an account.
pub fn give(world: &mut World, account: &str, fields: Option<&Fields>, now: Instant) {
    let open = world.rfis.values().filter(|rfi| rfi.account == account && rfi.status == "ACTION_REQUIRED");
    for id in open.map(|rfi| rfi.id.clone()).collect::<Vec<_>>() {
        let Some(mut round) = world.rfis.get(&id).and_then(|rfi| rfi.active.clone()) else { continue };
        for question in &mut round.questions {
            question["answer"] = answer(world, account, question, fields, now);
            if question.get("liveness").is_some() {
                question["liveness"]["status"] = json!("SUCCEEDED");
            }
        }
        round.updated_at = now;
        liveness::answered(world, &id, round, now);
    }
}

fn answer(
    world: &mut World,
    account: &str,
    question: &Value,
    fields: Option<&Fields>,
    now: Instant,
) -> Value {
    let (id, kind) = (
        question["id"].as_str().unwrap_or_default(),
        question["answer"]["type"].as_str().unwrap_or_default(),
    );
    let entered = |what: &str, sample: &str| {
        let given = fields.and_then(|fields| fields.get(&format!("{id}{what}")));
        given.map(|text| text.trim()).filter(|text| !text.is_empty()).unwrap_or(sample).to_owned()
    };
    let mut answer = json!({ "type": kind });
    match kind {
        "TEXT" => answer["text"] = json!(entered("", "A sample answer")),
        "ATTACHMENT" => {
            answer["attachments"] = json!([{ "file_id": sample_file(world, account, now) }]);
        }
        "IDENTITY_DOCUMENT" => {
            answer["identity_document"] = json!({
                "type": "PASSPORT",
                "number": entered("", "P1234567"),
                "issuing_country": entered("-country", "GB"),
            });
        }
        // A box that was left open says no.
        "CONFIRMATION" => {
            answer["confirmed"] = json!(fields.is_none_or(|fields| fields.contains_key(id)));
        }
        "ADDRESS" => {
            answer["address"] = json!({
                "address_line1": entered("", "1 Sample Street"),
                "suburb": entered("-city", "Sampletown"),
                "country_code": entered("-country", "GB"),
            });
        }
        _ => {}
    }
    answer
}

/// The page takes no files: a sample stands for whatever the person would have sent.
fn sample_file(world: &mut World, account: &str, now: Instant) -> String {
    let content = crate::transfers::pdf(&["SANDBOX - a sample document".to_owned()]);
    let file = File {
        id: STANDARD.encode(world.token("file-")),
        account: account.to_owned(),
        filename: "sample.pdf".to_owned(),
        notes: None,
        content_type: "application/pdf".to_owned(),
        size: content.len(),
        content: STANDARD.encode(&content),
        created_at: now,
        links: BTreeMap::new(),
    };
    let id = file.id.clone();
    world.files.insert(id.clone(), file);
    id
}

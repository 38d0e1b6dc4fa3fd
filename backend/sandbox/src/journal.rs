//! Every request and its effect, in order: what tests and people read to learn what happened.

use serde_json::{Value, json};

use crate::store::State;
use crate::wire::stamp_millis;
use crate::world::table::Change;

/// Tables whose keys are secrets: only their names are told.
const SECRET_KEYS: [&str; 7] =
    ["logins", "partner_logins", "consents", "codes", "component_codes", "refresh_tokens", "access_tokens"];
/// Tables that follow from others.
const UNTOLD: [&str; 4] = ["due", "queue", "request_ids", "journal"];

/// Writes down a request that was run or refused, with the rows that it touched, and keeps all of it.
pub fn executed(state: &mut State, mut line: Value, status: u16, trace: &str) {
    line["status"] = json!(status);
    line["trace_id"] = json!(trace);
    write(state, line);
}

/// Writes down a page that was shown, with the rows that it has touched and kept already.
pub fn shown(state: &mut State, mut line: Value, status: u16, changes: &[Change]) {
    line["status"] = json!(status);
    line["trace_id"] = json!(state.world.trace());
    line["effect"] = effect(changes);
    write(state, line);
}

/// Writes down a request that was cut before anything was done.
pub fn lost(state: &mut State, mut line: Value) {
    line["status"] = Value::Null;
    write(state, line);
}

/// Writes down an attempt to deliver an event.
pub fn delivered(state: &mut State, event: &Value, delivery: &str, answer: Option<u16>) {
    let line = json!({
        "webhook": event["name"],
        "event_id": event["id"],
        "delivery": delivery,
        "answer": answer,
    });
    write(state, line);
}

fn write(state: &mut State, mut line: Value) {
    let changes = state.settle();
    if !state.is_journaled {
        return;
    }
    let number = state.world.line();
    line["number"] = json!(number);
    line["at"] = json!(stamp_millis(state.now()));
    if line.get("effect").is_none() {
        line["effect"] = effect(&changes);
    }
    state.world.journal.insert(format!("{number:012}"), line);
    state.settle();
}

fn effect(changes: &[Change]) -> Value {
    let told = changes.iter().filter(|change| !UNTOLD.contains(&change.table));
    told.map(|change| {
        let key = if SECRET_KEYS.contains(&change.table) { "…" } else { change.key.as_str() };
        json!({ "table": change.table, "key": key, "fate": change.fate })
    })
    .collect()
}

//! The liveness check (02 §3.1): a page for the person, where a real one would look into a camera.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::rfis;
use crate::clock::Instant;
use crate::pages;
use crate::store::Sandbox;
use crate::world::World;
use crate::world::accounts::{Account, Round};

/// How a check of an open question ends. Answers false when there is none to end.
pub fn end(world: &mut World, rfi: &str, question: &str, passed: bool, now: Instant) -> bool {
    let Some(row) = world.rfis.get(rfi).filter(|rfi| rfi.status == "ACTION_REQUIRED") else { return false };
    let Some(mut round) = row.active.clone() else { return false };
    let asked = round.questions.iter_mut().find(|known| known["id"] == *question);
    let Some(asked) = asked.filter(|known| known.get("liveness").is_some()) else { return false };
    asked["liveness"]["status"] = json!(if passed { "SUCCEEDED" } else { "FAILED" });
    round.updated_at = now;
    if is_nothing_else(&round) {
        answered(world, rfi, round, now);
    } else if let Some(row) = world.rfis.get_mut(rfi) {
        row.active = Some(round);
        row.updated_at = now;
    }
    true
}

/// A round is answered; one that is nothing but passed checks resolves by itself (D).
pub fn answered(world: &mut World, rfi: &str, round: Round, now: Instant) {
    let is_over = is_nothing_else(&round);
    rfis::answer(world, rfi, round, now);
    if is_over {
        rfis::close(world, rfi, now);
    }
}

fn is_nothing_else(round: &Round) -> bool {
    round.questions.iter().all(|question| question["liveness"]["status"] == "SUCCEEDED")
}

/// The first question of an RFI that asks for a check.
pub fn first(world: &World, rfi: &str) -> Option<String> {
    let round = world.rfis.get(rfi)?.active.as_ref()?;
    let asked = round.questions.iter().find(|question| question.get("liveness").is_some())?;
    asked["id"].as_str().map(str::to_owned)
}

pub async fn page(State(sandbox): State<Sandbox>, Path((rfi, question)): Path<(String, String)>) -> Response {
    let context = {
        let state = sandbox.lock();
        let row = state.world.rfis.get(&rfi).filter(|rfi| rfi.status == "ACTION_REQUIRED");
        let asked = row.and_then(|rfi| rfi.active.as_ref()).into_iter().flat_map(|round| &round.questions);
        let asked = asked.into_iter().find(|known| known["id"] == *question && is_waiting(known));
        let account = row.and_then(|rfi| state.world.accounts.get(&rfi.account));
        asked.map(|asked| json!({ "title": asked["title"]["en"], "name": account.map(Account::name) }))
    };
    match context {
        Some(context) => pages::render(&sandbox, "liveness.html", context),
        None => pages::refusal(&sandbox, "This page has done its work", "Go back to where you came from."),
    }
}

fn is_waiting(question: &Value) -> bool {
    question.get("liveness").is_some_and(|liveness| liveness["status"] != "SUCCEEDED")
}

pub async fn submit(
    State(sandbox): State<Sandbox>,
    Path((rfi, question)): Path<(String, String)>,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let passed = fields.get("decision").is_some_and(|decision| decision == "pass");
    let is_ended = {
        let mut state = sandbox.lock();
        let now = state.now();
        end(&mut state.world, &rfi, &question, passed, now)
    };
    if !is_ended {
        return pages::refusal(&sandbox, "This page has done its work", "Go back to where you came from.");
    }
    let (title, words) = if passed {
        ("The check passed", "Go back to the page that sent you here; this one can be closed.")
    } else {
        ("The check failed, as you chose", "The question stays open.")
    };
    pages::render(&sandbox, "told.html", json!({ "title": title, "words": words, "again": !passed }))
}

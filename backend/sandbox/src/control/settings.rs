//! Every switch for behaviour that the contract leaves open.

use axum::extract::State;
use serde_json::{Value, json};

use super::Input;
use crate::store::Sandbox;
use crate::wire::{ApiError, Reply, ok, text_at};
use crate::world::steering::Settings;

pub async fn show(State(sandbox): State<Sandbox>) -> Reply {
    ok(json!(sandbox.lock().world.meta.settings))
}

/// Members that are given change, all or none; unknown ones are refused.
pub async fn change(State(sandbox): State<Sandbox>, Input(body): Input) -> Reply {
    set(&sandbox, &body)
}

fn set(sandbox: &Sandbox, change: &Value) -> Reply {
    let mut state = sandbox.lock();
    let mut settings = json!(state.world.meta.settings);
    for (name, value) in change.as_object().into_iter().flatten() {
        if settings.get(name).is_none() {
            return Err(ApiError::invalid(name, "there is no such switch"));
        }
        settings[name] = value.clone();
    }
    let settings: Settings = serde_json::from_value(settings)
        .map_err(|error| ApiError::new(400, "invalid_argument", error.to_string()))?;
    if !(1..=3650).contains(&settings.refresh_token_days) {
        return Err(ApiError::invalid("refresh_token_days", "1 to 3650"));
    }
    state.world.meta.settings = settings;
    ok(json!(state.world.meta.settings))
}

pub async fn rotation(State(sandbox): State<Sandbox>, input: Input) -> Reply {
    let body = input.only(&["replay", "mode"])?;
    match text_at(&body, "replay").or_else(|| text_at(&body, "mode")).as_deref() {
        Some(mode @ ("fresh_pair" | "same_successor")) => {
            set(&sandbox, &json!({ "rotation": mode }))?;
            ok(json!({ "replay": mode }))
        }
        _ => Err(ApiError::invalid("replay", "fresh_pair or same_successor")),
    }
}

pub async fn limits(State(sandbox): State<Sandbox>, input: Input) -> Reply {
    let body = input.only(&["profile"])?;
    match text_at(&body, "profile").as_deref() {
        Some(profile @ ("off" | "sandbox" | "production")) => {
            set(&sandbox, &json!({ "limits": profile }))?;
            ok(json!({ "profile": profile }))
        }
        _ => Err(ApiError::invalid("profile", "off, sandbox or production")),
    }
}

//! Every switch for behaviour that the contract leaves open.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::store::Sandbox;
use crate::wire::{ApiError, Input, Reply, ok, text_at};

/// The switches and their present positions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Reviews, transfer steps and endowments happen by themselves.
    pub auto: bool,
    /// A consent also links the account to the platform (A).
    pub consent_links_account: bool,
    /// A missing scope answers 401 instead of 403.
    pub unauthorized_for_forbidden: bool,
    /// A replay inside the grace: `fresh_pair` or `same_successor`.
    pub rotation: String,
    /// Disconnects are told by the older event.
    pub older_disconnect_event: bool,
    /// The token endpoint's answer names the account (D; absent in older copies of the documents).
    #[serde(default = "yes")]
    pub token_names_account: bool,
    /// New transfers show in lists only after this long.
    pub list_lag_seconds: i64,
}

fn yes() -> bool {
    true
}

impl Settings {
    pub fn new(auto: bool) -> Self {
        Self {
            auto,
            consent_links_account: true,
            unauthorized_for_forbidden: false,
            rotation: "fresh_pair".to_owned(),
            older_disconnect_event: false,
            token_names_account: true,
            list_lag_seconds: 0,
        }
    }
}

pub async fn show(State(sandbox): State<Sandbox>) -> Reply {
    ok(json!(sandbox.lock().world.settings))
}

/// Members that are given change; unknown ones are refused.
pub async fn change(State(sandbox): State<Sandbox>, Input(body): Input) -> Reply {
    let mut state = sandbox.lock();
    let mut settings = json!(state.world.settings);
    for (name, value) in body.as_object().into_iter().flatten() {
        if settings.get(name).is_none() {
            return Err(ApiError::invalid(name, "there is no such switch"));
        }
        settings[name] = value.clone();
    }
    state.world.settings = serde_json::from_value(settings)
        .map_err(|error| ApiError::new(400, "invalid_argument", error.to_string()))?;
    ok(json!(state.world.settings))
}

pub async fn rotation(State(sandbox): State<Sandbox>, Input(body): Input) -> Reply {
    match text_at(&body, "replay").or_else(|| text_at(&body, "mode")).as_deref() {
        Some(mode @ ("fresh_pair" | "same_successor")) => {
            sandbox.lock().world.settings.rotation = mode.to_owned();
            ok(json!({ "replay": mode }))
        }
        _ => Err(ApiError::invalid("replay", "fresh_pair or same_successor")),
    }
}

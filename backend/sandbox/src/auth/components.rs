//! `POST /api/v1/authentication/authorize` (02 §4.4): a code of 30 seconds for one embedded component.

use chrono::Duration;
use serde_json::{Value, json};

use super::authorize::is_s256;
use crate::call::{Call, scopes};
use crate::wire::{ApiError, Reply, list_at, ok, text_at};
use crate::world::auth::ComponentCode;

const LIFE: i64 = 30;

pub fn authorize(call: &mut Call<'_>) -> Reply {
    if !call.caller.on_behalf {
        return Err(ApiError::required("x-on-behalf-of"));
    }
    let challenge = call.need("code_challenge")?;
    if !is_s256(&challenge) {
        return Err(ApiError::invalid(
            "code_challenge",
            "base64url of the SHA-256 of the verifier, unpadded",
        ));
    }
    let asked = list_at(&call.body, "scope");
    if asked.is_empty() {
        return Err(ApiError::required("scope"));
    }
    let is_known = |scope: &&Value| scope.as_str().is_some_and(|scope| scopes::COMPONENT.contains(&scope));
    if let Some(unknown) = asked.iter().find(|scope| !is_known(scope)) {
        return Err(ApiError::invalid("scope", format!("{unknown} is no scope of an embedded component")));
    }
    let asked = asked.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let code = call.world.token("ac_");
    let row = ComponentCode {
        account: call.account().to_owned(),
        scopes: asked,
        challenge,
        identity: text_at(&call.body, "identity"),
        expires_at: call.now + Duration::seconds(LIFE),
    };
    call.world.component_codes.insert(code.clone(), row);
    ok(json!({ "authorization_code": code }))
}

//! Codes for embedded components (D, part 02 §4.4).

use serde::{Deserialize, Serialize};

use crate::call::{Call, Recovery};
use crate::{Access, Client, Error, Token};

/// What a component may do, and for whom.
#[derive(Debug, Clone, Serialize)]
pub struct Authorization<'a> {
    /// base64url of the SHA-256 of the verifier that goes to the browser, without padding.
    pub code_challenge: &'a str,
    /// Such as `w:awx_action:onboarding`.
    pub scope: &'a [&'a str],
    /// The platform's own reference of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer {
    authorization_code: Token,
}

/// A code of 30 seconds for one component, on behalf of the account. Another one does no harm.
pub async fn authorize(client: &Client, access: &Access, wanted: &Authorization<'_>) -> Result<Token, Error> {
    let call = Call::post("/api/v1/authentication/authorize", &[], Recovery::Repeat);
    let answer: Answer = client.send(access, call.json(wanted)?).await?;
    Ok(answer.authorization_code)
}

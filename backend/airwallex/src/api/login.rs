//! `POST /api/v1/authentication/login` (D): the platform's key for a token of 30 minutes.

use reqwest::Method;
use serde::Deserialize;

use crate::client::execute;
use crate::{Client, Error, Token};

#[derive(Deserialize)]
struct Answer {
    token: Token,
}

/// Logs in. A lost login harms nobody, so whatever happened, the call that wanted the token has not
/// been sent.
pub async fn login(client: &Client, client_id: &str, api_key: &Token) -> Result<Token, Error> {
    let request = client
        .request(Method::POST, "/api/v1/authentication/login")?
        .header("x-client-id", client_id)
        .header("x-api-key", api_key.expose())
        .header("content-type", "application/json")
        .body("{}");
    // A refused login must never be taken for a refusal of the call that wanted the token.
    let body = execute(request).await.map_err(|error| match error {
        Error::Refused(_) | Error::Duplicate(_) | Error::Unknown(_) => {
            Error::NotSent(format!("login: {error}"))
        }
        unauthorized_or_limited => unauthorized_or_limited,
    })?;
    let answer: Answer =
        serde_json::from_slice(&body).map_err(|_| Error::NotSent("login: unreadable answer".to_owned()))?;
    Ok(answer.token)
}

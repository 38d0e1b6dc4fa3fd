//! Logins (D, part 01 §a.7, §b.1): a key, or the partner application's secret, for a token of 30 minutes.

use reqwest::header::HeaderValue;
use serde::Deserialize;

use crate::call::{Call, Recovery};
use crate::exchange::{self, execute};
use crate::{Client, Error, Token};

#[derive(Deserialize)]
struct Answer {
    token: Token,
}

/// The platform's own login. A lost one harms nobody, so whatever happened, the call that wanted the token has
/// not been sent.
pub(crate) async fn platform(
    client: &Client,
    client_id: &str,
    api_key: &Token,
    login_as: Option<&str>,
) -> Result<Token, Error> {
    let call = Call::post("/api/v1/authentication/login", &[], Recovery::Repeat);
    let mut request =
        client.request(&call)?.header("x-client-id", client_id).header("x-api-key", secret(api_key)?);
    if let Some(account) = login_as {
        request = request.header("x-login-as", account);
    }
    let _turn = client.turn(call.route).await;
    token(execute(request, &call).await)
}

/// The partner application's login.
pub(crate) async fn partner(client: &Client, app_id: &str, app_secret: &Token) -> Result<Token, Error> {
    let call = Call::post("/partner-api/v1/authentication/login", &[], Recovery::Repeat);
    let request =
        client.request(&call)?.header("x-app-id", app_id).header("x-app-secret", secret(app_secret)?);
    let _turn = client.turn(call.route).await;
    token(execute(request, &call).await)
}

/// A header that no log of the connection's own library prints.
fn secret(token: &Token) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(token.expose())
        .map_err(|_| Error::Unsendable("the key holds what no header can".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A refused login must never be taken for a refusal of the call that wanted the token, nor a login that is at
/// work for that call: whatever happened, it has not left. Airwallex refuses a key with a 401, an address that
/// the key does not know with a 403 (D).
fn token(answer: Result<exchange::Answer, Error>) -> Result<Token, Error> {
    let answer = answer.map_err(|error| match error {
        Error::Refused(refusal) if !refusal.code.is_empty() => Error::Unauthorized(refusal),
        Error::Unauthorized(_) | Error::Unsendable(_) => error,
        Error::Limited(refusal) if refusal.status == 429 => Error::Limited(refusal),
        error => Error::NotSent(format!("login: {error}")),
    })?;
    let answer: Answer =
        answer.read(Recovery::Repeat).map_err(|error| Error::NotSent(format!("login: {error}")))?;
    Ok(answer.token)
}

//! `GET /oauth/authorize` (01 §a.2): what cannot be trusted is shown, the rest is redirected.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

use crate::call::scopes;
use crate::pages;
use crate::store::Sandbox;
use crate::wire::Query;
use crate::world::auth::Consent;
use crate::world::start::APP_ID;

pub async fn authorize(State(sandbox): State<Sandbox>, RawQuery(query): RawQuery) -> Response {
    let query = Query::parse(&query.unwrap_or_default());
    let get = |name: &str| query.get(name).map(String::as_str);
    if get("client_id") != Some(APP_ID) || query.all("client_id").count() > 1 {
        let words = "The client_id is not registered here.";
        return pages::refusal(&sandbox, "This application is not known", words);
    }
    let redirect = get("redirect_uri").filter(|uri| is_registered(uri));
    let Some(redirect) = redirect.filter(|_| query.all("redirect_uri").count() == 1) else {
        let words = "Registered are addresses on 127.0.0.1 and localhost over http.";
        return pages::refusal(&sandbox, "This return address is not registered", words);
    };
    match read(&query) {
        Ok(asked) => begin(&sandbox, redirect, &query, asked),
        Err((error, description)) => {
            let described = sandbox.lock().world.meta.settings.describe_redirected_errors;
            let mut fields = vec![("error", error)];
            fields.extend(described.then_some(("error_description", description)));
            pages::found(&answer(redirect, &fields, get("state")))
        }
    }
}

/// What a request that can be answered asks for.
struct Asked {
    scopes: Vec<String>,
    /// PKCE, if the client uses it.
    challenge: Option<String>,
}

/// What is asked for, or the code of RFC 6749 §4.1.2.1 and why.
fn read(query: &Query) -> Result<Asked, (&'static str, &'static str)> {
    let get = |name: &str| query.get(name).map(String::as_str);
    for name in ["response_type", "scope", "state", "code_challenge", "code_challenge_method", "sign_up"] {
        if query.all(name).count() > 1 {
            return Err(("invalid_request", "OAuth 2.0 Parameter: repeated"));
        }
    }
    match get("response_type") {
        Some("code") => {}
        None => return Err(("invalid_request", "OAuth 2.0 Parameter: response_type")),
        Some(_) => return Err(("unsupported_response_type", "OAuth 2.0 Parameter: response_type")),
    }
    let asked: Vec<String> = get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if asked.is_empty() {
        return Err(("invalid_request", "OAuth 2.0 Parameter: scope"));
    }
    if asked.iter().any(|scope| !scopes::is_known(scope)) {
        return Err(("invalid_scope", "OAuth 2.0 Parameter: scope"));
    }
    let challenge = get("code_challenge").map(str::to_owned);
    let method = get("code_challenge_method");
    let is_fit = challenge.as_ref().is_none_or(|challenge| is_s256(challenge));
    if !is_fit || method.is_some_and(|method| method != "S256") || (challenge.is_none() && method.is_some()) {
        return Err(("invalid_request", "OAuth 2.0 Parameter: code_challenge"));
    }
    Ok(Asked { scopes: asked, challenge })
}

fn begin(sandbox: &Sandbox, redirect: &str, query: &Query, asked: Asked) -> Response {
    let sign_up = query.get("sign_up").is_some_and(|yes| yes == "true");
    let mut state = sandbox.lock();
    let id = state.world.token("");
    let consent = Consent {
        id: id.clone(),
        client_id: APP_ID.to_owned(),
        redirect_uri: redirect.to_owned(),
        scopes: asked.scopes,
        state: query.get("state").cloned(),
        challenge: asked.challenge,
        sign_up,
        step: if sign_up { "sign_up" } else { "login" }.to_owned(),
        email: None,
        account: None,
        intended_use: vec![],
        invitation: None,
        done: false,
    };
    state.world.consents.insert(id.clone(), consent);
    Redirect::to(&format!("/hosted/consent/{id}")).into_response()
}

/// Unpadded base64url of a SHA-256: 43 characters (RFC 7636 §4.2).
pub fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Where the application may be answered: any port and path of this machine (A).
pub fn is_registered(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| {
        url.scheme() == "http"
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && matches!(url.host_str(), Some("127.0.0.1" | "localhost"))
    })
}

/// The redirect URI with the answer and, if one was given, the state.
pub fn answer(redirect: &str, fields: &[(&str, &str)], state: Option<&str>) -> String {
    let Ok(mut url) = Url::parse(redirect) else { return redirect.to_owned() };
    url.query_pairs_mut().extend_pairs(fields).extend_pairs(state.map(|state| ("state", state)));
    url.to_string()
}

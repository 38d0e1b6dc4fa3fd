//! `souk doctor`: check configuration and reachability, in plain words.

use std::time::Duration;

use airwallex::Access;
use platform::kernel::random::OsRandom;

use crate::config::{Config, environment};
use crate::output::say;
use crate::{Stop, boot};

pub async fn run() -> Result<(), Stop> {
    let config = match Config::read(&environment) {
        Ok(config) => config,
        Err(Stop::Refused(sentence) | Stop::Failed(sentence)) => {
            say(&format!("configuration: {sentence}"));
            return Err(Stop::Refused("the configuration cannot be used".to_owned()));
        }
    };
    say(&format!("configuration: fine, {}", if config.production { "production" } else { "development" }));
    let files_url = config.files_url.clone();
    let platform = boot::platform(config).await?;
    let mut problems = 0;
    let mut tell = |what: &str, result: Result<String, String>| match result {
        Ok(words) => say(&format!("{what}: {words}")),
        Err(words) => {
            problems += 1;
            say(&format!("{what}: {words}"));
        }
    };
    let newest = migrations::newest();
    tell(
        "database",
        match platform.db.newest_migration().await {
            Ok(Some(applied)) if applied >= newest => Ok(format!("reachable, at {applied}")),
            Ok(_) => Err("reachable, but migrations are missing; run `souk migrate`".to_owned()),
            Err(failure) => Err(format!("not reachable ({failure}); check SOUK_DATABASE_URL")),
        },
    );
    tell(
        "Airwallex",
        match airwallex::api::accounts::own(&platform.upstream, &Access::Platform).await {
            Ok(account) => Ok(format!("reachable, signed in as {}", account.id)),
            Err(airwallex::Error::Unauthorized(_)) => {
                Err("the key is refused; check SOUK_AIRWALLEX_CLIENT_ID and _API_KEY".to_owned())
            }
            Err(error) => Err(format!("{error}; check SOUK_AIRWALLEX_API_URL")),
        },
    );
    tell(
        "files host",
        match reach(&files_url).await {
            Ok(()) => Ok("reachable".to_owned()),
            Err(error) => Err(format!("{error}; check SOUK_AIRWALLEX_FILES_URL")),
        },
    );
    // An invalid code endangers nobody: it tells whether the endpoint answers and knows the application.
    let code = airwallex::Token::new("doctor".to_owned());
    let verifier = platform::kernel::Random::token(&OsRandom);
    let verifier = airwallex::Token::new(verifier.expose().clone());
    tell(
        "partner application",
        match platform.oauth.exchange(&code, &verifier, airwallex::api::oauth::always()).await {
            Err(airwallex::token_transport::TokenError::InvalidGrant) => Ok("known to Airwallex".to_owned()),
            Err(airwallex::token_transport::TokenError::Misconfigured(code)) => {
                Err(format!("refused with {code}; check SOUK_AIRWALLEX_APP_ID and _APP_SECRET"))
            }
            Err(error) => Err(format!("{error}; check SOUK_AIRWALLEX_API_URL")),
            Ok(_) => Err("the token endpoint accepted an invented code".to_owned()),
        },
    );
    if problems == 0 { Ok(()) } else { Err(Stop::Failed(format!("{problems} of these need attention"))) }
}

/// Whether something listens there; nothing is sent.
async fn reach(url: &url::Url) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = (host, url.port_or_known_default().unwrap_or(443));
    match tokio::time::timeout(Duration::from_secs(5), tokio::net::TcpStream::connect(address)).await {
        Ok(connected) => connected.map(drop).map_err(|error| error.to_string()),
        Err(_) => Err("no connection in five seconds".to_owned()),
    }
}

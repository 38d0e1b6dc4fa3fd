//! `souk doctor`: check configuration and reachability, in plain words.

use std::time::Duration;

use airwallex::Access;
use airwallex::token_transport::TokenErrorKind;
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
    let (files_url, consent_url) = (config.files_url.clone(), config.consent_url.clone());
    let (database_url, mail_url) = (config.database_url.clone(), config.mail_url.clone());
    let mut problems = 0;
    let mut tell = |what: &str, result: Result<String, String>| match result {
        Ok(words) => say(&format!("{what}: {words}")),
        Err(words) => {
            problems += 1;
            say(&format!("{what}: {words}"));
        }
    };
    tell("database", database(&database_url).await);
    tell("mail host", mail_host(&mail_url).await);
    tell("consent host", host(&consent_url, "SOUK_AIRWALLEX_CONSENT_URL").await);
    // The rest needs no database; a throw-away one stands in.
    let platform = boot::platform(Config { database_url: "sqlite::memory:".to_owned(), ..config }).await?;
    tell(
        "Airwallex",
        match airwallex::api::accounts::own(&platform.upstream, &Access::Platform).await {
            Ok(account) => Ok(format!("reachable, signed in as {}", account.id)),
            Err(airwallex::Error::Unauthorized(_)) => {
                Err("the key is refused; check SOUK_AIRWALLEX_CLIENT_ID and _API_KEY".to_owned())
            }
            Err(error) if error.refusal().is_some_and(airwallex::Refusal::is_permission_missing) => {
                Err(format!("{error}; ask for the key's permission to read its account"))
            }
            Err(error) => Err(format!("{error}; check SOUK_AIRWALLEX_API_URL")),
        },
    );
    tell("files host", host(&files_url, "SOUK_AIRWALLEX_FILES_URL").await);
    // An invalid code endangers nobody: it tells whether the endpoint answers and knows the application.
    let code = airwallex::Token::new("doctor".to_owned());
    let verifier = platform::kernel::Random::token(&OsRandom);
    let verifier = airwallex::Token::new(verifier.expose().clone());
    tell(
        "partner application",
        match platform.oauth.exchange(&code, &verifier, airwallex::api::oauth::always()).await {
            Err(error) => match error.kind {
                TokenErrorKind::InvalidGrant => Ok("known to Airwallex".to_owned()),
                TokenErrorKind::Misconfigured(code) => {
                    Err(format!("refused with {code}; check SOUK_AIRWALLEX_APP_ID and _APP_SECRET"))
                }
                _ => Err(format!("{error}; check SOUK_AIRWALLEX_API_URL")),
            },
            Ok(_) => Err("the token endpoint accepted an invented code".to_owned()),
        },
    );
    if problems == 0 { Ok(()) } else { Err(Stop::Failed(format!("{problems} of these need attention"))) }
}

async fn database(url: &str) -> Result<String, String> {
    // Looking must not make the file that a mistyped path names.
    if let Some(file) = url.strip_prefix("sqlite:")
        && !std::path::Path::new(file.trim_start_matches("//").split('?').next().unwrap_or_default()).exists()
    {
        return Err(format!("there is no file {file}; run `souk migrate`, or check SOUK_DATABASE_URL"));
    }
    let Ok(db) = boot::database(url).await else {
        return Err("not reachable; check SOUK_DATABASE_URL".to_owned());
    };
    match db.newest_migration().await {
        Ok(Some(applied)) if applied >= migrations::newest() => Ok(format!("reachable, at {applied}")),
        Ok(_) => Err("reachable, but migrations are missing; run `souk migrate`".to_owned()),
        Err(failure) => Err(format!("does not answer ({failure}); check SOUK_DATABASE_URL")),
    }
}

async fn mail_host(url: &str) -> Result<String, String> {
    match url.strip_prefix("file:") {
        Some(folder) => Ok(format!("mails are files in {folder}")),
        None => match url::Url::parse(url) {
            Ok(url) => host(&url, "SOUK_MAIL_URL").await,
            Err(_) => Err("not readable; check SOUK_MAIL_URL".to_owned()),
        },
    }
}

async fn host(url: &url::Url, setting: &str) -> Result<String, String> {
    match reach(url).await {
        Ok(()) => Ok("reachable".to_owned()),
        Err(error) => Err(format!("{error}; check {setting}")),
    }
}

/// Whether something listens there; nothing is sent.
async fn reach(url: &url::Url) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let usual = match url.scheme() {
        "smtps" => 465,
        "smtp" => 25,
        _ => 443,
    };
    let address = (host, url.port_or_known_default().unwrap_or(usual));
    match tokio::time::timeout(Duration::from_secs(5), tokio::net::TcpStream::connect(address)).await {
        Ok(connected) => connected.map(drop).map_err(|error| error.to_string()),
        Err(_) => Err("no connection in five seconds".to_owned()),
    }
}

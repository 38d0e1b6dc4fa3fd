//! Builds the platform from settings.

use std::sync::Arc;

use airwallex::api::oauth;
use platform::db::Db;
use platform::kernel::clock::{FileClock, SystemClock};
use platform::kernel::random::OsRandom;
use platform::kernel::{Clock, Random, Secret};
use platform::mail::Mailer;
use platform::pace::SharedPace;
use platform::platform::{Parts, Platform, Settings};
use platform::web::templates::Templates;

use crate::Stop;
use crate::config::Config;

/// Connects to the database and puts everything together. Sends nothing to Airwallex.
pub async fn platform(config: Config) -> Result<Platform, Stop> {
    config.rotation.check().map_err(|broken| Stop::Refused(broken.to_string()))?;
    let db = database(&config.database_url).await?;
    let clock: Arc<dyn Clock> = match &config.virtual_clock {
        Some(file) => Arc::new(FileClock::new(file.clone())),
        None => Arc::new(SystemClock),
    };
    let random: Arc<dyn Random> = Arc::new(OsRandom);
    let token = |secret: &Secret<String>| airwallex::Token::new(secret.expose().clone());
    let upstream = airwallex::Client::new(airwallex::Config {
        files_url: config.files_url.clone(),
        api_version: config.api_version.clone(),
        application: Some(airwallex::Application {
            id: config.app_id.clone(),
            secret: token(&config.app_secret),
        }),
        deadline: config.timeout,
        limits: config.limits,
        quota: SharedPace::among_replicas(&db, config.limits, "api"),
        // Jobs and people decide what is tried again.
        repeats: 0,
        ..airwallex::Config::new(config.api_url.clone(), config.client_id.clone(), token(&config.api_key))
    })
    .map_err(|error| Stop::Refused(format!("the client of Airwallex cannot be made: {error}")))?;
    let join = |base: &url::Url, path: &str, name: &str| {
        base.join(path).map_err(|_| Stop::Refused(format!("{name} cannot be used as a base address")))
    };
    let seconds = |time: chrono::Duration| time.to_std().unwrap_or_default();
    let oauth = oauth::OAuth::new(oauth::Config {
        app_id: config.app_id.clone(),
        app_secret: airwallex::Token::new(config.app_secret.expose().clone()),
        authorize_url: join(&config.consent_url, "/oauth/authorize", "SOUK_AIRWALLEX_CONSENT_URL")?,
        token_url: join(&config.api_url, "/oauth/token", "SOUK_AIRWALLEX_API_URL")?,
        redirect_url: join(&config.public_url, "/connect/airwallex/callback", "SOUK_PUBLIC_URL")?,
        timeout: seconds(config.rotation.timeout),
        connect_timeout: seconds(config.rotation.connect_timeout),
        limits: config.limits,
        quota: SharedPace::among_replicas(&db, config.limits, "oauth"),
    })
    .map_err(|error| Stop::Refused(format!("the OAuth client cannot be made: {error}")))?;
    let mailer = Mailer::from_url(&config.mail_url, &config.mail_from)
        .map_err(|error| Stop::Refused(format!("SOUK_MAIL_URL or SOUK_MAIL_FROM cannot be used: {error}")))?;
    let templates =
        Templates::load().map_err(|failure| Stop::Failed(format!("the templates are broken: {failure}")))?;
    let instance = random.request_id();
    Ok(Platform::new(Parts {
        db,
        clock,
        random,
        upstream,
        oauth,
        keys: config.sealing_keys,
        mailer,
        templates,
        live: Default::default(),
        cache: Default::default(),
        counters: Default::default(),
        refreshing: Default::default(),
        tasks: Default::default(),
        stop: Default::default(),
        settings: Settings {
            operator: config.operator,
            production: config.production,
            sandbox: config.api_url.scheme() == "http",
            public_url: config.public_url,
            consent_url: config.consent_url,
            app_id: config.app_id,
            scopes: config.scopes,
            kyc_template: config.kyc_template,
            rfi_template: config.rfi_template,
            api_version: config.api_version,
            webhook_secrets: config.webhook_secrets,
            webhook_window: config.webhook_window,
            allowed_origins: config.allowed_origins,
            trusted_proxies: config.trusted_proxies,
            newest_migration: migrations::newest(),
            instance,
            rotation: config.rotation,
            job_lease: config.job_lease,
        },
    }))
}

/// Connects to the database.
pub async fn database(url: &str) -> Result<Db, Stop> {
    Db::connect(url, true).await.map_err(|failure| {
        tracing::error!(%failure, "no database");
        let sentence =
            "the database in SOUK_DATABASE_URL cannot be reached; check the address, and that it runs";
        Stop::Refused(sentence.to_owned())
    })
}

/// Brings the database up to this version.
pub async fn migrate(db: &Db) -> Result<(), Stop> {
    migrations::run(db.migration_connection())
        .await
        .map_err(|error| Stop::Failed(format!("the migrations failed: {error}")))
}

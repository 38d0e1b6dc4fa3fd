//! The environment as typed settings. Each `SOUK_X` may instead be a file path in `SOUK_X_FILE`.
//!
//! Production refuses every unsafe value, with one sentence that names the setting and the remedy.

use std::path::PathBuf;

use platform::kernel::{SealingKeys, Secret};
use url::Url;

use crate::Stop;

/// One variable: name, whether production needs it, meaning. The source of `docs/configuration.md`.
pub struct Variable {
    pub name: &'static str,
    pub default: &'static str,
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($name:literal, $default:literal, $meaning:literal;)*) => {
        /// Every variable that Souk reads.
        pub const VARIABLES: &[Variable] = &[$(Variable { name: $name, default: $default, meaning: $meaning }),*];
    };
}

variables! {
    "SOUK_ENV", "development", "`development` or `production`; production refuses every unsafe value";
    "SOUK_LISTEN", "127.0.0.1:8080", "where the web listens";
    "SOUK_PUBLIC_URL", "http://127.0.0.1:8080", "how browsers see it; `https` in production";
    "SOUK_METRICS_LISTEN", "", "where metrics are served; nowhere when empty";
    "SOUK_TRUSTED_PROXIES", "", "addresses or networks of proxies whose `X-Forwarded-For` is believed, comma-separated; needed in production";
    "SOUK_ALLOWED_ORIGINS", "", "frontends that may call `/graphql` with cookies, comma-separated";
    "SOUK_OPERATOR", "Kiln & Loom", "the marketplace's name, as people know it";
    "SOUK_DATABASE_URL", "sqlite:souk.db", "`sqlite:…` or `postgres://…`; PostgreSQL in production";
    "SOUK_SEALING_KEYS", "", "`id:base64,…`; the first seals, all open; `souk keys generate` makes one";
    "SOUK_AIRWALLEX_API_URL", "http://127.0.0.1:8090", "Airwallex's API host";
    "SOUK_AIRWALLEX_FILES_URL", "", "Airwallex's files host; the API host when empty";
    "SOUK_AIRWALLEX_CONSENT_URL", "http://127.0.0.1:8090", "the host of Airwallex's consent page";
    "SOUK_AIRWALLEX_CLIENT_ID", "sandbox_client", "the platform's client id";
    "SOUK_AIRWALLEX_API_KEY", "sandbox_api_key", "the platform's API key";
    "SOUK_AIRWALLEX_APP_ID", "appid_sandbox", "the partner application's client id";
    "SOUK_AIRWALLEX_APP_SECRET", "sandbox_app_secret", "the partner application's secret";
    "SOUK_AIRWALLEX_SCOPES", "account_details:read balance:read beneficiary:read beneficiary:write transfer:read transfer:write", "what consent asks for, separated by blanks";
    "SOUK_AIRWALLEX_KYC_TEMPLATE", "tmpl_sandbox_kyc", "the hosted flow's template for checks";
    "SOUK_AIRWALLEX_RFI_TEMPLATE", "tmpl_sandbox_rfi", "the hosted flow's template for questions";
    "SOUK_AIRWALLEX_WEBHOOK_SECRETS", "whsec_sandbox,whsec_sandbox_app", "all secrets in force, comma-separated";
    "SOUK_AIRWALLEX_API_VERSION", "2026-08-21", "sent as `x-api-version` on every call";
    "SOUK_AIRWALLEX_TIMEOUT_SECONDS", "30", "how long a call may take before its outcome counts as unknown, at most 30; token calls have their own, shorter time";
    "SOUK_WEBHOOK_MAX_AGE_SECONDS", "345600", "how old a webhook's timestamp may be; four days cover Airwallex's retries";
    "SOUK_WEBHOOK_MAX_AHEAD_SECONDS", "300", "how far ahead of our clock a webhook's timestamp may be";
    "SOUK_AIRWALLEX_LIMITS", "off", "`production`, `sandbox` or `off`: which of Airwallex's limits to stay below; on PostgreSQL all replicas together";
    "SOUK_MAIL_URL", "file:mail", "`smtp(s)://…` or `file:FOLDER`; SMTP in production";
    "SOUK_MAIL_FROM", "Kiln & Loom <payouts@kilnandloom.example>", "the sender of every mail";
    "SOUK_REFRESH_MAX_SENDS", "3", "how often one refresh token may be sent while nobody knows what became of it, 1 to 3; 1 turns repeats off, so that each lost answer costs a new consent (see [rotation](rotation.md))";
    "SOUK_JOB_LEASE_SECONDS", "120", "how long a claimed job is left to its worker before another may take it";
    "SOUK_LOG", "info,sqlx=warn,sea_orm_migration=warn", "a log filter; JSON lines in production";
    "SOUK_VIRTUAL_CLOCK", "", "development only: a file that rules the clock, written by the sandbox";
}

/// Everything that the process needs to know.
pub struct Config {
    pub production: bool,
    pub listen: String,
    pub metrics_listen: Option<String>,
    pub public_url: Url,
    pub allowed_origins: Vec<String>,
    pub trusted_proxies: Vec<ipnet::IpNet>,
    pub operator: String,
    pub database_url: String,
    pub sealing_keys: SealingKeys,
    pub api_url: Url,
    pub files_url: Url,
    pub consent_url: Url,
    pub client_id: String,
    pub api_key: Secret<String>,
    pub app_id: String,
    pub app_secret: Secret<String>,
    pub scopes: Vec<String>,
    pub kyc_template: String,
    pub rfi_template: String,
    pub webhook_secrets: Vec<Secret<String>>,
    pub api_version: String,
    pub limits: airwallex::Limits,
    /// The deadline of one request; waiting for one's turn and logging in come on top.
    pub timeout: std::time::Duration,
    pub webhook_window: airwallex::event::Window,
    pub rotation: rotation::Constants,
    pub job_lease: chrono::Duration,
    pub mail_url: String,
    pub mail_from: String,
    pub virtual_clock: Option<PathBuf>,
}

/// Where a setting comes from: the environment, or the demo's own choices.
pub type Source<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment, `SOUK_X_FILE` included.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn environment(name: &str) -> Option<String> {
    match std::env::var(name) {
        Ok(value) => Some(value),
        Err(_) => {
            let path = std::env::var(format!("{name}_FILE")).ok()?;
            std::fs::read_to_string(path).ok().map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
        }
    }
}

/// A file named by `SOUK_X_FILE` that cannot be read is refused rather than ignored.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn check_files() -> Result<(), Stop> {
    for variable in VARIABLES {
        let name = format!("{}_FILE", variable.name);
        if let Ok(path) = std::env::var(&name)
            && let Err(error) = std::fs::read_to_string(&path)
        {
            return Err(Stop::Refused(format!("{name} names {path}, which cannot be read: {error}")));
        }
    }
    Ok(())
}

struct Reader<'a> {
    source: Source<'a>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> String {
        let default =
            VARIABLES.iter().find(|variable| variable.name == name).map(|variable| variable.default);
        (self.source)(name)
            .filter(|text| !text.trim().is_empty())
            .unwrap_or_else(|| default.unwrap_or_default().to_owned())
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// A number of whole seconds from 1 to `most`.
    fn seconds(&self, name: &str, most: u64) -> Result<std::time::Duration, Stop> {
        let seconds = self.text(name).parse().ok().filter(|seconds| (1..=most).contains(seconds));
        seconds
            .map(std::time::Duration::from_secs)
            .ok_or_else(|| Stop::Refused(format!("{name} must be a number of seconds from 1 to {most}")))
    }

    /// A number from 1 to `most`.
    fn number(&self, name: &str, most: usize) -> Result<usize, Stop> {
        let number = self.text(name).parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| Stop::Refused(format!("{name} must be a number from 1 to {most}")))
    }

    fn url(&self, name: &str) -> Result<Url, Stop> {
        let text = self.text(name);
        Url::parse(&text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
            .ok_or_else(|| {
                Stop::Refused(format!("{name} is no http(s) address; give one such as https://pay.example"))
            })
    }

    /// Addresses or networks, such as `10.0.0.0/8`.
    fn networks(&self, name: &str) -> Result<Vec<ipnet::IpNet>, Stop> {
        let read = |one: String| {
            let address = one.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
            one.parse::<ipnet::IpNet>().or(address).map_err(|_| {
                Stop::Refused(format!(
                    "{name} holds {one}, which is no address or network such as 10.0.0.0/8"
                ))
            })
        };
        self.list(name, ',').into_iter().map(read).collect()
    }

    fn list(&self, name: &str, separator: char) -> Vec<String> {
        self.text(name)
            .split(separator)
            .map(|one| one.trim().to_owned())
            .filter(|one| !one.is_empty())
            .collect()
    }
}

impl Config {
    /// Reads and checks every setting.
    pub fn read(source: Source<'_>) -> Result<Self, Stop> {
        let reader = Reader { source };
        let production = match reader.text("SOUK_ENV").as_str() {
            "production" => true,
            "development" => false,
            _ => return Err(Stop::Refused("SOUK_ENV must be development or production".to_owned())),
        };
        let keys = SealingKeys::parse(&reader.text("SOUK_SEALING_KEYS"))
            .map_err(|error| Stop::Refused(format!("SOUK_SEALING_KEYS cannot be used: {error}")))?;
        let secret = |name: &str| Secret::new(reader.text(name));
        let config = Self {
            production,
            listen: reader.text("SOUK_LISTEN"),
            metrics_listen: reader.optional("SOUK_METRICS_LISTEN"),
            public_url: reader.url("SOUK_PUBLIC_URL")?,
            allowed_origins: reader.list("SOUK_ALLOWED_ORIGINS", ','),
            trusted_proxies: reader.networks("SOUK_TRUSTED_PROXIES")?,
            operator: reader.text("SOUK_OPERATOR"),
            database_url: reader.text("SOUK_DATABASE_URL"),
            sealing_keys: keys,
            api_url: reader.url("SOUK_AIRWALLEX_API_URL")?,
            files_url: match reader.optional("SOUK_AIRWALLEX_FILES_URL") {
                Some(_) => reader.url("SOUK_AIRWALLEX_FILES_URL")?,
                None => reader.url("SOUK_AIRWALLEX_API_URL")?,
            },
            consent_url: reader.url("SOUK_AIRWALLEX_CONSENT_URL")?,
            client_id: reader.text("SOUK_AIRWALLEX_CLIENT_ID"),
            api_key: secret("SOUK_AIRWALLEX_API_KEY"),
            app_id: reader.text("SOUK_AIRWALLEX_APP_ID"),
            app_secret: secret("SOUK_AIRWALLEX_APP_SECRET"),
            scopes: reader.list("SOUK_AIRWALLEX_SCOPES", ' '),
            kyc_template: reader.text("SOUK_AIRWALLEX_KYC_TEMPLATE"),
            rfi_template: reader.text("SOUK_AIRWALLEX_RFI_TEMPLATE"),
            webhook_secrets: reader
                .list("SOUK_AIRWALLEX_WEBHOOK_SECRETS", ',')
                .into_iter()
                .map(Secret::new)
                .collect(),
            api_version: reader.text("SOUK_AIRWALLEX_API_VERSION"),
            limits: match reader.text("SOUK_AIRWALLEX_LIMITS").as_str() {
                "off" => airwallex::Limits::Off,
                "sandbox" => airwallex::Limits::Sandbox,
                "production" => airwallex::Limits::Production,
                _ => {
                    let sentence = "SOUK_AIRWALLEX_LIMITS must be production, sandbox or off";
                    return Err(Stop::Refused(sentence.to_owned()));
                }
            },
            timeout: reader.seconds("SOUK_AIRWALLEX_TIMEOUT_SECONDS", 30)?,
            webhook_window: airwallex::event::Window {
                past: reader.seconds("SOUK_WEBHOOK_MAX_AGE_SECONDS", 30 * 24 * 3600)?,
                future: reader.seconds("SOUK_WEBHOOK_MAX_AHEAD_SECONDS", 24 * 3600)?,
            },
            rotation: rotation::Constants {
                max_sends: reader.number("SOUK_REFRESH_MAX_SENDS", 3)?,
                ..rotation::Constants::PROTOCOL
            },
            job_lease: chrono::Duration::from_std(reader.seconds("SOUK_JOB_LEASE_SECONDS", 3600)?)
                .expect("an hour is no long time"),
            mail_url: reader.text("SOUK_MAIL_URL"),
            mail_from: reader.text("SOUK_MAIL_FROM"),
            virtual_clock: reader.optional("SOUK_VIRTUAL_CLOCK").map(PathBuf::from),
        };
        config.check_plain()?;
        if production {
            config.check_production()?;
        }
        Ok(config)
    }

    fn check_plain(&self) -> Result<(), Stop> {
        let refuse = |sentence: &str| Err(Stop::Refused(sentence.to_owned()));
        if !self.database_url.starts_with("sqlite:") && !self.database_url.starts_with("postgres") {
            return refuse("SOUK_DATABASE_URL must begin with sqlite: or postgres://");
        }
        if self.public_url.path() != "/" {
            return refuse("SOUK_PUBLIC_URL must be an origin without a path, such as https://pay.example");
        }
        if self.webhook_secrets.is_empty() {
            return refuse(
                "SOUK_AIRWALLEX_WEBHOOK_SECRETS is empty; without a secret no event can be believed",
            );
        }
        if chrono::NaiveDate::parse_from_str(&self.api_version, "%Y-%m-%d").is_err() {
            return refuse("SOUK_AIRWALLEX_API_VERSION must be a date such as 2026-08-21");
        }
        Ok(())
    }

    fn check_production(&self) -> Result<(), Stop> {
        let unsafe_values = [
            (
                self.public_url.scheme() != "https",
                "SOUK_PUBLIC_URL must be https in production: cookies and codes travel over it",
            ),
            (
                !self.database_url.starts_with("postgres"),
                "SOUK_DATABASE_URL must be postgres://… in production: replicas share one database",
            ),
            (self.api_url.scheme() != "https", "SOUK_AIRWALLEX_API_URL must be https in production"),
            (self.consent_url.scheme() != "https", "SOUK_AIRWALLEX_CONSENT_URL must be https in production"),
            (
                self.api_key.expose() == "sandbox_api_key",
                "SOUK_AIRWALLEX_API_KEY is the sandbox's; give the platform's own",
            ),
            (
                self.app_secret.expose() == "sandbox_app_secret",
                "SOUK_AIRWALLEX_APP_SECRET is the sandbox's; give the application's own",
            ),
            (
                self.webhook_secrets.iter().any(|secret| secret.expose().starts_with("whsec_sandbox")),
                "SOUK_AIRWALLEX_WEBHOOK_SECRETS holds the sandbox's; give those of your subscriptions",
            ),
            (
                self.trusted_proxies.is_empty(),
                "SOUK_TRUSTED_PROXIES is empty; name the proxy that ends TLS, or all visitors look like one and share one limit of tries",
            ),
            (
                self.client_id == "sandbox_client",
                "SOUK_AIRWALLEX_CLIENT_ID is the sandbox's; give the platform's own",
            ),
            (
                self.app_id == "appid_sandbox",
                "SOUK_AIRWALLEX_APP_ID is the sandbox's; give the application's own",
            ),
            (
                self.kyc_template.starts_with("tmpl_sandbox"),
                "SOUK_AIRWALLEX_KYC_TEMPLATE is the sandbox's; ask your account manager for yours",
            ),
            (
                self.rfi_template.starts_with("tmpl_sandbox"),
                "SOUK_AIRWALLEX_RFI_TEMPLATE is the sandbox's; ask your account manager for yours",
            ),
            (
                self.limits == airwallex::Limits::Off,
                "SOUK_AIRWALLEX_LIMITS must be production, or sandbox for the demo host: replicas would run into 429",
            ),
            (
                self.mail_from.trim_end_matches('>').ends_with(".example"),
                "SOUK_MAIL_FROM is an example's address; give one that your mail host may send from",
            ),
            (self.files_url.scheme() != "https", "SOUK_AIRWALLEX_FILES_URL must be https in production"),
            (self.virtual_clock.is_some(), "SOUK_VIRTUAL_CLOCK is for development only; unset it"),
            (self.mail_url.starts_with("file:"), "SOUK_MAIL_URL must be smtp(s)://… in production"),
            (
                self.allowed_origins.iter().any(|origin| !origin.starts_with("https://")),
                "SOUK_ALLOWED_ORIGINS may hold https:// origins only in production",
            ),
        ];
        match unsafe_values.iter().find(|(is_unsafe, _)| *is_unsafe) {
            Some((_, sentence)) => Err(Stop::Refused((*sentence).to_owned())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn refusal(changes: &[(&str, &str)]) -> Option<String> {
        let safe = [
            ("SOUK_ENV", "production"),
            ("SOUK_SEALING_KEYS", KEY),
            ("SOUK_PUBLIC_URL", "https://pay.example"),
            ("SOUK_DATABASE_URL", "postgres://souk@db/souk"),
            ("SOUK_AIRWALLEX_API_URL", "https://api.airwallex.com"),
            ("SOUK_AIRWALLEX_CONSENT_URL", "https://airwallex.com"),
            ("SOUK_AIRWALLEX_API_KEY", "real"),
            ("SOUK_AIRWALLEX_APP_SECRET", "real"),
            ("SOUK_AIRWALLEX_CLIENT_ID", "real"),
            ("SOUK_AIRWALLEX_APP_ID", "real"),
            ("SOUK_AIRWALLEX_KYC_TEMPLATE", "tmpl_real"),
            ("SOUK_AIRWALLEX_RFI_TEMPLATE", "tmpl_real"),
            ("SOUK_AIRWALLEX_LIMITS", "production"),
            ("SOUK_TRUSTED_PROXIES", "10.0.0.0/8"),
            ("SOUK_MAIL_FROM", "Souk <payouts@kilnandloom.com>"),
            ("SOUK_AIRWALLEX_WEBHOOK_SECRETS", "whsec_real"),
            ("SOUK_MAIL_URL", "smtps://mail.example"),
        ];
        let get = |name: &str| {
            changes
                .iter()
                .chain(&safe)
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        match Config::read(&get) {
            Ok(_) => None,
            Err(Stop::Refused(sentence) | Stop::Failed(sentence)) => Some(sentence),
        }
    }

    #[test]
    fn safe_production_settings_are_accepted() {
        assert_eq!(refusal(&[]), None);
    }

    #[test]
    fn every_unsafe_production_setting_is_refused_by_name() {
        for (name, value) in [
            ("SOUK_PUBLIC_URL", "http://pay.example"),
            ("SOUK_DATABASE_URL", "sqlite:souk.db"),
            ("SOUK_AIRWALLEX_API_URL", "http://127.0.0.1:8090"),
            ("SOUK_AIRWALLEX_CONSENT_URL", "http://127.0.0.1:8090"),
            ("SOUK_AIRWALLEX_API_KEY", "sandbox_api_key"),
            ("SOUK_AIRWALLEX_APP_SECRET", "sandbox_app_secret"),
            ("SOUK_AIRWALLEX_WEBHOOK_SECRETS", "whsec_sandbox"),
            ("SOUK_VIRTUAL_CLOCK", "clock"),
            ("SOUK_AIRWALLEX_CLIENT_ID", "sandbox_client"),
            ("SOUK_AIRWALLEX_APP_ID", "appid_sandbox"),
            ("SOUK_AIRWALLEX_APP_SECRET", "sandbox_app_secret"),
            ("SOUK_AIRWALLEX_KYC_TEMPLATE", "tmpl_sandbox_kyc"),
            ("SOUK_AIRWALLEX_RFI_TEMPLATE", "tmpl_sandbox_rfi"),
            ("SOUK_AIRWALLEX_FILES_URL", "http://127.0.0.1:8090"),
            ("SOUK_AIRWALLEX_FILES_URL", "files"),
            ("SOUK_AIRWALLEX_LIMITS", "off"),
            ("SOUK_AIRWALLEX_LIMITS", "some"),
            ("SOUK_MAIL_FROM", "Kiln & Loom <payouts@kilnandloom.example>"),
            ("SOUK_TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
            ("SOUK_TRUSTED_PROXIES", " "),
            ("SOUK_MAIL_URL", "file:mail"),
            ("SOUK_ALLOWED_ORIGINS", "http://shop.example"),
            ("SOUK_SEALING_KEYS", "nonsense"),
            ("SOUK_SEALING_KEYS", " "),
            ("SOUK_ENV", "staging"),
            ("SOUK_AIRWALLEX_API_VERSION", "newest"),
            ("SOUK_JOB_LEASE_SECONDS", "soon"),
            ("SOUK_REFRESH_MAX_SENDS", "0"),
            ("SOUK_AIRWALLEX_TIMEOUT_SECONDS", "31"),
            ("SOUK_WEBHOOK_MAX_AGE_SECONDS", "0"),
            ("SOUK_WEBHOOK_MAX_AHEAD_SECONDS", "-1"),
            ("SOUK_PUBLIC_URL", "https://pay.example/path"),
        ] {
            let told = refusal(&[(name, value)]).unwrap_or_else(|| panic!("{name}={value} was accepted"));
            assert!(told.contains(name), "{name}={value}: {told}");
        }
    }
}

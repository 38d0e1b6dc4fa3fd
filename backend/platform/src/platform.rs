//! All that a use case may reach. Handed to every use case; nothing is fetched from the air.

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::db::Db;
use crate::kernel::cache::Cache;
use crate::kernel::counters::Counters;
use crate::kernel::entrance::Entrance;
use crate::kernel::{Clock, Failure, Random, SealingKeys, Secret, checkpoint};
use crate::live::Live;
use crate::mail::Mailer;
use crate::web::templates::Templates;

/// Cheap to clone.
#[derive(Clone)]
pub struct Platform {
    parts: Arc<Parts>,
}

/// What [`Platform`] is made of.
pub struct Parts {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub upstream: airwallex::Client,
    pub oauth: airwallex::api::oauth::OAuth,
    pub keys: SealingKeys,
    pub mailer: Mailer,
    pub templates: Templates,
    pub live: Live,
    pub cache: Cache,
    /// What this process has seen since its start.
    pub counters: Counters,
    /// Who of this process is about to refresh which chain.
    pub refreshing: Entrance,
    /// Work that must end even if whoever asked for it goes away; the process waits for it.
    pub tasks: TaskTracker,
    /// Cancelled when the process has been asked to stop: open streams end.
    pub stop: CancellationToken,
    pub settings: Settings,
}

/// The choices of this deployment, read once at start.
pub struct Settings {
    /// The name of the marketplace, as people know it.
    pub operator: String,
    /// How browsers see us, without a slash at the end.
    pub public_url: url::Url,
    pub production: bool,
    /// Where Airwallex's consent page lives; its origin.
    pub consent_url: url::Url,
    /// The partner application.
    pub app_id: String,
    pub scopes: Vec<String>,
    /// The hosted flow's template for onboarding checks.
    pub kyc_template: String,
    /// The hosted flow's template for questions that come later.
    pub rfi_template: String,
    pub api_version: String,
    /// All webhook secrets in force: several subscriptions, and two of each while rotating.
    pub webhook_secrets: Vec<Secret<String>>,
    /// Which timestamps of events are believed.
    pub webhook_window: airwallex::event::Window,
    /// Origins, besides our own, whose pages may call `/graphql` with cookies.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// The newest migration that this version needs, for readiness.
    pub newest_migration: String,
    /// Names this process in leases and attempts; new at each start.
    pub instance: String,
    /// When refresh tokens may be sent.
    pub rotation: rotation::Constants,
    /// How long a claimed job is left to its worker. A job that takes longer may run twice at once, which every
    /// job bears.
    pub job_lease: chrono::Duration,
    /// Whether pages say that no real money moves.
    pub sandbox: bool,
}

impl Platform {
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// Runs `work` to its end even if the caller is dropped meanwhile: a closed tab must not lose an
    /// answer that comes only once.
    pub async fn outlive<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.tasks.spawn(checkpoint::carried(work)).await.map_err(Failure::new)
    }

    /// An address of ours, as browsers see it.
    pub fn public_url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_url.as_str().trim_end_matches('/'))
    }
}

impl Deref for Platform {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

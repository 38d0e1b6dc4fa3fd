//! What scenarios stand on: a whole platform on a real database, with a clock that only the test moves,
//! repeatable chance, mails in memory, and the sandbox over HTTP.

mod builders;
mod sandbox;

use std::sync::Arc;
use std::time::Duration as StdDuration;

use async_graphql::Request;
use chrono::{DateTime, Duration};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::app;
use crate::databases::Engine;
use crate::db::Db;
use crate::graphql::http::Lasting;
use crate::kernel::clock::MockClock;
use crate::kernel::random::SeededRandom;
use crate::kernel::{Actor, LocalKeys, SealingKeys, Secret};
use crate::mail::{Mailer, Message};
use crate::pace::SharedPace;
use crate::platform::{Parts, Platform, Settings};
use crate::web::templates::Templates;
use crate::webhooks;
use crate::webhooks::service::{Delivery, Received};

pub use builders::SellerAtWork;
pub use sandbox::Sandbox;

/// How the other side is spoken to.
#[derive(Clone)]
pub struct Wire {
    /// How long the token endpoint is waited for.
    pub patience: StdDuration,
    /// Below which limits the client keeps.
    pub limits: airwallex::Limits,
    /// The numbers of the rotation protocol.
    pub rotation: rotation::Constants,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            patience: StdDuration::from_secs(5),
            limits: airwallex::Limits::Off,
            rotation: rotation::Constants::PROTOCOL,
        }
    }
}

/// A replica of Souk inside the test, and the other side of the wire. End a scenario with
/// [`finish`](Self::finish), which fails when work is left undone.
pub struct TestPlatform {
    pub platform: Platform,
    pub sandbox: Sandbox,
    clock: Arc<MockClock>,
    database_url: String,
    wire: Wire,
    chance: u64,
    is_finished: bool,
    replicas: Vec<Db>,
    _folder: TempDir,
    _servers: JoinSet<()>,
}

impl TestPlatform {
    /// Starts at a fixed instant, migrated and empty.
    pub async fn start(engine: &Engine) -> Self {
        Self::start_with(engine, Wire::default()).await
    }

    /// The same, where the other side is spoken to in another way.
    pub async fn start_with(engine: &Engine, wire: Wire) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database_url = engine.create(folder.path()).await;
        let db = Db::connect(&database_url, false).await.expect("a database");
        migrations::run(db.migration_connection()).await.expect("migrations");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own_url = format!("http://{}", listener.local_addr().expect("an address"));
        let now = DateTime::parse_from_rfc3339("2026-11-21T09:00:00Z").expect("an instant").to_utc();
        let clock = Arc::new(MockClock::at(now));
        let sandbox = Sandbox::start(&format!("{own_url}/webhooks/airwallex"), now).await;
        let platform = platform(db, clock.clone(), &sandbox.url, &own_url, 1, wire.clone());
        let mut servers = JoinSet::new();
        let router = app::router::router(platform.clone());
        servers.spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self {
            platform,
            sandbox,
            clock,
            database_url,
            wire,
            chance: 1,
            is_finished: false,
            replicas: vec![],
            _folder: folder,
            _servers: servers,
        }
    }

    /// Another replica on the same database: what takes over after a stop.
    pub async fn another_replica(&mut self) -> Platform {
        self.chance += 1;
        let db = Db::connect(&self.database_url, false).await.expect("a database");
        db.advance_lease_clock(self.platform.db.lease_offset());
        self.replicas.push(db.clone());
        let own_url = self.platform.settings.public_url.as_str().trim_end_matches('/').to_owned();
        platform(db, self.clock.clone(), &self.sandbox.url, &own_url, self.chance, self.wire.clone())
    }

    /// Moves Souk's clock, the lease clock and the sandbox's.
    pub async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.platform.db.advance_lease_clock(by);
        self.sandbox.advance(by).await;
    }

    /// Runs every job that is due, until nothing is.
    pub async fn work(&self) {
        self.work_at(&self.platform).await;
    }

    /// The same by another replica.
    pub async fn work_at(&self, replica: &Platform) {
        app::worker::drain(replica).await.expect("jobs run");
    }

    /// Lets the sandbox deliver its events, and does the work they cause.
    pub async fn settle(&self) {
        self.work().await;
        while self.sandbox.has_undelivered().await {
            tokio::time::sleep(StdDuration::from_millis(5)).await;
        }
        self.work().await;
    }

    /// Delivers an event that the sandbox itself has no occasion for.
    pub async fn event(&self, name: &str, data: Value) {
        let now = self.platform.clock.now();
        let id = self.platform.random.request_id();
        let body =
            json!({ "id": id, "name": name, "data": data, "created_at": now.to_rfc3339() }).to_string();
        let timestamp = now.timestamp_millis().to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec_sandbox").expect("any length will do");
        mac.update(timestamp.as_bytes());
        mac.update(body.as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        let delivery =
            Delivery { timestamp: Some(&timestamp), signature: Some(&signature), body: body.as_bytes() };
        let received = webhooks::service::receive(&self.platform, &delivery).await.expect("is kept");
        assert!(matches!(received, Received::Stored));
    }

    /// Runs an operation as the actor; answers its data and how many statements it took.
    pub async fn ask(&self, actor: &Actor, query: &str, variables: Value) -> (Value, i64) {
        let mut request = Request::new(query).variables(async_graphql::Variables::from_json(variables));
        let (data, batches) = app::schema::data(&self.platform, actor, Lasting::Once);
        request.data = data;
        let before = self.platform.db.statement_count();
        let response = batches.run(app::schema::build(false).execute(request)).await;
        let count = self.platform.db.statement_count() - before;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        (response.data.into_json().expect("JSON"), count)
    }

    /// The mails so far.
    pub fn mails(&self) -> Vec<Message> {
        self.platform.mailer.sent()
    }

    /// Ends the scenario: nothing may be due, nothing may have been given up or be failing.
    pub async fn finish(self) {
        self.finish_with(&[]).await;
    }

    /// The same, where the scenario is about these kinds of jobs being given up.
    pub async fn finish_with(mut self, given_up: &[&str]) {
        self.is_finished = true;
        let left = app::worker::unfinished(&self.platform).await.expect("the database answers");
        let unexpected: Vec<&String> = left
            .iter()
            .filter(|one| !given_up.iter().any(|kind| **one == format!("{kind} given up")))
            .collect();
        assert!(unexpected.is_empty(), "jobs are left: {unexpected:?}");
        // A server has room for so many connections, and a test may start many platforms.
        self.replicas.push(self.platform.db.clone());
        for db in std::mem::take(&mut self.replicas) {
            db.close().await.expect("it closes");
        }
    }
}

impl Drop for TestPlatform {
    fn drop(&mut self) {
        assert!(self.is_finished || std::thread::panicking(), "end a scenario with finish()");
    }
}

fn platform(
    db: Db,
    clock: Arc<MockClock>,
    sandbox_url: &str,
    own_url: &str,
    chance: u64,
    wire: Wire,
) -> Platform {
    let url = |base: &str, path: &str| url::Url::parse(base).and_then(|url| url.join(path)).expect("a URL");
    let random = Arc::new(SeededRandom::new(chance));
    let key = airwallex::Token::new("sandbox_api_key".to_owned());
    let upstream = airwallex::Client::new(airwallex::Config {
        deadline: StdDuration::from_secs(10),
        limits: wire.limits,
        quota: SharedPace::among_replicas(&db, wire.limits, "api"),
        repeats: 0,
        application: Some(airwallex::Application {
            id: "appid_sandbox".to_owned(),
            secret: airwallex::Token::new("sandbox_app_secret".to_owned()),
        }),
        ..airwallex::Config::new(url(sandbox_url, "/"), "sandbox_client", key)
    });
    let oauth = airwallex::api::oauth::OAuth::new(airwallex::api::oauth::Config {
        app_id: "appid_sandbox".to_owned(),
        app_secret: airwallex::Token::new("sandbox_app_secret".to_owned()),
        authorize_url: url(sandbox_url, "/oauth/authorize"),
        token_url: url(sandbox_url, "/oauth/token"),
        redirect_url: url(own_url, "/connect/airwallex/callback"),
        timeout: wire.patience,
        connect_timeout: wire.patience,
        limits: wire.limits,
        quota: SharedPace::among_replicas(&db, wire.limits, "oauth"),
    });
    // The second one is for what is to be moved to the first.
    let keys = ["test", "old"].map(|id| LocalKeys::generate(id, &SeededRandom::new(0)).expose().clone());
    Platform::new(Parts {
        db,
        clock,
        random,
        upstream: upstream.expect("a client"),
        oauth: oauth.expect("a client"),
        keys: SealingKeys::parse(&keys.join(",")).expect("keys"),
        mailer: Mailer::in_memory(),
        templates: Templates::load().expect("templates"),
        live: Default::default(),
        cache: Default::default(),
        counters: Default::default(),
        refreshing: Default::default(),
        tasks: Default::default(),
        stop: Default::default(),
        settings: Settings {
            operator: "Kiln & Loom".to_owned(),
            public_url: url(own_url, "/"),
            production: false,
            consent_url: url(sandbox_url, "/"),
            app_id: "appid_sandbox".to_owned(),
            scopes: ["account_details:read", "balance:read", "beneficiary:write", "transfer:write"]
                .map(str::to_owned)
                .to_vec(),
            kyc_template: "tmpl_sandbox_kyc".to_owned(),
            rfi_template: "tmpl_sandbox_rfi".to_owned(),
            api_version: "2026-08-21".to_owned(),
            webhook_secrets: ["whsec_sandbox", "whsec_sandbox_app"]
                .map(|one| Secret::new(one.to_owned()))
                .into(),
            webhook_window: Default::default(),
            allowed_origins: vec![],
            trusted_proxies: vec![],
            newest_migration: migrations::newest(),
            instance: format!("replica-{chance}"),
            rotation: wire.rotation,
            job_lease: Duration::seconds(120),
            sandbox: true,
        },
    })
}

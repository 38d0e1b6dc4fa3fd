//! A whole deployment: sandbox, database, replicas.

use std::collections::{BTreeSet, HashMap};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};

use super::Engine;
use super::balancer::Balancer;
use super::processes::{Process, run};
use super::sandbox::Sandbox;
use super::secrets;

/// Processes of one test, with a folder and a database of their own.
pub struct Stack {
    pub sandbox: Sandbox,
    pub replicas: Vec<Process>,
    /// The address of the first replica, which is the public one.
    pub url: String,
    pub folder: PathBuf,
    pub environment: HashMap<String, String>,
    /// Where the replica that was added last tells its metrics.
    pub metrics: String,
    /// Of every replica that there ever was.
    pub addresses: BTreeSet<String>,
    _sandbox_process: Process,
    _folder: tempfile::TempDir,
}

/// A port below the range from which port 0 is served, so that nobody takes it while a replica of the
/// same address restarts.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 10_000).expect("below 10,000");
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            secrets::search(self);
        }
    }
}

impl Stack {
    /// Where the sandbox keeps what it has done, in the stack's folder.
    pub const SANDBOX_DATA: &str = "sandbox.data";

    /// One replica.
    pub async fn start(engine: &Engine) -> Self {
        Self::with_replicas(engine, 1).await
    }

    /// Several replicas on one database; the first is the public one.
    pub async fn with_replicas(engine: &Engine, count: usize) -> Self {
        let mut stack = Self::prepared(engine).await;
        for index in 0..count {
            stack.add_replica(index, &[]).await;
        }
        stack
    }

    /// Two replicas behind a balancer that sends every connection to the other one.
    pub async fn balanced(engine: &Engine) -> (Self, Balancer) {
        let mut stack = Self::prepared(engine).await;
        for _ in 0..2 {
            stack.add_replica(1, &[]).await;
        }
        let address = |url: &str| url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let replicas = stack.replicas.iter().map(|replica| address(&replica.url)).collect();
        let port = address(&stack.url).rsplit(':').next().and_then(|port| port.parse().ok());
        let balancer = Balancer::start(port.expect("a port"), replicas).await;
        (stack, balancer)
    }

    /// Everything but replicas: the sandbox runs, the database is migrated.
    pub async fn prepared(engine: &Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_owned();
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let webhook = format!("{url}/webhooks/airwallex");
        let arguments = [
            "sandbox",
            "--listen",
            "127.0.0.1:0",
            "--virtual-clock",
            "clock",
            "--webhook-url",
            &webhook,
            "--seed",
            "7",
            "--data",
            Self::SANDBOX_DATA,
        ];
        let process = Process::start(&path, "sandbox", &arguments, &HashMap::new()).await;
        let mut environment: HashMap<String, String> = [
            ("SOUK_PUBLIC_URL", url.clone()),
            ("SOUK_DATABASE_URL", engine.create(&path).await),
            ("SOUK_SEALING_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            ("SOUK_AIRWALLEX_API_URL", process.url.clone()),
            ("SOUK_AIRWALLEX_CONSENT_URL", process.url.clone()),
            ("SOUK_MAIL_URL", format!("file:{}", path.join("mail").display())),
            ("SOUK_VIRTUAL_CLOCK", path.join("clock").display().to_string()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        environment.insert("SOUK_LISTEN".to_owned(), format!("127.0.0.1:{port}"));
        let (code, _, complaint) = run(&path, &["migrate"], &environment).await;
        assert_eq!(code, 0, "{complaint}");
        Self {
            sandbox: Sandbox::new(&process.url),
            replicas: vec![],
            metrics: String::new(),
            addresses: [url.clone()].into(),
            url,
            folder: path,
            environment,
            _sandbox_process: process,
            _folder: folder,
        }
    }

    /// Starts a replica; the first takes the public address, the others one of their own.
    pub async fn add_replica(&mut self, index: usize, extra: &[(&str, &str)]) {
        self.add_replica_that(&["serve"], index, extra).await;
    }

    /// A front that does not work, and a worker that dies at the checkpoint: whoever answers a wish is not the one
    /// who dies of it.
    pub async fn add_dying_worker(&mut self, checkpoint: &str, lease_seconds: &str) {
        self.add_replica_that(&["serve", "--no-worker"], 0, &[]).await;
        let dies = [("SOUK_STOP_AT", checkpoint), ("SOUK_JOB_LEASE_SECONDS", lease_seconds)];
        self.add_replica(1, &dies).await;
    }

    /// One more front, which serves and does not work, and dies at the checkpoint.
    pub async fn add_front_that_dies(&mut self, checkpoint: &str) {
        self.add_replica_that(&["serve", "--no-worker"], 1, &[("SOUK_STOP_AT", checkpoint)]).await;
    }

    async fn add_replica_that(&mut self, arguments: &[&str], index: usize, extra: &[(&str, &str)]) {
        let mut environment = self.environment.clone();
        if index > 0 {
            environment.insert("SOUK_LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        }
        let metrics = format!("127.0.0.1:{}", free_port());
        environment.insert("SOUK_METRICS_LISTEN".to_owned(), metrics.clone());
        environment.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let process = Process::start(&self.folder, "souk", arguments, &environment).await;
        self.addresses.insert(process.url.clone());
        self.metrics = format!("http://{metrics}/metrics");
        self.replicas.push(process);
    }

    /// A replica with these sealing keys takes the place of those that run.
    pub async fn deploy_keys(&mut self, keys: &str) {
        self.environment.insert("SOUK_SEALING_KEYS".to_owned(), keys.to_owned());
        for replica in &mut self.replicas {
            replica.signal("TERM").await;
        }
        self.replicas.clear();
        self.add_replica(0, &[]).await;
    }

    /// Mails to an address so far, newest last, as text.
    pub fn mails_to(&self, address: &str) -> Vec<String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.join("mail"))
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .collect();
        files.sort();
        files
            .iter()
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .filter(|mail| mail.starts_with(&format!("To: {address}\n")))
            .collect()
    }
}

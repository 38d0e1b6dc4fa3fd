//! A database of its own for each test: a SQLite file, or a database in one throw-away PostgreSQL
//! cluster per test binary. The cluster ends with this process: it watches its standard input.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::Connection;

/// Runs a test body on every database that is there.
macro_rules! on_every_database {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::databases::Engine::Sqlite).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(engine) = $crate::databases::postgres().await {
                    super::$name(engine).await;
                }
            })*
        }
    };
}

/// Whether a test that needs something else than Rust may run; says so when it is skipped, and fails
/// where `SOUK_TEST_REQUIRE` names it.
pub fn may_run(what: &str, available: bool) -> bool {
    if available {
        return true;
    }
    let required = std::env::var("SOUK_TEST_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|one| one.trim() == what), "{what} is required and not installed");
    let _ = writeln!(std::io::stderr(), "SKIPPED: a test needs {what}, which is not installed");
    false
}

/// Which database a test runs on.
#[derive(Clone)]
pub enum Engine {
    Sqlite,
    /// The folder of the cluster's socket.
    Postgres(PathBuf),
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

impl Engine {
    /// The URL of a new, empty database.
    pub async fn create(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite:{}", folder.join("souk.db").display()),
            Self::Postgres(socket) => {
                let name = format!("souk_{}", COUNTER.fetch_add(1, Ordering::Relaxed));
                let admin = url(socket, "postgres");
                let mut connection = sqlx::PgConnection::connect(&admin).await.expect("the cluster answers");
                let statement = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
                sqlx::query(statement).execute(&mut connection).await.expect("a database is made");
                url(socket, &name)
            }
        }
    }
}

fn url(socket: &Path, name: &str) -> String {
    format!("postgres://postgres@localhost/{name}?host={}", socket.display())
}

/// The cluster, started by whoever asks first; `None` where PostgreSQL is not installed.
pub async fn postgres() -> Option<Engine> {
    static CLUSTER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found =
        tokio::task::spawn_blocking(|| CLUSTER.get_or_init(start).clone()).await.expect("does not panic");
    may_run("postgres", found.is_some()).then(|| found.map(Engine::Postgres)).flatten()
}

/// The newest installed server's programs.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    found.sort();
    found.pop()
}

fn start() -> Option<PathBuf> {
    let bin = programs()?;
    // Kept until the guard removes it, after this process.
    let folder = tempfile::Builder::new().prefix("souk-pg-").tempdir().expect("a folder").keep();
    // PostgreSQL refuses to run as root: it then runs as the user that its package made.
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let script = r#"
set -e
bin="$1"; data="$2/data"; socket="$2"
if [ "$3" = root ]; then chown postgres "$socket"; run="setpriv --reuid=postgres --regid=postgres --clear-groups"; else run=""; fi
$run "$bin/initdb" -D "$data" -U postgres -A trust --no-sync -E UTF8 --locale=C >/dev/null
$run "$bin/postgres" -D "$data" -k "$socket" -h '' -c fsync=off -c full_page_writes=off -c max_connections=300 >"$socket/log" 2>&1 &
pid=$!
cat >/dev/null
kill -INT $pid; wait $pid || true
rm -rf "$socket"
"#;
    let who = if is_root { "root" } else { "user" };
    let guard = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(&bin)
        .arg(&folder)
        .arg(who)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a shell");
    // Never closed by us: it closes when this process ends.
    std::mem::forget(guard);
    for _ in 0..400 {
        let answers = Command::new(bin.join("pg_isready")).arg("-q").arg("-h").arg(&folder).status();
        if answers.is_ok_and(|status| status.success()) {
            return Some(folder);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL did not start; see {}", folder.join("log").display());
}

//! What the tests stand on.

pub mod balancer;
pub mod browser;
pub mod database;
pub mod person;
pub mod processes;
pub mod sandbox;
pub mod seller;
pub mod stack;

use std::future::Future;
use std::io::Write;
use std::time::{Duration, Instant};

pub use browser::Browser;
pub use database::Engine;
pub use person::Person;
pub use seller::Seller;
pub use stack::Stack;

/// Waits until `condition` answers; fails with `what` after half a minute.
pub async fn wait_for<T, F: Future<Output = Option<T>>>(what: &str, mut condition: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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

/// Runs a test body on every database that is there.
#[macro_export]
macro_rules! on_every_database {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::support::Engine::Sqlite).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if let Some(engine) = $crate::support::database::postgres().await {
                    super::$name(engine).await;
                }
            })*
        }
    };
}

//! What the tests stand on.

pub mod balancer;
pub mod browser;
pub mod person;
pub mod processes;
pub mod sandbox;
pub mod secrets;
pub mod seller;
pub mod stack;

use std::future::Future;
use std::time::{Duration, Instant};

pub use crate::databases::{Engine, may_run};
pub use browser::Browser;
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

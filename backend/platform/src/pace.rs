//! Below Airwallex's limits, all replicas together: each call takes its turn from the database, besides the
//! client's own pace in this process. On a database of one process there is nobody to take turns with.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use airwallex::{Limits, Quota};

use crate::db::Db;
use crate::kernel::Failure;

/// How far ahead a turn is booked. Who goes away while waiting wastes no more than that.
const AHEAD: Duration = Duration::from_millis(500);
/// How long to wait before asking again when everything within reach is booked.
const AGAIN: Duration = Duration::from_millis(250);
/// How long the database may take to book. A call waits for its turn, not for an outage.
const BOOKING: Duration = Duration::from_secs(1);

/// Turns among all replicas.
pub struct SharedPace {
    db: Db,
    /// Apart from other kinds of calls, which Airwallex counts apart.
    what: &'static str,
    limits: Limits,
    gap: Duration,
    gap_at_endpoint: Duration,
}

impl SharedPace {
    /// For a kind of calls; none where there is nothing to share or to keep below.
    pub fn among_replicas(db: &Db, limits: Limits, what: &'static str) -> Option<Arc<dyn Quota>> {
        let (per_second, per_endpoint) = (limits.per_second()?, limits.per_endpoint()?);
        db.is_shared()
            .then(|| -> Arc<dyn Quota> { Arc::new(Self::new(db, limits, what, per_second, per_endpoint)) })
    }

    fn new(db: &Db, limits: Limits, what: &'static str, per_second: u32, per_endpoint: u32) -> Self {
        let gap = Duration::from_secs(1) / per_second;
        let gap_at_endpoint = Duration::from_secs(1) / per_endpoint;
        Self { db: db.clone(), what, limits, gap, gap_at_endpoint }
    }

    /// The endpoint's turn first, so that a crowded one books none of what the others share before its time.
    async fn turn(&self, route: &str) -> Result<Duration, Failure> {
        // Logins are allowed more seldom than other calls.
        let gap = self.limits.gap_at(route).unwrap_or_default().max(self.gap_at_endpoint);
        let at_endpoint = self.book(&format!("{} {route}", self.what), gap).await?;
        tokio::time::sleep(at_endpoint).await;
        self.book(self.what, self.gap).await
    }

    async fn book(&self, name: &str, gap: Duration) -> Result<Duration, Failure> {
        loop {
            let booked = tokio::time::timeout(BOOKING, self.db.take_turn(name, gap, AHEAD)).await;
            match booked.map_err(|_| Failure::new("the database takes too long"))?? {
                Some(wait) => return Ok(wait),
                None => tokio::time::sleep(AGAIN).await,
            }
        }
    }
}

impl Quota for SharedPace {
    fn take<'a>(&'a self, route: &'a str) -> Pin<Box<dyn Future<Output = Duration> + Send + 'a>> {
        Box::pin(async move {
            self.turn(route).await.unwrap_or_else(|failure| {
                // This process still keeps its own pace, and a 429 costs nothing but time.
                tracing::warn!(%failure, "no turn can be taken among the replicas");
                Duration::ZERO
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use airwallex::Access;
    use airwallex::api::accounts;
    use futures_util::future::join_all;
    use serde_json::json;

    use super::*;
    use crate::databases::Engine;
    use crate::testing::TestPlatform;

    on_every_database!(turns_are_given_once_and_never_far_ahead, two_replicas_stay_below_one_limit_together);

    /// Each by itself keeps below the limit; without taking turns they would pass it together.
    async fn two_replicas_stay_below_one_limit_together(engine: Engine) {
        let mut test = TestPlatform::start(&engine).await;
        let other = test.another_replica().await;
        // Limits are counted by the sandbox's clock.
        test.sandbox.order("clock", json!({ "freeze": false })).await;
        test.sandbox.order("limits", json!({ "profile": "sandbox" })).await;
        // Half of what is allowed, so that a slow machine spoils nothing.
        let (limits, all, one) = (Limits::Sandbox, 10, 5);
        let client = |db: &Db| {
            let key = airwallex::Token::new("sandbox_api_key".to_owned());
            let host = test.sandbox.url.parse().expect("a URL");
            let quota: Arc<dyn Quota> = Arc::new(SharedPace::new(db, limits, "api", all, one));
            airwallex::Client::new(airwallex::Config {
                limits,
                quota: Some(quota),
                repeats: 0,
                ..airwallex::Config::new(host, "sandbox_client", key)
            })
            .expect("a client")
        };
        let replicas = [client(&test.platform.db), client(&other.db)];
        let calls = (0..16).map(|number| accounts::own(&replicas[number % 2], &Access::Platform));
        for answer in join_all(calls).await {
            answer.expect("nobody is refused");
        }
        test.sandbox.order("limits", json!({ "profile": "off" })).await;
        test.finish().await;
    }

    /// Two replicas, one limit: every turn is somebody's, none is anybody else's.
    async fn turns_are_given_once_and_never_far_ahead(engine: Engine) {
        let mut test = TestPlatform::start(&engine).await;
        let gap = Duration::from_secs(1);
        let other = test.another_replica().await;
        let (started, mut last) = (Instant::now(), Duration::ZERO);
        for number in 0..30 {
            let db = if number % 2 == 0 { &test.platform.db } else { &other.db };
            let wait = db.take_turn("a", gap, Duration::from_secs(60)).await.expect("an answer");
            last = wait.expect("within reach");
        }
        // The thirtieth turn is 29 gaps after the first, whoever asked; clocks are read to the millisecond.
        assert!(last + started.elapsed() + Duration::from_millis(10) >= gap * 29, "{last:?}");
        let hour = Duration::from_secs(3600);
        let booked = async |ahead| test.platform.db.take_turn("b", hour, ahead).await.expect("an answer");
        assert_eq!(booked(AHEAD).await, Some(Duration::ZERO));
        assert_eq!(booked(AHEAD).await, None, "an hour is too far ahead");
        assert!(booked(hour * 2).await.is_some_and(|wait| wait > AHEAD));
        test.finish().await;
    }
}

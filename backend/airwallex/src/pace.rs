//! Keeping below Airwallex's limits (D, part 01 §d.5): all calls together, each endpoint, and calls in flight,
//! per account. A 429 was not executed and is safe to repeat; not causing it is better. Counts all callers of
//! this process; a [`Quota`] counts those of other processes.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Which of Airwallex's limits to keep below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// No spacing out; a [`Quota`] is asked all the same.
    Off,
    /// 18 calls a second, 9 of them at one endpoint, and 9 in flight.
    Sandbox,
    /// 90 calls a second, 18 of them at one endpoint, and 45 in flight.
    Production,
}

/// What a profile allows, a tenth below what Airwallex does.
struct Numbers {
    per_second: u32,
    per_endpoint: u32,
    in_flight: usize,
}

impl Limits {
    /// Calls a second to all endpoints together, a tenth below Airwallex's limit; none where there is none.
    pub fn per_second(self) -> Option<u32> {
        self.numbers().map(|numbers| numbers.per_second)
    }

    /// Calls a second to one endpoint, a tenth below Airwallex's limit; none where there is none.
    pub fn per_endpoint(self) -> Option<u32> {
        self.numbers().map(|numbers| numbers.per_endpoint)
    }

    /// The time between two calls to an endpoint: logins have a limit of their own, a hundred a minute for each key
    /// (D). None where there is no limit.
    pub fn gap_at(self, route: &str) -> Option<Duration> {
        let gap = Duration::from_secs(1) / self.per_endpoint()?;
        Some(if route.ends_with("/authentication/login") { LOGIN_GAP } else { gap })
    }

    fn numbers(self) -> Option<Numbers> {
        match self {
            Self::Off => None,
            Self::Sandbox => Some(Numbers { per_second: 18, per_endpoint: 9, in_flight: 9 }),
            Self::Production => Some(Numbers { per_second: 90, per_endpoint: 18, in_flight: 45 }),
        }
    }
}

/// Accounts for the calls of all replicas together, for instance in their database. Asked before each call,
/// besides this process's own count.
pub trait Quota: Send + Sync {
    /// Takes one call to `route` (its path with `{}` for ids) and answers how long to wait before sending it.
    fn take<'a>(&'a self, route: &'a str) -> Pin<Box<dyn Future<Output = Duration> + Send + 'a>>;
}

/// Spaces requests out.
pub(crate) struct Pace {
    rule: Option<Rule>,
    quota: Option<Arc<dyn Quota>>,
}

struct Rule {
    limits: Limits,
    gap: Duration,
    in_flight: Semaphore,
    /// When the next call may leave.
    next: Mutex<Instant>,
    /// The same for each endpoint. Whoever holds one is the first of its queue.
    endpoints: std::sync::Mutex<HashMap<&'static str, Arc<Mutex<Instant>>>>,
}

/// A hundred logins a minute, a tenth below.
const LOGIN_GAP: Duration = Duration::from_millis(667);

impl Rule {
    fn endpoint(&self, route: &'static str) -> Arc<Mutex<Instant>> {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.entry(route).or_insert_with(|| Arc::new(Mutex::new(Instant::now()))).clone()
    }
}

impl Pace {
    pub fn new(limits: Limits, quota: Option<Arc<dyn Quota>>) -> Self {
        let rule = limits.numbers().map(|numbers| Rule {
            limits,
            gap: Duration::from_secs(1) / numbers.per_second,
            in_flight: Semaphore::new(numbers.in_flight),
            next: Mutex::new(Instant::now()),
            endpoints: std::sync::Mutex::default(),
        });
        Self { rule, quota }
    }

    /// Waits for one's turn at an endpoint; what is returned is held while the request is in flight.
    ///
    /// Only the first in the queue of an endpoint competes with the others, so a crowded endpoint leaves them
    /// their turns; and nothing is booked before it is used, so a caller who goes away owes nothing.
    pub async fn turn(&self, route: &'static str) -> Option<SemaphorePermit<'_>> {
        let Some(rule) = &self.rule else {
            self.turn_among_all(route).await;
            return None;
        };
        let endpoint = rule.endpoint(route);
        let mut next_here = endpoint.lock().await;
        tokio::time::sleep_until(*next_here).await;
        // Never closed, so there is always a permit in the end.
        let permit = rule.in_flight.acquire().await.ok();
        // After the queue of this process: while answers are slow nobody books turns ahead that all use at once
        // when answers come again, and who leaves the queue has booked none.
        self.turn_among_all(route).await;
        let mut next = rule.next.lock().await;
        tokio::time::sleep_until(*next).await;
        let now = Instant::now();
        *next = now + rule.gap;
        *next_here = now + rule.limits.gap_at(route).unwrap_or_default();
        permit
    }

    async fn turn_among_all(&self, route: &str) {
        if let Some(quota) = &self.quota {
            tokio::time::sleep(quota.take(route).await).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_holds_no_more_than_the_profile_allows() {
        let routes = ["/a", "/b", "/c", "/d"];
        let pace = Pace::new(Limits::Sandbox, None);
        let started = Instant::now();
        for number in 0..37 {
            drop(pace.turn(routes[number % 4]).await);
        }
        assert!(started.elapsed() >= Duration::from_millis(1990), "{:?}", started.elapsed());
        let started = Instant::now();
        for _ in 0..19 {
            drop(pace.turn("/one").await);
        }
        assert!(started.elapsed() >= Duration::from_millis(1990), "one endpoint: {:?}", started.elapsed());
        let started = Instant::now();
        for _ in 0..91 {
            drop(pace.turn("/api/v1/authentication/login").await);
        }
        assert!(started.elapsed() >= Duration::from_secs(60), "logins: {:?}", started.elapsed());
        let off = Pace::new(Limits::Off, None);
        let started = Instant::now();
        for _ in 0..1000 {
            assert!(off.turn("/a").await.is_none());
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    /// One endpoint that is asked for too often does not hold up the others.
    #[tokio::test(start_paused = true)]
    async fn a_crowded_endpoint_leaves_the_others_their_turn() {
        let pace = std::sync::Arc::new(Pace::new(Limits::Sandbox, None));
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let pace = pace.clone();
            crowd.spawn(async move { drop(pace.turn("/crowded").await) });
        }
        tokio::task::yield_now().await;
        let started = Instant::now();
        drop(pace.turn("/other").await);
        assert!(started.elapsed() <= Duration::from_millis(600), "{:?}", started.elapsed());
        while crowd.join_next().await.is_some() {}
    }

    /// Counts who asked.
    #[derive(Default)]
    struct Asked(std::sync::atomic::AtomicUsize);

    impl Quota for Asked {
        fn take<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Duration> + Send + 'a>> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Box::pin(async { Duration::ZERO })
        }
    }

    /// While every place is taken nobody takes turns from all.
    #[tokio::test(start_paused = true)]
    async fn turns_among_all_are_taken_by_whoever_leaves_next() {
        let asked = Arc::new(Asked::default());
        let pace = Pace::new(Limits::Sandbox, Some(asked.clone()));
        let routes = ["/a", "/b", "/c"];
        let mut held = vec![];
        for number in 0..9 {
            held.push(pace.turn(routes[number % 3]).await.expect("a place"));
        }
        let waiting = futures_util::future::join_all(routes.map(|route| pace.turn(route)));
        assert!(
            tokio::time::timeout(Duration::from_secs(60), waiting).await.is_err(),
            "no more than nine places"
        );
        assert_eq!(asked.0.load(std::sync::atomic::Ordering::Relaxed), 9);
    }

    /// Who waits and goes away leaves nothing behind that others would have to wait for.
    #[tokio::test(start_paused = true)]
    async fn a_caller_who_goes_away_owes_nothing() {
        let pace = Pace::new(Limits::Sandbox, None);
        drop(pace.turn("/a").await);
        let started = Instant::now();
        for _ in 0..100 {
            let patience = Duration::from_millis(1);
            assert!(
                tokio::time::timeout(patience, pace.turn("/a")).await.is_err()
                    || started.elapsed() >= Duration::from_millis(100)
            );
        }
        drop(pace.turn("/a").await);
        assert!(started.elapsed() <= Duration::from_millis(500), "{:?}", started.elapsed());
    }
}

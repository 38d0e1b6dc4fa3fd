//! Keeping below Airwallex's limits (D, part 01 §d.5): all calls together, each endpoint, and calls in flight,
//! per account. A 429 was not executed and is safe to repeat; not causing it is better. Counts all callers of
//! this process; a [`Quota`] counts those of other processes.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Which of Airwallex's limits to keep below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    Off,
    Sandbox,
    Production,
}

/// What a profile allows, a tenth below what Airwallex does.
struct Numbers {
    per_second: u32,
    per_endpoint: u32,
    in_flight: usize,
}

impl Limits {
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
}

struct Rule {
    /// Time is cut into slots of this length; one call leaves in each.
    slot: Duration,
    gap_at_endpoint: Duration,
    in_flight: Semaphore,
    since: Instant,
    taken: Mutex<Taken>,
}

/// Slots that are spoken for, and when an endpoint may be called next.
#[derive(Default)]
struct Taken {
    slots: BTreeSet<u128>,
    endpoints: HashMap<&'static str, Instant>,
}

impl Rule {
    /// The first free slot at or after now in which the endpoint may be called: a crowded endpoint leaves the
    /// slots before to others.
    fn take(&self, taken: &mut Taken, route: &'static str, now: Instant) -> Instant {
        let index = |at: Instant| (at - self.since).as_nanos().div_ceil(self.slot.as_nanos());
        let past = index(now);
        taken.slots = taken.slots.split_off(&past);
        let earliest = taken.endpoints.get(route).map_or(now, |next| now.max(*next));
        let mut slot = index(earliest);
        while taken.slots.contains(&slot) {
            slot += 1;
        }
        taken.slots.insert(slot);
        let nanos = u64::try_from(slot * self.slot.as_nanos()).unwrap_or(u64::MAX);
        let at = self.since + Duration::from_nanos(nanos);
        taken.endpoints.insert(route, at + self.gap_at_endpoint);
        at
    }
}

impl Pace {
    pub fn new(limits: Limits) -> Self {
        let rule = limits.numbers().map(|numbers| Rule {
            slot: Duration::from_secs(1) / numbers.per_second,
            gap_at_endpoint: Duration::from_secs(1) / numbers.per_endpoint,
            in_flight: Semaphore::new(numbers.in_flight),
            since: Instant::now(),
            taken: Mutex::default(),
        });
        Self { rule }
    }

    /// Waits for one's turn at an endpoint; what is returned is held while the request is in flight.
    pub async fn turn(&self, route: &'static str) -> Option<SemaphorePermit<'_>> {
        let rule = self.rule.as_ref()?;
        // Never closed, so there is always a permit in the end.
        let permit = rule.in_flight.acquire().await.ok();
        let at = rule.take(&mut *rule.taken.lock().await, route, Instant::now());
        tokio::time::sleep_until(at).await;
        permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_holds_no_more_than_the_profile_allows() {
        let routes = ["/a", "/b", "/c", "/d"];
        let pace = Pace::new(Limits::Sandbox);
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
        let off = Pace::new(Limits::Off);
        let started = Instant::now();
        for _ in 0..1000 {
            assert!(off.turn("/a").await.is_none());
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    /// One endpoint that is asked for too often does not hold up the others.
    #[tokio::test(start_paused = true)]
    async fn a_crowded_endpoint_leaves_the_others_their_turn() {
        let pace = std::sync::Arc::new(Pace::new(Limits::Sandbox));
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let pace = pace.clone();
            crowd.spawn(async move { drop(pace.turn("/crowded").await) });
        }
        tokio::task::yield_now().await;
        let started = Instant::now();
        drop(pace.turn("/other").await);
        assert!(started.elapsed() <= Duration::from_millis(600), "{:?}", started.elapsed());
        while crowd.join_next().await.is_some() {}
    }
}

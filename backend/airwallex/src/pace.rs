//! Keeping below Airwallex's limits (D, part 01 §d.5: per account 100 requests a second and 50 in flight in
//! production, 20 and 10 on the demo host). A 429 was not executed and is safe to repeat; not causing it is
//! better. Counts this process alone.

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

impl Limits {
    /// Requests a second and requests in flight, a tenth below what Airwallex allows.
    fn numbers(self) -> Option<(u32, usize)> {
        match self {
            Self::Off => None,
            Self::Sandbox => Some((18, 9)),
            Self::Production => Some((90, 45)),
        }
    }
}

/// Spaces requests out.
pub(crate) struct Pace {
    rule: Option<Rule>,
}

struct Rule {
    gap: Duration,
    in_flight: Semaphore,
    next: Mutex<Instant>,
}

impl Pace {
    pub fn new(limits: Limits) -> Self {
        let rule = limits.numbers().map(|(per_second, in_flight)| Rule {
            gap: Duration::from_secs(1) / per_second,
            in_flight: Semaphore::new(in_flight),
            next: Mutex::new(Instant::now()),
        });
        Self { rule }
    }

    /// Waits for one's turn; what is returned is held while the request is in flight.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let rule = self.rule.as_ref()?;
        // Never closed, so there is always a permit in the end.
        let permit = rule.in_flight.acquire().await.ok();
        let at = {
            let mut next = rule.next.lock().await;
            let at = (*next).max(Instant::now());
            *next = at + rule.gap;
            at
        };
        tokio::time::sleep_until(at).await;
        permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_holds_no_more_than_the_profile_allows() {
        let pace = Pace::new(Limits::Sandbox);
        let started = Instant::now();
        for _ in 0..37 {
            drop(pace.turn().await);
        }
        assert!(started.elapsed() >= Duration::from_millis(1990), "{:?}", started.elapsed());
        let off = Pace::new(Limits::Off);
        let started = Instant::now();
        for _ in 0..1000 {
            assert!(off.turn().await.is_none());
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}

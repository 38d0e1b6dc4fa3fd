//! Rate limits (01 §d.5): all endpoints together, each endpoint, and requests in flight, per account; logins
//! a minute per key. A rolling window on the sandbox's clock. No header tells of them (D).

use std::collections::{BTreeMap, VecDeque};

use chrono::Duration;

use crate::clock::Instant;
use crate::wire::ApiError;
use crate::world::steering::Profile;

/// What a profile allows.
struct Allowed {
    overall: usize,
    per_endpoint: usize,
    in_flight: usize,
}

/// Logins a minute, per key (D).
const LOGINS: usize = 100;

fn allowed(profile: Profile) -> Option<Allowed> {
    match profile {
        Profile::Off => None,
        Profile::Sandbox => Some(Allowed { overall: 20, per_endpoint: 10, in_flight: 10 }),
        Profile::Production => Some(Allowed { overall: 100, per_endpoint: 20, in_flight: 50 }),
    }
}

/// What was asked lately, and by whom.
#[derive(Default)]
pub struct Limits {
    /// By caller, and by caller and route.
    recent: BTreeMap<String, VecDeque<Instant>>,
    in_flight: BTreeMap<String, usize>,
}

impl Limits {
    /// Admits a request of `caller` to `route`, or refuses it with 429: it is not executed then (A).
    /// Whoever is admitted has to [`leave`](Self::leave).
    pub fn enter(
        &mut self,
        profile: Profile,
        caller: &str,
        route: &str,
        now: Instant,
    ) -> Result<(), ApiError> {
        if let Some(allowed) = allowed(profile) {
            let second = Duration::seconds(1);
            let at_route = format!("{caller} {route}");
            let is_login = route.ends_with("/authentication/login");
            let full = self.in_flight.get(caller).is_some_and(|count| *count >= allowed.in_flight)
                || self.count(caller, second, now) >= allowed.overall
                || (!is_login && self.count(&at_route, second, now) >= allowed.per_endpoint)
                || (is_login && self.count(&at_route, Duration::minutes(1), now) >= LOGINS);
            if full {
                return Err(ApiError::new(429, "too_many_requests", "Rate Limit Exceeded.")
                    .with(serde_json::json!({})));
            }
            self.recent.entry(caller.to_owned()).or_default().push_back(now);
            self.recent.entry(at_route).or_default().push_back(now);
        }
        *self.in_flight.entry(caller.to_owned()).or_default() += 1;
        Ok(())
    }

    /// A request that was admitted has ended.
    pub fn leave(&mut self, caller: &str) {
        if let Some(count) = self.in_flight.get_mut(caller) {
            *count -= 1;
            if *count == 0 {
                self.in_flight.remove(caller);
            }
        }
    }

    fn count(&mut self, who: &str, window: Duration, now: Instant) -> usize {
        let Some(recent) = self.recent.get_mut(who) else { return 0 };
        // A clock that was set back makes its future past.
        while recent.front().is_some_and(|at| now - *at >= window || *at > now) {
            recent.pop_front();
        }
        recent.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enters(limits: &mut Limits, profile: Profile, route: &str, now: Instant, times: usize) -> usize {
        (0..times)
            .filter(|_| {
                let admitted = limits.enter(profile, "acct_1", route, now).is_ok();
                if admitted {
                    limits.leave("acct_1");
                }
                admitted
            })
            .count()
    }

    #[test]
    fn each_profile_admits_its_numbers_and_no_more() {
        let now: Instant = "2026-09-01T00:00:00Z".parse().expect("an instant");
        for (profile, overall, one) in [(Profile::Sandbox, 20, 10), (Profile::Production, 100, 20)] {
            let mut limits = Limits::default();
            assert_eq!(enters(&mut limits, profile, "GET /a", now, 200), one);
            let others: usize =
                (0..20).map(|number| enters(&mut limits, profile, &format!("GET /{number}"), now, 20)).sum();
            assert_eq!(one + others, overall);
            assert_eq!(enters(&mut limits, profile, "GET /a", now + Duration::milliseconds(999), 1), 0);
            assert_eq!(enters(&mut limits, profile, "GET /a", now + Duration::seconds(1), 200), one);
        }
        let mut limits = Limits::default();
        assert_eq!(enters(&mut limits, Profile::Off, "GET /a", now, 1000), 1000);
        let mut limits = Limits::default();
        let login = "POST /api/v1/authentication/login";
        let minute: usize = (0..30)
            .map(|second| enters(&mut limits, Profile::Sandbox, login, now + Duration::seconds(second), 20))
            .sum();
        assert_eq!(minute, 100);
    }

    #[test]
    fn requests_in_flight_are_counted_until_they_leave() {
        let now: Instant = "2026-09-01T00:00:00Z".parse().expect("an instant");
        let mut limits = Limits::default();
        let mut enter = |second: i64| {
            limits
                .enter(Profile::Sandbox, "acct_1", &format!("GET /{second}"), now + Duration::seconds(second))
                .is_ok()
        };
        assert_eq!((0..12).filter(|second| enter(*second)).count(), 10);
        limits.leave("acct_1");
        assert!(limits.enter(Profile::Sandbox, "acct_1", "GET /", now + Duration::seconds(20)).is_ok());
    }
}

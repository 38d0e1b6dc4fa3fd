//! Faults that are ordered, and how they are used up.

use serde::{Deserialize, Serialize};

use super::World;

/// An order, used up `times` times, or until it is deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub method: Option<String>,
    /// A path; a trailing `*` matches the rest.
    #[serde(default)]
    pub path: Option<String>,
    /// An event's name or `*`, for webhook faults.
    #[serde(default)]
    pub event: Option<String>,
    pub action: String,
    #[serde(default)]
    pub times: Option<u32>,
    #[serde(default)]
    pub status: Option<u16>,
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub source: Option<String>,
    /// Of the refusal, such as failing fields.
    #[serde(default)]
    pub details: Option<serde_json::Value>,
    #[serde(default)]
    pub ms: Option<u64>,
    #[serde(default)]
    pub seconds: Option<u32>,
}

/// What can be ordered for requests.
pub const ROUTE_ACTIONS: [&str; 8] =
    ["refuse", "limit", "delay", "drop_before", "drop_after", "late", "hold", LIST_LAG];
/// What can be ordered for events.
pub const EVENT_ACTIONS: [&str; 7] =
    ["duplicate", "reorder", "delay", "fail", "bad_signature", "stale_timestamp", "lose"];

/// New objects show in lists only later.
pub const LIST_LAG: &str = "list_lag";

impl Fault {
    fn is_for_path(&self, path: &str) -> bool {
        self.path.as_deref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == wanted,
        })
    }
}

impl World {
    /// Takes the first fault that is ordered for a request.
    pub fn take_route_fault(&mut self, method: &str, path: &str) -> Option<Fault> {
        let matches = |fault: &Fault| {
            fault.event.is_none()
                && fault.action != LIST_LAG
                && fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && fault.is_for_path(path)
        };
        self.use_up(1, matches).pop()
    }

    /// Every fault that is ordered for an event, each taken once.
    pub fn take_event_faults(&mut self, name: &str) -> Vec<Fault> {
        self.use_up(usize::MAX, |fault| {
            fault.event.as_deref().is_some_and(|event| event == "*" || event == name)
        })
    }

    /// How long new objects stay out of the list at `path`.
    pub fn list_lag(&self, path: &str) -> chrono::Duration {
        let lags =
            self.meta.faults.iter().filter(|fault| fault.action == LIST_LAG && fault.is_for_path(path));
        let seconds = lags.map(|fault| fault.seconds.unwrap_or(60)).max().unwrap_or(0);
        chrono::Duration::seconds(i64::from(seconds))
    }

    /// Takes one of each fault that matches, up to `limit`; those that are used up are gone.
    fn use_up(&mut self, limit: usize, matches: impl Fn(&Fault) -> bool) -> Vec<Fault> {
        let mut taken = vec![];
        for fault in &mut self.meta.faults {
            if taken.len() < limit && matches(fault) {
                fault.times = fault.times.map(|times| times.saturating_sub(1));
                taken.push(fault.clone());
            }
        }
        self.meta.faults.retain(|fault| fault.times != Some(0));
        taken
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_is_taken_as_often_as_it_was_ordered() {
        let now = "2026-09-01T00:00:00Z".parse().expect("an instant");
        let mut world = World::start(now, 1, false, false);
        for order in [
            json!({ "path": "/a/*", "method": "POST", "action": "limit", "times": 2 }),
            json!({ "event": "*", "action": "lose", "times": 1 }),
            json!({ "path": "/lists", "action": "list_lag", "seconds": 5 }),
        ] {
            world.meta.faults.push(serde_json::from_value(order).expect("a fault"));
        }
        assert!(world.take_route_fault("GET", "/a/b").is_none());
        assert!(world.take_route_fault("POST", "/lists").is_none());
        for is_there in [true, true, false] {
            assert_eq!(world.take_route_fault("post", "/a/b").is_some(), is_there);
        }
        assert_eq!((world.take_event_faults("x").len(), world.take_event_faults("x").len()), (1, 0));
        assert_eq!(world.list_lag("/lists").num_seconds(), 5);
        assert_eq!(world.list_lag("/other").num_seconds(), 0);
    }
}

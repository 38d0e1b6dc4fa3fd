//! One task of this process at a time for each key; who comes second is told so and does not wait.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Clone, Default)]
pub struct Entrance {
    inside: Arc<Mutex<HashSet<String>>>,
}

/// Somebody is inside until this is dropped.
#[derive(Debug)]
pub struct Entered {
    entrance: Entrance,
    key: String,
}

impl Entrance {
    /// `None` while somebody else is inside with the same key.
    pub fn enter(&self, key: &str) -> Option<Entered> {
        let is_first = self.inside().insert(key.to_owned());
        is_first.then(|| Entered { entrance: self.clone(), key: key.to_owned() })
    }

    /// A set of keys is whole after every step, so a panic elsewhere leaves nothing half-done.
    fn inside(&self) -> MutexGuard<'_, HashSet<String>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.entrance.inside().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_inside_for_each_key_until_it_leaves() {
        let entrance = Entrance::default();
        let first = entrance.enter("a");
        assert!(first.is_some() && entrance.enter("a").is_none() && entrance.enter("b").is_some());
        drop(first);
        assert!(entrance.clone().enter("a").is_some());
    }
}

//! A small memory for things that Airwallex tells slowly and changes rarely, such as form schemas.
//!
//! Per process and never the truth: whoever reads gets a copy that was fresh when it was stored.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::Instant;

/// More entries than this are never useful; the whole memory is then begun anew.
const MOST: usize = 1_000;

type Entry = (Instant, Arc<dyn Any + Send + Sync>);

/// Values by key, each until its own end.
#[derive(Default)]
pub struct Cache {
    entries: Mutex<HashMap<String, Entry>>,
}

impl Cache {
    pub fn get<T: Any + Send + Sync>(&self, key: &str, now: Instant) -> Option<Arc<T>> {
        let entries = self.entries.lock().expect("no holder of this lock panics");
        let (until, value) = entries.get(key)?;
        (*until > now).then(|| value.clone()).and_then(|value| value.downcast().ok())
    }

    pub fn put<T: Any + Send + Sync>(&self, key: String, until: Instant, value: Arc<T>) {
        let mut entries = self.entries.lock().expect("no holder of this lock panics");
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(key, (until, value));
    }
}

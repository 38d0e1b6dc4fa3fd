//! Marked points between two steps, where tests cut a run or stop the whole process.
//!
//! In release builds a checkpoint is nothing. In debug builds the process stops dead at the one
//! named by [`stop_at`], and a test may register one at which its own task is dropped.

#[cfg(debug_assertions)]
use std::sync::Mutex;

#[cfg(debug_assertions)]
static STOP_AT: Mutex<Option<String>> = Mutex::new(None);

/// Makes the process abort when it reaches the named checkpoint. Debug builds only.
#[cfg(debug_assertions)]
pub fn stop_at(name: Option<String>) {
    *STOP_AT.lock().expect("no holder of this lock panics") = name;
}

#[cfg(debug_assertions)]
tokio::task_local! {
    /// The checkpoint at which the current task never continues; used by in-process cut tests.
    pub static CUT_AT: &'static str;
}

/// Lets work that goes on in a task of its own be cut where the current task would be.
#[cfg(debug_assertions)]
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let at = CUT_AT.try_with(|at| *at).unwrap_or("nowhere");
    CUT_AT.scope(at, work)
}

/// Lets work go on in a task of its own; in release builds nothing is ever cut.
#[cfg(not(debug_assertions))]
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    work
}

/// Marks a point between two steps.
#[cfg(debug_assertions)]
pub async fn checkpoint(name: &'static str) {
    if STOP_AT.lock().expect("no holder of this lock panics").as_deref() == Some(name) {
        std::process::abort();
    }
    if CUT_AT.try_with(|at| *at == name).unwrap_or(false) {
        std::future::pending::<()>().await;
    }
}

/// Marks a point between two steps; nothing in release builds.
#[cfg(not(debug_assertions))]
pub async fn checkpoint(_name: &'static str) {}

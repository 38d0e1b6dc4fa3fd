//! Marked points between two steps, where tests cut a run or stop the whole process.
//!
//! In release builds a checkpoint is nothing. In debug builds the process stops dead at the one
//! named by [`stop_at`], and [`cut_at`] ends a task at one.

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
    static CUT: Cut;
}

/// Where a task ends, and who is told that it got there.
#[cfg(debug_assertions)]
#[derive(Clone)]
struct Cut {
    at: &'static str,
    reached: std::sync::Arc<tokio::sync::Notify>,
}

/// Runs `work` until it reaches the named checkpoint and goes no further, as if the process had stopped
/// there. `None` when it was cut; its result when it never came by.
#[cfg(debug_assertions)]
pub async fn cut_at<T>(at: &'static str, work: impl Future<Output = T>) -> Option<T> {
    let cut = Cut { at, reached: std::sync::Arc::new(tokio::sync::Notify::new()) };
    let reached = cut.reached.clone();
    tokio::select! {
        biased;
        () = reached.notified() => None,
        result = CUT.scope(cut, work) => Some(result),
    }
}

/// Lets work that goes on in a task of its own be cut where the current task would be.
#[cfg(debug_assertions)]
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let nowhere = || Cut { at: "", reached: std::sync::Arc::default() };
    let cut = CUT.try_with(Cut::clone).unwrap_or_else(|_| nowhere());
    CUT.scope(cut, work)
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
    if let Some(cut) = CUT.try_with(Cut::clone).ok().filter(|cut| cut.at == name) {
        cut.reached.notify_one();
        std::future::pending::<()>().await;
    }
}

/// Marks a point between two steps; nothing in release builds.
#[cfg(not(debug_assertions))]
pub async fn checkpoint(_name: &'static str) {}

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

/// Where a task stands still, who is told that it got there, and what lets it go on.
#[cfg(debug_assertions)]
#[derive(Clone, Default)]
struct Cut {
    at: &'static str,
    reached: std::sync::Arc<tokio::sync::Notify>,
    go_on: std::sync::Arc<tokio::sync::Notify>,
}

/// Runs `work` until it reaches the named checkpoint and goes no further, as if the process had stopped
/// there. `None` when it was cut; its result when it never came by.
#[cfg(debug_assertions)]
pub async fn cut_at<T>(at: &'static str, work: impl Future<Output = T>) -> Option<T> {
    let cut = Cut { at, ..Cut::default() };
    let reached = cut.reached.clone();
    tokio::select! {
        biased;
        () = reached.notified() => None,
        result = CUT.scope(cut, work) => Some(result),
    }
}

/// Runs `work` to the named checkpoint, does `meanwhile`, and lets it go on: a process that was held up there.
/// Panics when it never comes by.
#[cfg(debug_assertions)]
pub async fn held_at<T>(
    at: &'static str,
    work: impl Future<Output = T>,
    meanwhile: impl Future<Output = ()>,
) -> T {
    let cut = Cut { at, ..Cut::default() };
    let (reached, go_on) = (cut.reached.clone(), cut.go_on.clone());
    let work = std::pin::pin!(CUT.scope(cut, work));
    let meanwhile = async {
        reached.notified().await;
        meanwhile.await;
        go_on.notify_one();
    };
    match futures_util::future::select(work, std::pin::pin!(meanwhile)).await {
        futures_util::future::Either::Left(_) => panic!("{at} is not on the way"),
        futures_util::future::Either::Right(((), work)) => work.await,
    }
}

/// Lets work that goes on in a task of its own be cut where the current task would be.
#[cfg(debug_assertions)]
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let cut = CUT.try_with(Cut::clone).unwrap_or_default();
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
        cut.go_on.notified().await;
    }
}

/// Marks a point between two steps; nothing in release builds.
#[cfg(not(debug_assertions))]
pub async fn checkpoint(_name: &'static str) {}

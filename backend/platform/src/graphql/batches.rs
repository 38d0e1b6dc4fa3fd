//! The loads of one operation, run in the operation's own task. Whenever the operation can go no further, all
//! siblings have asked for what they need: only then are their loads begun. On another task, as loaders are
//! made to run, a load may begin while half of the siblings have yet to ask, and take two statements.

use std::future::poll_fn;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, FuturesUnordered};
use futures_util::{Future, Stream, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Batch = BoxFuture<'static, ()>;

/// Takes a loader's batches down, to be begun when the operation waits.
#[derive(Clone)]
pub struct Spawner(UnboundedSender<Batch>);

impl Spawner {
    pub fn spawn(&self, batch: Batch) {
        // Nobody listens any more when the operation is over, and then nobody waits for the load either.
        let _ = self.0.send(batch);
    }
}

/// The batches that one operation has asked for.
pub struct Batches {
    asked: UnboundedReceiver<Batch>,
    running: FuturesUnordered<Batch>,
}

impl Batches {
    pub fn new() -> (Spawner, Self) {
        let (spawner, asked) = unbounded_channel();
        (Spawner(spawner), Self { asked, running: FuturesUnordered::new() })
    }

    /// The operation with its loads.
    pub async fn run<F: Future>(mut self, operation: F) -> F::Output {
        let mut operation = std::pin::pin!(operation);
        poll_fn(move |context| self.poll(context, |context| operation.as_mut().poll(context))).await
    }

    /// The operation's results with its loads.
    pub fn drive<S: Stream>(mut self, operation: S) -> impl Stream<Item = S::Item> {
        let mut operation = Box::pin(operation);
        stream::poll_fn(move |context| self.poll(context, |context| operation.as_mut().poll_next(context)))
    }

    fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        mut operation: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        loop {
            if let Poll::Ready(result) = operation(context) {
                return Poll::Ready(result);
            }
            while let Ok(batch) = self.asked.try_recv() {
                self.running.push(batch);
            }
            match self.running.poll_next_unpin(context) {
                // What was loaded lets the operation go on.
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

//! Each replica reads the feed and tells its own subscribers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::News;
use super::entity::{Column, Entity};
use crate::kernel::Failure;
use crate::platform::Platform;

const POLL: Duration = Duration::from_millis(300);
/// How long a sequence number may be missing before its transaction is taken for rolled back.
const OVERLAP: Duration = Duration::from_secs(30);
/// Rows read at once.
const READ: u64 = 2_000;
/// Missing numbers asked for at once.
const ASK: usize = 500;

/// Where subscribers hear news. A slow subscriber misses hints and reads the object again anyway.
#[derive(Clone)]
pub struct Live {
    sender: broadcast::Sender<News>,
}

impl Default for Live {
    fn default() -> Self {
        Self { sender: broadcast::channel(1024).0 }
    }
}

impl Live {
    pub fn subscribe(&self) -> broadcast::Receiver<News> {
        self.sender.subscribe()
    }
}

/// Reads the feed until stopped.
pub async fn run(platform: Platform, stop: CancellationToken) {
    let mut tail = None;
    while !stop.is_cancelled() {
        let woken = platform.db.news.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        match next(&platform, &mut tail).await {
            // Nobody listening is no error.
            Ok(news) => news.into_iter().for_each(|one| drop(platform.live.sender.send(one))),
            Err(failure) => drop(failure.report()),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = woken => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// What is new; without a beginning, the feed's end is where to begin.
async fn next(platform: &Platform, tail: &mut Option<Tail>) -> Result<Vec<News>, Failure> {
    match tail {
        Some(tail) => tail.read(platform).await,
        None => {
            *tail = Some(Tail::start(platform).await?);
            Ok(vec![])
        }
    }
}

/// How far the feed has been read, and which numbers below that nobody has seen yet.
struct Tail {
    highest: i64,
    /// With the time at which they were missed.
    missing: BTreeMap<i64, Instant>,
}

impl Tail {
    async fn start(platform: &Platform) -> Result<Self, Failure> {
        let newest = Entity::find().order_by_desc(Column::Seq).limit(READ).all(platform.db.read()).await?;
        let mut tail = Self { highest: newest.last().map_or(0, |row| row.seq), missing: BTreeMap::new() };
        for row in newest.iter().rev() {
            tail.take(row.seq, Instant::now());
        }
        Ok(tail)
    }

    async fn read(&mut self, platform: &Platform) -> Result<Vec<News>, Failure> {
        let now = Instant::now();
        self.missing.retain(|_, since| now.duration_since(*since) <= OVERLAP);
        let mut rows = vec![];
        if !self.missing.is_empty() {
            let missing: Vec<i64> = self.missing.keys().copied().take(ASK).collect();
            rows = Entity::find()
                .filter(Column::Seq.is_in(missing))
                .order_by_asc(Column::Seq)
                .all(platform.db.read())
                .await?;
        }
        rows.extend(
            Entity::find()
                .filter(Column::Seq.gt(self.highest))
                .order_by_asc(Column::Seq)
                .limit(READ)
                .all(platform.db.read())
                .await?,
        );
        let news = rows.into_iter().map(|row| {
            self.take(row.seq, now);
            News { topic: row.topic, object_id: row.object_id, seller_id: row.seller_id }
        });
        Ok(news.collect())
    }

    /// Notes a number as seen, and those between it and the highest before it as missing.
    fn take(&mut self, seq: i64, now: Instant) {
        if seq <= self.highest {
            self.missing.remove(&seq);
            return;
        }
        self.missing.extend((self.highest + 1..seq).map(|missed| (missed, now)));
        self.highest = seq;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_commit_late_are_waited_for() {
        let mut tail = Tail { highest: 10, missing: BTreeMap::new() };
        let now = Instant::now();
        [11, 14, 12].into_iter().for_each(|seq| tail.take(seq, now));
        assert_eq!(tail.highest, 14);
        assert_eq!(tail.missing.keys().copied().collect::<Vec<_>>(), [13]);
    }
}

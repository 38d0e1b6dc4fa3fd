//! Each replica reads the feed and tells its own subscribers.

use std::collections::BTreeSet;
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
    let mut tail = Tail::default();
    if let Err(failure) = tail.start(&platform).await {
        failure.report();
    }
    while !stop.is_cancelled() {
        let woken = platform.db.news.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        match tail.read(&platform).await {
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

#[derive(Default)]
struct Tail {
    /// Everything up to here is settled.
    floor: i64,
    seen: BTreeSet<i64>,
    /// Highest numbers by the time they were first seen, to let the floor follow after the overlap.
    marks: Vec<(Instant, i64)>,
}

impl Tail {
    async fn start(&mut self, platform: &Platform) -> Result<(), Failure> {
        let newest = Entity::find().order_by_desc(Column::Seq).one(platform.db.read()).await?;
        self.floor = newest.map_or(0, |row| row.seq);
        Ok(())
    }

    async fn read(&mut self, platform: &Platform) -> Result<Vec<News>, Failure> {
        let rows = Entity::find()
            .filter(Column::Seq.gt(self.floor))
            .order_by_asc(Column::Seq)
            .limit(2000)
            .all(platform.db.read())
            .await?;
        let now = Instant::now();
        let mut news = Vec::new();
        for row in rows {
            if self.seen.insert(row.seq) {
                news.push(News { topic: row.topic, object_id: row.object_id, seller_id: row.seller_id });
            }
        }
        if let (Some(highest), false) = (self.seen.last(), news.is_empty()) {
            self.marks.push((now, *highest));
        }
        self.settle(now);
        Ok(news)
    }

    fn settle(&mut self, now: Instant) {
        let old = self.marks.iter().take_while(|(at, _)| now.duration_since(*at) > OVERLAP).count();
        if let Some((_, floor)) = self.marks.drain(..old).next_back() {
            self.floor = self.floor.max(floor);
            self.seen = self.seen.split_off(&(self.floor + 1));
        }
    }
}

//! What staff see of connections: how all of them are, and everything about one but the values of its tokens.

use chrono::Duration;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{connection, refresh_attempt};
use super::model::{Connection, ConnectionEvent, ConnectionStatus, SecurityEvent};
use super::vault::{self, Pair};
use super::{refresh, security, service, store};
use crate::db::page::{Page, PageRequest, fetch};
use crate::kernel::id::ConnectionId;
use crate::kernel::{Failure, Instant, Staff};
use crate::platform::Platform;

/// How long ago a send may have been recorded to count as open: longer, and nobody waits for it any more.
const OPEN: Duration = Duration::minutes(10);
/// How many generations and sends of a chain are shown.
const SHOWN: u64 = 50;

/// How all connections are.
#[derive(Debug, Clone)]
pub struct Health {
    pub counts: Vec<(String, u64)>,
    /// Refreshes in a row whose outcome nobody knows.
    pub silence: u64,
    /// Whether untouched connections wait for the endpoint to answer a probe.
    pub is_waiting: bool,
    /// Sends of the last ten minutes whose outcome nobody knows.
    pub open_sends: u64,
    /// When the pair was committed that nobody has refreshed for the longest.
    pub oldest_pair: Option<Instant>,
    /// Security events that nobody has looked into.
    pub unseen_events: u64,
}

pub async fn health(platform: &Platform) -> Result<Health, Failure> {
    let db = platform.db.read();
    let silence = refresh::silence(platform).await?;
    let open_sends = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::Outcome.is_null())
        .filter(refresh_attempt::Column::RecordedAt.gt(platform.clock.now() - OPEN))
        .count(db)
        .await?;
    Ok(Health {
        counts: store::count_by_status(db).await?,
        silence,
        is_waiting: refresh::is_waiting(silence),
        open_sends,
        oldest_pair: vault::oldest(db).await?,
        unseen_events: security::count_unseen(platform).await?,
    })
}

/// A page of connections, newest first: all, or those of one status.
pub async fn list(
    platform: &Platform,
    _staff: &Staff,
    status: Option<ConnectionStatus>,
    request: &PageRequest,
) -> Result<Page<(Connection, Option<Pair>)>, Failure> {
    let db = platform.db.read();
    let mut wanted = connection::Entity::find();
    if let Some(status) = status {
        wanted = wanted.filter(connection::Column::Status.eq(status.as_str()));
    }
    let page =
        fetch(wanted, connection::Column::Id, request, |select| async move { select.all(db).await }).await?;
    let page = page.try_map(|row| store::read(platform, &row))?;
    let ids: Vec<ConnectionId> = page.items.iter().map(|one| one.id.clone()).collect();
    let mut pairs = vault::pairs_of(db, &ids).await?;
    Ok(page.map(|one| {
        let pair = pairs.remove(&one.id);
        (one, pair)
    }))
}

/// One recorded send of a refresh token.
#[derive(Debug, Clone)]
pub struct SendFacts {
    pub number: i64,
    pub generation: i64,
    pub owner: String,
    pub recorded_at: Instant,
    /// Nothing while only Airwallex knows.
    pub outcome: Option<String>,
    pub resolved_at: Option<Instant>,
}

/// Everything about one connection.
#[derive(Debug, Clone)]
pub struct Inspection {
    pub connection: Connection,
    /// Airwallex's id of the account; none before the first consent.
    pub account: Option<String>,
    /// Newest first.
    pub pairs: Vec<Pair>,
    /// Newest first.
    pub sends: Vec<SendFacts>,
    /// Oldest first.
    pub timeline: Vec<ConnectionEvent>,
    /// Newest first.
    pub events: Vec<SecurityEvent>,
}

pub async fn inspect(
    platform: &Platform,
    staff: &Staff,
    id: &ConnectionId,
) -> Result<Option<Inspection>, Failure> {
    let db = platform.db.read();
    let Some(row) = store::by_id(db, id).await? else { return Ok(None) };
    let chain = store::chain_of(db, id).await?;
    let (mut pairs, mut sends) = (vec![], vec![]);
    if let Some(chain) = &chain {
        pairs = vault::pairs(db, &chain.id, SHOWN).await?;
        sends = refresh_attempt::Entity::find()
            .filter(refresh_attempt::Column::ChainId.eq(chain.id.clone()))
            .order_by_desc(refresh_attempt::Column::Number)
            .limit(SHOWN)
            .all(db)
            .await?;
    }
    let timeline = service::timelines(platform, std::slice::from_ref(id)).await?;
    Ok(Some(Inspection {
        connection: store::read(platform, &row)?,
        account: chain.map(|chain| chain.account),
        pairs,
        sends: sends.into_iter().map(facts).collect(),
        timeline: timeline.into_iter().map(|(_, step)| step).collect(),
        events: security::recent(platform, staff, Some(id)).await?,
    }))
}

fn facts(row: refresh_attempt::Model) -> SendFacts {
    SendFacts {
        number: row.number,
        generation: row.generation,
        owner: row.owner,
        recorded_at: row.recorded_at,
        outcome: row.outcome,
        resolved_at: row.resolved_at,
    }
}

//! Generations without their values: for staff, and for choosing chains.

use std::collections::HashMap;

use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::stored;
use crate::connections::entity::{chain, connection, generation, refresh_attempt};
use crate::connections::model::{ConnectionStatus, Reason};
use crate::connections::rules;
use crate::kernel::id::{ChainId, ConnectionId};
use crate::kernel::{Failure, Instant};

/// A generation without its tokens.
#[derive(Debug, Clone)]
pub struct Pair {
    pub generation: i64,
    /// The send that brought it; none for a consent's.
    pub attempt: Option<i64>,
    pub committed_at: Instant,
    pub refresh_expires_at: Instant,
    /// When it is renewed if nobody uses it before.
    pub renew_at: Option<Instant>,
    /// When and why its tokens were forgotten.
    pub retired: Option<(Instant, String)>,
}

fn pair(row: generation::Model) -> Pair {
    Pair {
        generation: row.generation,
        attempt: row.attempt,
        committed_at: row.committed_at,
        refresh_expires_at: row.refresh_expires_at,
        renew_at: row.renew_at,
        retired: row.retired_at.map(|at| (at, row.retired_by.unwrap_or_default())),
    }
}

/// The newest generations of a chain.
pub async fn pairs(db: &impl ConnectionTrait, chain: &ChainId, limit: u64) -> Result<Vec<Pair>, Failure> {
    let rows = generation::Entity::find()
        .filter(generation::Column::ChainId.eq(chain.clone()))
        .order_by_desc(generation::Column::Generation)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(pair).collect())
}

/// The stored pair of each of several connections; none where there is no live one.
pub async fn pairs_of(
    db: &impl ConnectionTrait,
    connections: &[ConnectionId],
) -> Result<HashMap<ConnectionId, Pair>, Failure> {
    let chains =
        chain::Entity::find().filter(chain::Column::ConnectionId.is_in(connections.to_vec())).all(db).await?;
    let ids: Vec<ChainId> = chains.iter().map(|chain| chain.id.clone()).collect();
    let rows = generation::Entity::find()
        .filter(generation::Column::ChainId.is_in(ids))
        .filter(generation::Column::RetiredAt.is_null())
        .all(db)
        .await?;
    let owner: HashMap<ChainId, ConnectionId> =
        chains.into_iter().map(|chain| (chain.id, chain.connection_id)).collect();
    Ok(rows.into_iter().filter_map(|row| Some((owner.get(&row.chain_id)?.clone(), pair(row)))).collect())
}

/// When the oldest pair was committed, of all connections that work.
pub async fn oldest(db: &impl ConnectionTrait) -> Result<Option<Instant>, Failure> {
    let row = generation::Entity::find()
        .filter(generation::Column::RetiredAt.is_null())
        .filter(generation::Column::ChainId.in_subquery(working_chains()))
        .order_by_asc(generation::Column::CommittedAt)
        .one(db)
        .await?;
    Ok(row.map(|row| row.committed_at))
}

/// The chains of connections that work.
fn working_chains() -> SelectStatement {
    let connected = connection::Entity::find()
        .select_only()
        .column(connection::Column::Id)
        .filter(connection::Column::Status.eq(ConnectionStatus::Connected.as_str()));
    let chains = chain::Entity::find()
        .select_only()
        .column(chain::Column::Id)
        .filter(chain::Column::ConnectionId.in_subquery(connected.into_query()));
    chains.into_query()
}

/// Where the stored generation of a chain came from, and what is open around it.
pub struct Origin {
    /// When the send was recorded that brought it; of a consent's, when it was committed.
    pub asked_at: Instant,
    /// From a refresh, not from a consent.
    pub is_refreshed: bool,
    /// A send of its parent was left open a short while before, so that it may have been overtaken.
    pub is_doubtful: bool,
    /// A send of its own is still open.
    pub was_repeated: bool,
}

/// Where the stored generation came from, whether it is retired or not.
pub async fn origin(db: &impl ConnectionTrait, chain: &chain::Model) -> Result<Origin, Failure> {
    let row = stored(db, chain).await?.row;
    let open = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(chain.id.clone()))
        .filter(refresh_attempt::Column::Generation.gte(chain.generation - 1))
        .filter(refresh_attempt::Column::Outcome.is_null())
        .all(db)
        .await?;
    let last = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(chain.id.clone()))
        .filter(refresh_attempt::Column::Generation.eq(chain.generation))
        .order_by_desc(refresh_attempt::Column::Number)
        .one(db)
        .await?;
    let send = match row.attempt {
        Some(number) => refresh_attempt::Entity::find_by_id((chain.id.clone(), number)).one(db).await?,
        None => None,
    };
    let is_refreshed = row.attempt.is_some();
    // What was settled, or is long over, overtakes nothing.
    let is_soon = last.is_none_or(|last| last.recorded_at - row.committed_at < rules::DOUBT);
    Ok(Origin {
        asked_at: send.map_or(row.committed_at, |send| send.recorded_at),
        is_refreshed,
        is_doubtful: is_refreshed && is_soon && open.iter().any(|send| send.generation < chain.generation),
        was_repeated: open.iter().any(|send| send.generation == chain.generation),
    })
}

/// Chains that were given up before, and still hold tokens.
pub async fn given_up(db: &impl ConnectionTrait, before: Instant) -> Result<Vec<ChainId>, Failure> {
    let ended = connection::Entity::find()
        .select_only()
        .column(connection::Column::Id)
        .filter(connection::Column::Status.eq(ConnectionStatus::NeedsReauthorization.as_str()))
        .filter(connection::Column::Reason.eq(Reason::OutcomeUnknown.as_str()))
        .filter(connection::Column::UpdatedAt.lt(before));
    let chains = chain::Entity::find()
        .select_only()
        .column(chain::Column::Id)
        .filter(chain::Column::ConnectionId.in_subquery(ended.into_query()));
    let rows = generation::Entity::find()
        .filter(generation::Column::RetiredAt.is_null())
        .filter(generation::Column::ChainId.in_subquery(chains.into_query()))
        .limit(rules::RENEWALS)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.chain_id).collect())
}

/// Chains that nobody has used for so long that they are to be renewed, the longest due first.
pub async fn idle(db: &impl ConnectionTrait, now: Instant) -> Result<Vec<(ChainId, i64)>, Failure> {
    // Rows of earlier versions do not say when.
    let unsaid =
        generation::Column::RenewAt.is_null().and(generation::Column::CommittedAt.lt(now - rules::UNSAID));
    let rows = generation::Entity::find()
        .filter(generation::Column::RetiredAt.is_null())
        .filter(Condition::any().add(generation::Column::RenewAt.lte(now)).add(unsaid))
        .filter(generation::Column::ChainId.in_subquery(working_chains()))
        .order_by_asc(generation::Column::RenewAt)
        .limit(rules::RENEWALS)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.chain_id, row.generation)).collect())
}

/// Chains that hold tokens.
pub async fn holding(db: &impl ConnectionTrait) -> Result<Vec<ChainId>, Failure> {
    let live = generation::Entity::find()
        .select_only()
        .column(generation::Column::ChainId)
        .filter(generation::Column::RetiredAt.is_null());
    Ok(live.into_tuple().all(db).await?)
}

/// How many generations still hold a value although they are retired: none, ever.
#[cfg(test)]
pub async fn retired_with_values(db: &impl ConnectionTrait) -> Result<u64, Failure> {
    use sea_orm::PaginatorTrait;
    let holds = Condition::any()
        .add(generation::Column::AccessSealed.is_not_null())
        .add(generation::Column::RefreshSealed.is_not_null());
    let retired = generation::Entity::find().filter(generation::Column::RetiredAt.is_not_null());
    Ok(retired.filter(holds).count(db).await?)
}

//! A chain as the rotation protocol sees it, read in the transaction that writes down what the protocol says.

use rotation::{Lease, Outcome, Send, Standing};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::super::entity::{chain, connection, refresh_attempt};
use super::super::model::{ConnectionStatus, Reason};
use super::super::store;
use crate::kernel::id::ChainId;
use crate::kernel::{Failure, Instant};

/// Owners are named by their instance, which is new at each start.
pub type Chain = rotation::Chain<String>;

/// Everything that the protocol's next step depends on.
pub async fn read(db: &impl ConnectionTrait, row: &chain::Model) -> Result<Chain, Failure> {
    let connection = store::by_id(db, &row.connection_id).await?;
    let last = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(row.id.clone()))
        .order_by_desc(refresh_attempt::Column::Number)
        .one(db)
        .await?;
    Ok(Chain {
        generation: row.generation,
        standing: connection.as_ref().map_or(Standing::Over, standing),
        last_number: last.map_or(0, |last| last.number),
        sends: sends_of(db, &row.id, row.generation).await?,
        lease: row.lease_owner.clone().zip(row.lease_until).map(|(holder, until)| Lease { holder, until }),
    })
}

fn standing(row: &connection::Model) -> Standing {
    if row.status == ConnectionStatus::Connected.as_str() {
        Standing::Connected
    } else if row.status == ConnectionStatus::NeedsReauthorization.as_str()
        && row.reason == Reason::OutcomeUnknown.as_str()
    {
        Standing::Unknown
    } else {
        Standing::Over
    }
}

/// Every recorded send of a generation, oldest first.
async fn sends_of(
    db: &impl ConnectionTrait,
    id: &ChainId,
    generation: i64,
) -> Result<Vec<Send<String>>, Failure> {
    let rows = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(id.clone()))
        .filter(refresh_attempt::Column::Generation.eq(generation))
        .order_by_asc(refresh_attempt::Column::Number)
        .all(db)
        .await?;
    rows.into_iter().map(send).collect()
}

fn send(row: refresh_attempt::Model) -> Result<Send<String>, Failure> {
    let unknown = |text: &str| Failure::new(format!("a send of chain {} ended {text}", row.chain_id));
    let outcome = row.outcome.as_deref().map(|text| Outcome::parse(text).ok_or_else(|| unknown(text)));
    Ok(Send {
        number: row.number,
        owner: row.owner.clone(),
        recorded_at: row.recorded_at,
        outcome: outcome.transpose()?,
        resolved_at: row.resolved_at,
    })
}

/// When the newest send of the stored generation that is still open was recorded.
pub async fn newest_open_send(
    db: &impl ConnectionTrait,
    row: &chain::Model,
) -> Result<Option<Instant>, Failure> {
    let sends = sends_of(db, &row.id, row.generation).await?;
    Ok(sends.iter().filter(|send| send.is_open()).map(|send| send.recorded_at).max())
}

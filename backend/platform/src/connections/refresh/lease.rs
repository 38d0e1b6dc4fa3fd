//! Who is at a chain. Safety does not rest on it: it only keeps replicas from meeting.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::super::entity::chain;
use crate::db::Tx;
use crate::kernel::Failure;
use crate::kernel::id::ChainId;

/// A lease that was taken, named so that only its owner gives it back.
#[derive(Debug, Clone)]
pub struct Hold {
    pub chain: ChainId,
    pub owner: String,
}

/// Two tasks that want the same chain take turns here, on both databases. Comes first in every
/// transaction that decides about a chain, before anything about it is read.
pub async fn lock_chain(tx: &Tx, id: &ChainId) -> Result<(), Failure> {
    chain::Entity::update_many()
        .col_expr(chain::Column::Generation, Expr::col(chain::Column::Generation))
        .filter(chain::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Takes the lease for `life` on the lease clock, whoever held it.
pub async fn hold(tx: &Tx, chain: &ChainId, owner: String, life: Duration) -> Result<Hold, Failure> {
    let until = tx.lease_now().await? + life;
    chain::Entity::update_many()
        .set(chain::ActiveModel {
            lease_owner: Set(Some(owner.clone())),
            lease_until: Set(Some(until)),
            ..Default::default()
        })
        .filter(chain::Column::Id.eq(chain.clone()))
        .exec(&**tx)
        .await?;
    Ok(Hold { chain: chain.clone(), owner })
}

/// Gives one's own lease back; somebody else's stays.
pub async fn release(tx: &Tx, hold: &Hold) -> Result<(), Failure> {
    chain::Entity::update_many()
        .set(chain::ActiveModel { lease_owner: Set(None), lease_until: Set(None), ..Default::default() })
        .filter(chain::Column::Id.eq(hold.chain.clone()))
        .filter(chain::Column::LeaseOwner.eq(hold.owner.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

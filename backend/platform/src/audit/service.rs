//! Writing and reading the log.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{ActiveModel, Column, Entity};
use crate::db::Tx;
use crate::kernel::id::{AuditEventId, SellerId};
use crate::kernel::{Failure, Instant, Staff, Who};
use crate::platform::Platform;

/// Writes one entry. `detail` holds no secret and no personal data beyond ids.
pub async fn record(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    action: &'static str,
    object_id: &str,
    seller: Option<&SellerId>,
    detail: &str,
) -> Result<(), Failure> {
    let row = ActiveModel {
        id: Set(AuditEventId::generate(&*platform.clock, &*platform.random)),
        at: Set(platform.clock.now()),
        actor: Set(who.who()),
        action: Set(action.to_owned()),
        object_id: Set(object_id.to_owned()),
        seller_id: Set(seller.map(ToString::to_string)),
        detail: Set(detail.to_owned()),
    };
    Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// One entry, for staff.
#[derive(Debug, Clone)]
pub struct Entry {
    pub at: Instant,
    pub actor: String,
    pub action: String,
    pub detail: String,
}

/// The newest entries about an object.
pub async fn recent(platform: &Platform, _staff: &Staff, object_id: &str) -> Result<Vec<Entry>, Failure> {
    let rows = Entity::find()
        .filter(Column::ObjectId.eq(object_id))
        .order_by_desc(Column::Id)
        .limit(100)
        .all(platform.db.read())
        .await?;
    let shown = rows.into_iter().map(|row| Entry {
        at: row.at,
        actor: row.actor,
        action: row.action,
        detail: row.detail,
    });
    Ok(shown.collect())
}

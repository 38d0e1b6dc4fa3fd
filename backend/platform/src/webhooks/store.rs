//! The inbox.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entity::{ActiveModel, Column, Entity, Model};
use crate::db::Tx;
use crate::kernel::id::WebhookEventId;
use crate::kernel::{Failure, Instant, Staff, System};

/// Stores an event unless it is there already; answers whether it was new.
pub(super) async fn insert(tx: &Tx, row: ActiveModel) -> Result<bool, Failure> {
    let added = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::UpstreamId).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    Ok(added == 1)
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    _: &System,
    id: &WebhookEventId,
) -> Result<Option<Model>, Failure> {
    Ok(Entity::find_by_id(id.clone()).one(db).await?)
}

pub(super) async fn settle(
    tx: &Tx,
    row: &Model,
    status: &str,
    detail: &str,
    now: Instant,
) -> Result<(), Failure> {
    Entity::update_many()
        .set(ActiveModel {
            status: Set(status.to_owned()),
            detail: Set(Some(detail.to_owned())),
            attempts: Set(row.attempts + 1),
            settled_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(Column::Id.eq(row.id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

pub(super) async fn count(db: &impl ConnectionTrait, _: &Staff, status: &str) -> Result<u64, Failure> {
    Ok(Entity::find().filter(Column::Status.eq(status)).count(db).await?)
}

/// The newest events, of one status or of all.
pub(super) async fn newest(
    db: &impl ConnectionTrait,
    _: &Staff,
    status: Option<&str>,
) -> Result<Vec<Model>, Failure> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(100);
    if let Some(status) = status {
        select = select.filter(Column::Status.eq(status));
    }
    Ok(select.all(db).await?)
}

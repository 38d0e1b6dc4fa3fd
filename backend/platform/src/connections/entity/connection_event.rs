use sea_orm::entity::prelude::*;

use crate::kernel::id::{ConnectionEventId, ConnectionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connection_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConnectionEventId,
    pub connection_id: ConnectionId,
    /// The steps' order, from 1.
    pub number: i64,
    pub status: String,
    pub reason: String,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

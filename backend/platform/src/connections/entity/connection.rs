use sea_orm::entity::prelude::*;

use crate::kernel::id::{ConnectionId, SellerId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConnectionId,
    pub seller_id: SellerId,
    pub status: String,
    pub reason: String,
    pub scopes: String,
    /// Granted or not, Airwallex refused what they are needed for.
    pub denied_scopes: String,
    pub connected_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

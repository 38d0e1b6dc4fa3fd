use sea_orm::entity::prelude::*;

use crate::kernel::id::{ChainId, ConnectionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_chain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChainId,
    pub application: String,
    pub account: String,
    pub connection_id: ConnectionId,
    pub generation: i64,
    pub lease_owner: Option<String>,
    pub lease_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

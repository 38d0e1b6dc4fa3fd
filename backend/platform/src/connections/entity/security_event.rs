use sea_orm::entity::prelude::*;

use crate::kernel::id::{ChainId, ConnectionId, PersonId, SecurityEventId, SellerId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "security_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SecurityEventId,
    pub kind: String,
    pub connection_id: ConnectionId,
    pub seller_id: SellerId,
    pub chain_id: ChainId,
    pub generation: i64,
    /// Who was at it, as in the audit log.
    pub actor: String,
    /// What the code was doing, and at which replica.
    pub place: String,
    pub detail: String,
    pub at: DateTimeUtc,
    pub seen_at: Option<DateTimeUtc>,
    pub seen_by: Option<PersonId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

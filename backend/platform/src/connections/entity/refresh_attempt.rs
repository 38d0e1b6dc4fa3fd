use sea_orm::entity::prelude::*;

use crate::kernel::id::ChainId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain_id: ChainId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub generation: i64,
    pub owner: String,
    pub recorded_at: DateTimeUtc,
    pub outcome: Option<String>,
    pub resolved_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

use sea_orm::entity::prelude::*;

use crate::kernel::id::PayoutId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payout_send")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub payout_id: PayoutId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub recorded_at: DateTimeUtc,
    pub outcome: Option<String>,
    pub detail: Option<String>,
    pub resolved_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

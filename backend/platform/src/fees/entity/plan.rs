use sea_orm::entity::prelude::*;

use crate::kernel::id::FeePlanId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fee_plan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FeePlanId,
    pub name: String,
    pub percentage: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

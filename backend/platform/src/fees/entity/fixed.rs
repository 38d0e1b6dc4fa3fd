use sea_orm::entity::prelude::*;

use crate::kernel::id::FeePlanId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fee_plan_fixed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub fee_plan_id: FeePlanId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    pub amount_minor: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

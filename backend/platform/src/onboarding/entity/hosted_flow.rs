use sea_orm::entity::prelude::*;

use crate::kernel::id::{AccountId, HostedFlowId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hosted_flow")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HostedFlowId,
    pub account_id: AccountId,
    pub upstream_id: Option<String>,
    pub status: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

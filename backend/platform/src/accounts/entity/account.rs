use sea_orm::entity::prelude::*;

use crate::kernel::id::{AccountId, SellerId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    pub seller_id: SellerId,
    pub upstream_id: String,
    pub status: String,
    pub status_text: String,
    pub name: Option<String>,
    pub wallet_name: Option<String>,
    pub wallet_number: Option<String>,
    pub next_action: Option<String>,
    pub linked: bool,
    pub synced_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

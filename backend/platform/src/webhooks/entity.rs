use sea_orm::entity::prelude::*;

use crate::kernel::id::WebhookEventId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookEventId,
    pub upstream_id: String,
    pub name: String,
    pub account: Option<String>,
    pub body: String,
    pub status: String,
    pub detail: Option<String>,
    pub attempts: i32,
    pub occurred_at: Option<DateTimeUtc>,
    pub received_at: DateTimeUtc,
    pub settled_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

use sea_orm::entity::prelude::*;

use crate::kernel::id::{AttemptId, PersonId, SellerId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttemptId,
    pub seller_id: SellerId,
    pub person_id: PersonId,
    pub sign_up: bool,
    pub scopes: String,
    pub state_hash: Option<String>,
    pub cookie_hash: Option<String>,
    pub verifier_sealed: Option<String>,
    pub pair_sealed: Option<String>,
    pub status: String,
    pub outcome: Option<String>,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

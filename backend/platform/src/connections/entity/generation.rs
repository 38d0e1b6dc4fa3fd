use sea_orm::entity::prelude::*;

use crate::kernel::id::ChainId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_generation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain_id: ChainId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub generation: i64,
    pub attempt: Option<i64>,
    pub access_sealed: Option<String>,
    pub refresh_sealed: Option<String>,
    pub refresh_hash: String,
    pub access_expires_at: DateTimeUtc,
    pub refresh_expires_at: DateTimeUtc,
    pub committed_at: DateTimeUtc,
    /// When it is renewed if nobody uses it before; absent in rows of earlier versions.
    pub renew_at: Option<DateTimeUtc>,
    pub retired_at: Option<DateTimeUtc>,
    pub retired_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

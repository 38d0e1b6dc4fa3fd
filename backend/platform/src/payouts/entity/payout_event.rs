use sea_orm::entity::prelude::*;

use crate::kernel::id::{PayoutEventId, PayoutId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payout_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PayoutEventId,
    pub payout_id: PayoutId,
    /// The payout's revision that the step made; the steps' order.
    pub number: i64,
    pub status: String,
    pub cause: String,
    pub detail: Option<String>,
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

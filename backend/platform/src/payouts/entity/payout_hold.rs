use sea_orm::entity::prelude::*;

use crate::kernel::id::{AccountId, PayoutHoldId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payout_hold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PayoutHoldId,
    /// What it is there for, once: a restore, or a transfer that nobody here knows.
    pub cause: String,
    /// Airwallex's id of the account whose payouts wait; all of them if there is none.
    pub acting_account: Option<String>,
    /// The oldest commit that may be lost.
    pub since: DateTimeUtc,
    pub made_at: DateTimeUtc,
    /// How far the accounts have been compared.
    pub looked_to: Option<AccountId>,
    pub released_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

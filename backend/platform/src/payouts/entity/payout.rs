use sea_orm::entity::prelude::*;

use crate::kernel::id::{AccountId, BeneficiaryId, FeePlanId, PayoutId, SellerId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payout")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PayoutId,
    pub seller_id: SellerId,
    pub account_id: AccountId,
    pub beneficiary_id: BeneficiaryId,
    pub reference: String,
    pub status: String,
    pub reason: Option<String>,
    pub revision: i64,
    pub amount_minor: i64,
    pub currency: String,
    pub fee_minor: i64,
    pub fee_plan_id: Option<FeePlanId>,
    pub request_id: String,
    pub acting_account: String,
    pub api_version: String,
    pub body: String,
    pub upstream_id: Option<String>,
    pub upstream_reference: Option<String>,
    pub upstream_status: Option<String>,
    pub first_sent_at: Option<DateTimeUtc>,
    pub checked_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

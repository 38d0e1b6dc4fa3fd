use sea_orm::entity::prelude::*;

use crate::kernel::id::{AccountId, BeneficiaryId, SellerId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "beneficiary")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BeneficiaryId,
    pub seller_id: SellerId,
    pub account_id: AccountId,
    pub status: String,
    pub upstream_id: Option<String>,
    pub request_id: String,
    pub country: String,
    pub currency: String,
    pub transfer_method: String,
    pub clearing_system: Option<String>,
    pub entity_type: String,
    pub holder: String,
    pub bank: Option<String>,
    pub nickname: Option<String>,
    pub number_last: String,
    pub fingerprint: String,
    pub document_sealed: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

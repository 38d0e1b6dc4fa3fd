//! Beneficiaries as other features know them.

use crate::kernel::id::{AccountId, BeneficiaryId, SellerId};
use crate::kernel::{Instant, words};

words! {
    /// Whether a beneficiary can be paid.
    BeneficiaryStatus {
        /// Being created at Airwallex; the outcome is not known yet.
        Pending = "PENDING",
        Active = "ACTIVE",
        /// Airwallex refused it.
        Refused = "REFUSED",
    }
}

/// A bank account to pay to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beneficiary {
    pub id: BeneficiaryId,
    pub seller: SellerId,
    pub account: AccountId,
    pub status: BeneficiaryStatus,
    pub upstream_id: Option<String>,
    pub country: String,
    pub currency: String,
    pub transfer_method: String,
    pub clearing_system: Option<String>,
    pub entity_type: String,
    /// The name on the account.
    pub holder: String,
    pub bank: Option<String>,
    /// What the seller calls it.
    pub nickname: Option<String>,
    /// The last four characters of the account's number.
    pub number_last: String,
    pub created_at: Instant,
}

impl Beneficiary {
    /// As people call it: `Harbour Bank, 1107`, or `Main (Harbour Bank, 1107)`.
    pub fn label(&self) -> String {
        let name = format!("{}, {}", self.bank.as_deref().unwrap_or(&self.holder), self.number_last);
        self.nickname.as_ref().map_or(name.clone(), |nickname| format!("{nickname} ({name})"))
    }
}

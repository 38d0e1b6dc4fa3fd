//! Payouts as other features know them.

use crate::kernel::id::{AccountId, BeneficiaryId, PayoutId, SellerId};
use crate::kernel::{Instant, Money, words};

words! {
    /// Where a payout stands.
    PayoutStatus {
        Draft = "DRAFT",
        AwaitingApproval = "AWAITING_APPROVAL",
        Approved = "APPROVED",
        Planned = "PLANNED",
        Submitting = "SUBMITTING",
        /// The outcome of a send is not known.
        Reconciling = "RECONCILING",
        Submitted = "SUBMITTED",
        Scheduled = "SCHEDULED",
        Processing = "PROCESSING",
        Sent = "SENT",
        Paid = "PAID",
        /// Failed after it was paid: the bank sent it back.
        Returned = "RETURNED",
        Overdue = "OVERDUE",
        CancellationRequested = "CANCELLATION_REQUESTED",
        Cancelled = "CANCELLED",
        Failed = "FAILED",
    }
}

/// Money on its way to a seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    pub id: PayoutId,
    pub seller: SellerId,
    pub account: AccountId,
    pub beneficiary: BeneficiaryId,
    pub reference: String,
    pub status: PayoutStatus,
    /// Why it failed or came back: Airwallex's code, or a word of ours.
    pub reason: Option<String>,
    /// What the beneficiary gets.
    pub amount: Money,
    /// Our application fee, charged on top.
    pub fee: Money,
    /// Whom the frozen body pays: Airwallex's id of the bank account.
    pub payee: Option<String>,
    pub request_id: String,
    /// The connected account that pays.
    pub acting_account: String,
    pub upstream_id: Option<String>,
    pub upstream_reference: Option<String>,
    /// Airwallex's own word, when we do not know it.
    pub upstream_status: Option<String>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Payout {
    /// What leaves the seller's balance.
    pub fn total(&self) -> Money {
        self.amount.checked_add(self.fee).unwrap_or(self.amount)
    }
}

/// One step of a payout's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutEvent {
    pub status: PayoutStatus,
    /// Who or what caused it, such as `created` or `event payout.transfer.paid`.
    pub cause: String,
    pub detail: Option<String>,
    pub at: Instant,
}

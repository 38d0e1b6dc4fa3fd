//! Sellers as other features know them.

use crate::kernel::Instant;
use crate::kernel::id::{FeePlanId, SellerId};

/// Who is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    pub id: SellerId,
    pub name: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// What its payouts are charged by; the operator's default when absent.
    pub fee_plan: Option<FeePlanId>,
    pub created_at: Instant,
}

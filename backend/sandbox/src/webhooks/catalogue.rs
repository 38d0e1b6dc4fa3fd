//! The names of events (01 §e.7, D): which there are, which versions tell them, and which scope lets an
//! application hear them (01 §a.8).

use crate::wire::Version;
use crate::world::World;

/// Every name of a family that is listed name by name. Beneficiaries and hosted flows have none.
const FAMILIES: &[(&str, &[&str])] = &[
    ("account.", &["submitted", "action_required", "active", "suspended", "connected", "dormant", "closed"]),
    ("account_amendment.", &["approved", "rejected"]),
    ("account_capability.", &["pending", "enabled", "disabled"]),
    ("connection.", &["disconnected"]),
    ("partner_connection.", &["disconnected"]),
    (
        "payout.transfer.",
        &[
            "in_approval",
            "approval_recalled",
            "approval_rejected",
            "approval_blocked",
            "scheduled",
            "overdue",
            "processing",
            "sent",
            "paid",
            "failed",
            "cancellation_requested",
            "cancelled",
        ],
    ),
    (
        "payout.transfer.funding.",
        &[
            "requires_funding_confirmation",
            "scheduled",
            "processing",
            "funded",
            "failed",
            "cancelled",
            "reversed",
        ],
    ),
    ("connected_account_transfer.", &["new", "pending", "settled", "suspended", "failed"]),
    ("charge.", &["new", "pending", "settled", "suspended", "failed"]),
    ("wallet_transfer.", &["created", "processing", "sent", "settled", "failed"]),
    ("deposit.", &["pending", "settled", "rejected", "reversed"]),
    ("balance.", &["va.top_up", "ga.top_up", "adjustment"]),
    ("global_account.", &["active", "closed", "failed"]),
    ("ga.", &["new"]),
    ("conversion.", &["scheduled", "overdue", "settled", "cancelled"]),
    ("linked_account.", &["requires_action", "processing", "succeeded", "failed", "suspended"]),
    ("direct_debit.", &["created", "in_review", "pending", "rejected", "returned", "settled"]),
    ("rfi.", &["action_required", "answered", "closed"]),
    ("refund.", &["received", "accepted", "settled", "failed"]),
    ("payment_link.", &["created", "paid"]),
    ("funds_split.", &["created", "failed", "released", "settled"]),
    ("platform_report.", &["completed", "failed"]),
    ("platform_liquidity_program.", &["low_balance"]),
    ("fraud.", &["merchant_notified"]),
    ("payment.bank.statements.", &["file"]),
];

/// Families of which only the beginning is known, or that nothing here ever tells.
const OPEN: [&str; 18] = [
    "payout.batch_transfers.",
    "batch_transfers.",
    "payment_intent.",
    "payment_attempt.",
    "payment_consent.",
    "payment_method.",
    "customer.",
    "payment_dispute.",
    "psp_settlement_intent.",
    "psp_settlement_deposit.",
    "psp_settlement_split.",
    "issuing.",
    "invoice.",
    "subscription.",
    "billing_checkout.",
    "billing_transaction.",
    "spend.",
    "tax.tax_form.",
];

/// Told from this version on.
const SINCE: [(&str, &str); 3] =
    [("account.dormant", "2026-08-21"), ("account.closed", "2026-08-21"), ("global_account.", "2025-04-25")];
/// Told before this version.
const BEFORE: [(&str, &str); 1] = [("ga.new", "2025-04-25")];

/// Which scope unlocks an event. `global_account.` is here as what `ga.` became (A).
const UNLOCKED: [(&str, &str); 24] = [
    ("account.", "account_details:read"),
    ("balance.", "balance:read"),
    ("batch_transfers.", "transfer:read"),
    ("billing_checkout.", "billing.checkout:read"),
    ("billing_transaction.", "billing.transaction:read"),
    ("conversion.", "fx.conversion:read"),
    ("customer.", "payment_acceptance:read"),
    ("funds_split.", "funds_split:read"),
    ("ga.", "global_account:read"),
    ("global_account.", "global_account:read"),
    ("invoice.", "billing.invoice:read"),
    ("issuing.", "issuing.transaction:read"),
    ("payment_attempt.", "payment_acceptance:read"),
    ("payment_consent.", "payment_acceptance:read"),
    ("payment_dispute.", "payment_dispute:read"),
    ("payment_intent.", "payment_acceptance:read"),
    ("payment_link.", "payment_link:read"),
    ("payment_method.", "payment_acceptance:read"),
    ("payout.", "transfer:read"),
    ("refund.", "payment_acceptance:read"),
    ("rfi.", "risk.rfi:read"),
    ("spend.bill.", "spend.bill:read"),
    ("subscription.", "billing.subscription:read"),
    ("wallet_transfer.", "transfer:read"),
];

/// Whether there is such an event.
pub fn is_event(name: &str) -> bool {
    let is_listed = |(family, names): &(&str, &[&str])| {
        name.strip_prefix(family).is_some_and(|rest| names.contains(&rest))
    };
    FAMILIES.iter().any(is_listed)
        || OPEN.iter().any(|family| name.starts_with(family) && name.len() > family.len())
}

/// Whether a subscription of this version hears it.
pub fn is_told(name: &str, version: Version) -> bool {
    SINCE.iter().all(|(start, since)| !name.starts_with(start) || version.has(since))
        && BEFORE.iter().all(|(start, before)| !name.starts_with(start) || !version.has(before))
}

/// The scope that an account must have granted for an application to hear of it.
pub fn scope_for(name: &str) -> Option<&'static str> {
    UNLOCKED.iter().find(|(start, _)| name.starts_with(start)).map(|(_, scope)| *scope)
}

/// Whether an application may hear of it at all: of its connections always, otherwise what a scope unlocks (D).
pub fn is_unlockable(name: &str) -> bool {
    scope_for(name).is_some() || name.starts_with("connection.") || name.starts_with("partner_connection.")
}

/// An id as its family writes it (C): no shape is promised, and clients have to live with all of them.
pub fn new_id(world: &mut World, name: &str) -> String {
    if name.starts_with("account.") {
        return world.token("evt_");
    }
    let uuid = world.uuid();
    if name.starts_with("deposit.") || name.starts_with("ga.") {
        return format!("{uuid}_{name}");
    }
    match name.strip_prefix("conversion.") {
        Some(what) => format!("{uuid}{}", what.to_uppercase()),
        None => uuid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::scopes;

    #[test]
    fn only_documented_names_are_events() {
        for name in ["account.active", "payout.transfer.funding.funded", "issuing.card.active", "ga.new"] {
            assert!(is_event(name), "{name}");
        }
        for name in ["account.status_changed", "beneficiary.created", "issuing.", "payout.transfer.", "paid"]
        {
            assert!(!is_event(name), "{name}");
        }
    }

    #[test]
    fn names_came_and_went_with_versions() {
        let told = |name, version| is_told(name, Version::parse(version).expect("served"));
        assert!(told("ga.new", "2025-02-14") && !told("ga.new", "2025-04-25"));
        assert!(!told("global_account.active", "2025-02-14") && told("global_account.active", "2025-04-25"));
        assert!(!told("account.dormant", "2026-07-17") && told("account.dormant", "2026-08-21"));
        assert!(told("account.active", "2024-09-27"));
    }

    #[test]
    fn every_scope_that_unlocks_something_can_be_granted() {
        for (event, scope) in UNLOCKED {
            assert!(scopes::is_known(scope), "{event}: {scope}");
            assert!(scopes::covers(&[scope.to_owned()], scope), "{event}: {scope}");
        }
    }
}

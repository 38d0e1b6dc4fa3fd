//! Glyph, tone and words of each status, for sellers and for staff.

use serde::Serialize;

use crate::payouts::PayoutStatus;

/// Glyph, tone and words of a status.
#[derive(Debug, Clone, Serialize)]
pub struct Mark {
    pub glyph: &'static str,
    pub tone: &'static str,
    pub word: &'static str,
}

/// As sellers read it.
pub fn mark_for_seller(status: PayoutStatus) -> Mark {
    use PayoutStatus as S;
    let (glyph, tone, word) = match status {
        S::Draft => ("broken", "slate", "Not sent yet"),
        S::AwaitingApproval => ("bars", "ochre", "Waiting for approval"),
        S::Approved | S::Planned | S::Scheduled => ("clock", "petrol", "Starts today"),
        S::Submitting | S::Submitted | S::Processing => ("half", "petrol", "On its way"),
        S::Sent => ("three", "petrol", "Sent to bank"),
        S::Paid => ("full", "moss", "Arrived"),
        S::Overdue => ("triangle", "ochre", "Waiting for your balance"),
        S::Reconciling => ("question", "plum", "Checking with Airwallex"),
        S::Returned => ("back", "madder", "Came back"),
        S::Failed => ("octagon", "madder", "Did not go through"),
        S::CancellationRequested => ("stroke", "ochre", "Asked to stop"),
        S::Cancelled => ("stroke", "slate", "Cancelled"),
    };
    Mark { glyph, tone, word }
}

/// As staff read it.
pub fn mark_for_staff(status: PayoutStatus) -> Mark {
    use PayoutStatus as S;
    let word = match status {
        S::Draft => "Draft",
        S::AwaitingApproval => "Waiting for approval",
        S::Approved => "Approved",
        S::Planned => "Planned",
        S::Scheduled => "Scheduled",
        S::Submitting => "Submitting",
        S::Submitted => "Submitted",
        S::Processing => "Processing",
        S::Sent => "Sent to bank",
        S::Paid => "Paid",
        S::Overdue => "Needs funds",
        S::Reconciling => "Checking",
        S::Returned => "Returned",
        S::Failed => "Failed",
        S::CancellationRequested => "Cancel asked",
        S::Cancelled => "Cancelled",
    };
    Mark { word, ..mark_for_seller(status) }
}

//! What may be paid out, which moves are legal, and what to do after a send. Pure.

use chrono::Duration;

use super::error::PayoutRefusal;
use super::model::PayoutStatus as Status;
use crate::accounts::{Account, AccountStatus};
use crate::beneficiaries::{Beneficiary, BeneficiaryStatus};
use crate::kernel::{Instant, Money};

/// Whether this may be paid out at all.
pub fn may_create(
    account: &Account,
    beneficiary: &Beneficiary,
    amount: Money,
    reference: &str,
) -> Result<(), PayoutRefusal> {
    if !amount.is_positive() {
        return Err(PayoutRefusal::AmountNotPositive);
    }
    if !is_reference(reference) {
        return Err(PayoutRefusal::ReferenceInvalid);
    }
    if account.status != AccountStatus::Active {
        return Err(PayoutRefusal::AccountNotActive);
    }
    if !account.linked {
        return Err(PayoutRefusal::NotLinked);
    }
    if beneficiary.status != BeneficiaryStatus::Active || beneficiary.account != account.id {
        return Err(PayoutRefusal::BeneficiaryNotReady);
    }
    if beneficiary.currency != amount.currency().code() {
        return Err(PayoutRefusal::CurrencyMismatch { takes: beneficiary.currency.clone() });
    }
    Ok(())
}

/// Whether a text may stand on a bank statement.
pub fn is_reference(text: &str) -> bool {
    (1..=140).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// What Airwallex says about a transfer, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    Is(Status),
    /// Failed, whatever came before; the code if one was told.
    Failed(Option<String>),
    /// Cancelled without a failure.
    Cancelled,
    /// A word that we do not know; kept, changes nothing.
    Unknown(String),
}

/// What a report does to a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    To(Status),
    /// The same as now, or older than what we know.
    None,
}

/// How far along the way a status is; only growing ranks apply.
fn rank(status: Status) -> u8 {
    match status {
        Status::Draft | Status::AwaitingApproval | Status::Approved | Status::Planned => 0,
        Status::Submitting | Status::Reconciling => 1,
        Status::Submitted => 2,
        Status::Scheduled => 3,
        Status::Overdue => 4,
        Status::Processing => 5,
        Status::CancellationRequested => 6,
        Status::Sent => 7,
        Status::Paid => 8,
        Status::Failed | Status::Returned | Status::Cancelled => 9,
    }
}

/// Applies a report. `is_known_upstream` tells whether our end state came from Airwallex: an end of our
/// own making yields to evidence that the transfer exists.
pub fn next(now: Status, is_known_upstream: bool, report: &Report) -> Move {
    let is_ended = matches!(now, Status::Failed | Status::Returned | Status::Cancelled);
    let target = match report {
        // Whatever the word means, the transfer is there.
        Report::Unknown(_) => Status::Submitted,
        Report::Failed(_) if now == Status::Paid => Status::Returned,
        Report::Failed(_) => Status::Failed,
        Report::Cancelled => Status::Cancelled,
        Report::Is(status) => *status,
    };
    if is_ended && is_known_upstream {
        return match (now, target) {
            // A cancellation that turns out to be a failure is told as one.
            (Status::Cancelled, Status::Failed) => Move::To(Status::Failed),
            // Told in the wrong order: it had been paid before it failed.
            (Status::Failed, Status::Paid) => Move::To(Status::Returned),
            _ => Move::None,
        };
    }
    if is_ended {
        return if target == now { Move::None } else { Move::To(target) };
    }
    // A plain cancellation cannot undo what a bank has confirmed.
    if now == Status::Paid && target == Status::Cancelled {
        return Move::None;
    }
    // Too late to cancel: the transfer goes on to the bank.
    if rank(target) > rank(now) { Move::To(target) } else { Move::None }
}

/// Whether our own steps may make this move; Airwallex's reports go through [`next`].
pub fn may_move(from: Status, to: Status) -> bool {
    use Status::{
        Approved, AwaitingApproval, Cancelled, Draft, Failed, Planned, Reconciling, Submitted, Submitting,
    };
    matches!(
        (from, to),
        (Draft, AwaitingApproval | Approved | Cancelled)
            | (AwaitingApproval, Approved | Cancelled)
            // To RECONCILING when a restore may have lost the record of a send.
            | (Approved, Planned | Submitting | Reconciling | Cancelled)
            | (Planned, Submitting | Reconciling | Cancelled)
            | (Submitting, Reconciling | Submitted | Failed)
            | (Reconciling, Submitted | Failed)
    )
}

/// How a recorded send ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    /// Not answered in a way that tells what happened.
    Open,
    NotExecuted,
    Refused,
    /// Created, or known as a duplicate: there is a transfer.
    Exists,
}

/// A recorded send of the payout's frozen body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Send {
    pub recorded_at: Instant,
    pub outcome: SendOutcome,
}

/// `request_id`s are remembered upstream for seven days; an hour of margin.
pub const RESEND_WINDOW: Duration = Duration::seconds(7 * 24 * 3600 - 3600);
/// Longer than any request of ours can still be executed after we gave it up.
pub const LATE: Duration = Duration::minutes(10);
/// How long lists may lag behind.
pub const LIST_LAG: Duration = Duration::seconds(60);
/// How long a transfer that is said to exist may stay hidden before a person is asked.
pub const HIDDEN: Duration = Duration::hours(1);
/// From the record of a send to its leaving.
pub const LAST_LOOK: Duration = Duration::seconds(1);

/// What to do about a payout that is being submitted and has not been found upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Record a send, then send the frozen body.
    Send,
    /// Look again after this long, sending nothing.
    Wait(Duration),
    /// It exists upstream: find it, never send again, never call it failed.
    Find,
    /// Refused, and nothing else can still be executed.
    Fail,
    /// Too old to be sent again: a person decides.
    Person,
}

/// Decides after a look-up that found nothing (rules 3 and 5 of payout submission).
pub fn step(sends: &[Send], now: Instant) -> Step {
    if sends.iter().any(|send| send.outcome == SendOutcome::Exists) {
        return Step::Find;
    }
    let refused = sends.iter().any(|send| send.outcome == SendOutcome::Refused);
    let youngest_open =
        sends.iter().filter(|send| send.outcome == SendOutcome::Open).map(|send| send.recorded_at).max();
    match (refused, youngest_open) {
        (true, None) => Step::Fail,
        (true, Some(at)) if now - at > LATE + LIST_LAG => Step::Fail,
        (true, Some(at)) => Step::Wait(LATE + LIST_LAG - (now - at) + Duration::seconds(1)),
        (false, _) => match sends.iter().map(|send| send.recorded_at).min() {
            Some(first) if now - first >= RESEND_WINDOW => Step::Person,
            _ => Step::Send,
        },
    }
}

/// Whether a send may still be executed.
pub fn has_open(sends: &[Send]) -> bool {
    sends.iter().any(|send| send.outcome == SendOutcome::Open)
}

/// Whether the wallet's balance changes with this move. Events may be missing: the step that took the money
/// may never be told.
pub fn moves_money(from: Status, to: Status) -> bool {
    let has_ended = matches!(to, Status::Returned | Status::Failed | Status::Cancelled);
    has_ended || (money_is_taken(to) && !money_is_taken(from))
}

/// Whether a payout that got this far has been taken from the wallet, fee included.
pub fn money_is_taken(status: Status) -> bool {
    matches!(status, Status::Processing | Status::Sent | Status::Paid | Status::Returned)
}

/// Whether a payout may still be cancelled by us alone: before its first send.
pub fn may_cancel_locally(status: Status) -> bool {
    matches!(status, Status::Draft | Status::AwaitingApproval | Status::Approved | Status::Planned)
}

/// Whether a payout that stands here without a transfer may have been sent in a commit that was lost.
pub fn may_have_been_sent(status: Status) -> bool {
    matches!(status, Status::Approved | Status::Planned | Status::Submitting | Status::Reconciling)
}

/// Whether it makes sense to ask Airwallex to cancel.
pub fn may_ask_to_cancel(status: Status) -> bool {
    matches!(status, Status::Submitted | Status::Scheduled | Status::Overdue | Status::Processing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        chrono::DateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    fn send(seconds: i64, outcome: SendOutcome) -> Send {
        Send { recorded_at: at(seconds), outcome }
    }

    fn account(status: AccountStatus) -> Account {
        Account {
            id: crate::kernel::id::AccountId::parse("account_01jd2r8v4k01jd2r8v4k01jd2r").expect("an id"),
            seller: crate::kernel::id::SellerId::parse("seller_01jd2r8v4k01jd2r8v4k01jd2r").expect("an id"),
            upstream_id: "acct_1".to_owned(),
            status,
            status_text: status.as_str().to_owned(),
            name: None,
            wallet_name: None,
            wallet_number: None,
            next_action: None,
            linked: true,
            synced_at: None,
        }
    }

    fn beneficiary(account: &Account) -> Beneficiary {
        Beneficiary {
            id: crate::kernel::id::BeneficiaryId::parse("beneficiary_01jd2r8v4k01jd2r8v4k01jd2r")
                .expect("an id"),
            seller: account.seller.clone(),
            account: account.id.clone(),
            status: BeneficiaryStatus::Active,
            upstream_id: Some("b-1".to_owned()),
            country: "GB".to_owned(),
            currency: "GBP".to_owned(),
            transfer_method: "LOCAL".to_owned(),
            clearing_system: None,
            entity_type: "COMPANY".to_owned(),
            holder: "Blue Kiln".to_owned(),
            bank: None,
            nickname: None,
            number_last: "1107".to_owned(),
            created_at: at(0),
        }
    }

    fn pounds(minor: i64) -> Money {
        Money::from_minor(minor, crate::kernel::Currency::parse("GBP").expect("a currency"))
    }

    #[test]
    fn only_an_active_linked_account_pays_its_own_ready_bank_accounts() {
        let active = account(AccountStatus::Active);
        let payee = beneficiary(&active);
        let ask = |account: &Account, payee: &Beneficiary, minor: i64, reference: &str| {
            may_create(account, payee, pounds(minor), reference)
        };
        assert_eq!(ask(&active, &payee, 1, "KL-1"), Ok(()));
        for status in AccountStatus::ALL.iter().copied().filter(|status| *status != AccountStatus::Active) {
            let refused = ask(&account(status), &payee, 1, "KL-1");
            assert_eq!(refused, Err(PayoutRefusal::AccountNotActive), "{status:?}");
        }
        let unlinked = Account { linked: false, ..active.clone() };
        assert_eq!(ask(&unlinked, &payee, 1, "KL-1"), Err(PayoutRefusal::NotLinked));
        for minor in [0, -1] {
            assert_eq!(ask(&active, &payee, minor, "KL-1"), Err(PayoutRefusal::AmountNotPositive));
        }
        for reference in ["", "a\nb", &"x".repeat(141)] {
            assert_eq!(ask(&active, &payee, 1, reference), Err(PayoutRefusal::ReferenceInvalid));
        }
        for status in [BeneficiaryStatus::Pending, BeneficiaryStatus::Refused] {
            let unready = Beneficiary { status, ..payee.clone() };
            assert_eq!(ask(&active, &unready, 1, "KL-1"), Err(PayoutRefusal::BeneficiaryNotReady));
        }
        let elsewhere = crate::kernel::id::AccountId::parse("account_01jd2r8v4k01jd2r8v4k01jd2s");
        let foreign = Beneficiary { account: elsewhere.expect("an id"), ..payee.clone() };
        assert_eq!(ask(&active, &foreign, 1, "KL-1"), Err(PayoutRefusal::BeneficiaryNotReady));
        let euros = Beneficiary { currency: "EUR".to_owned(), ..payee };
        let mismatch = PayoutRefusal::CurrencyMismatch { takes: "EUR".to_owned() };
        assert_eq!(ask(&active, &euros, 1, "KL-1"), Err(mismatch));
    }

    #[test]
    fn our_own_steps_never_leave_an_end_nor_go_back_before_a_send() {
        use Status::{Approved, Cancelled, Failed, Paid, Reconciling, Returned, Submitted, Submitting};
        for end in [Failed, Cancelled, Paid, Returned] {
            assert!(Status::ALL.iter().copied().all(|to| !may_move(end, to)), "{end:?}");
        }
        assert!(may_move(Approved, Submitting) && may_move(Submitting, Reconciling));
        assert!(may_move(Reconciling, Submitted) && may_move(Reconciling, Failed));
        for sent in [Submitting, Reconciling] {
            assert!(!may_move(sent, Cancelled), "only Airwallex knows whether it can still be stopped");
            assert!(!may_move(sent, Approved) && !may_move(sent, Submitting));
        }
        for status in Status::ALL.iter().copied() {
            assert!(!(may_cancel_locally(status) && may_ask_to_cancel(status)), "{status:?}");
        }
    }

    #[test]
    fn a_refusal_is_final_only_when_no_other_send_can_still_be_executed() {
        use SendOutcome::{Exists, NotExecuted, Open, Refused};
        assert_eq!(step(&[send(0, Exists), send(9, Refused)], at(9999)), Step::Find);
        assert_eq!(step(&[send(0, Refused)], at(1)), Step::Fail);
        assert_eq!(step(&[send(0, NotExecuted), send(9, Refused)], at(10)), Step::Fail);
        assert!(matches!(step(&[send(0, Open), send(9, Refused)], at(10)), Step::Wait(_)));
        assert!(matches!(step(&[send(0, Open), send(9, Refused)], at(660)), Step::Wait(_)));
        assert_eq!(step(&[send(0, Open), send(9, Refused)], at(661)), Step::Fail);
    }

    #[test]
    fn an_unanswered_send_is_repeated_until_the_id_may_be_forgotten() {
        use SendOutcome::Open;
        assert_eq!(step(&[], at(0)), Step::Send);
        assert_eq!(step(&[send(0, Open)], at(30)), Step::Send);
        assert_eq!(step(&[send(0, Open)], at(RESEND_WINDOW.num_seconds() - 1)), Step::Send);
        assert_eq!(step(&[send(0, Open), send(600, Open)], at(RESEND_WINDOW.num_seconds())), Step::Person);
    }

    #[test]
    fn failures_after_paid_are_returns_and_the_cancelled_that_follows_changes_nothing() {
        assert_eq!(next(Status::Paid, true, &Report::Failed(None)), Move::To(Status::Returned));
        assert_eq!(next(Status::Sent, true, &Report::Failed(None)), Move::To(Status::Failed));
        assert_eq!(next(Status::Failed, true, &Report::Cancelled), Move::None);
        assert_eq!(next(Status::Failed, true, &Report::Is(Status::Paid)), Move::To(Status::Returned));
        assert_eq!(next(Status::Returned, true, &Report::Cancelled), Move::None);
        assert_eq!(next(Status::Cancelled, true, &Report::Failed(None)), Move::To(Status::Failed));
        assert_eq!(next(Status::Paid, true, &Report::Cancelled), Move::None);
    }

    #[test]
    fn evidence_wins_over_an_end_of_our_own_making() {
        assert_eq!(
            next(Status::Failed, false, &Report::Is(Status::Processing)),
            Move::To(Status::Processing)
        );
        assert_eq!(next(Status::Cancelled, false, &Report::Is(Status::Paid)), Move::To(Status::Paid));
        assert_eq!(next(Status::Failed, true, &Report::Is(Status::Processing)), Move::None);
    }

    #[test]
    fn an_unknown_word_changes_nothing() {
        assert_eq!(next(Status::Sent, true, &Report::Unknown("DREAMING".to_owned())), Move::None);
    }

    const WAY: [Status; 6] = [
        Status::Submitted,
        Status::Scheduled,
        Status::Overdue,
        Status::Processing,
        Status::Sent,
        Status::Paid,
    ];

    proptest::proptest! {
        /// In whatever order, how often and how late the events of one transfer come: the payout ends
        /// where the furthest of them says.
        #[test]
        fn disorder_and_repeats_end_where_the_furthest_event_says(order in proptest::collection::vec(0usize..WAY.len(), 1..20)) {
            let mut status = Status::Submitting;
            for index in &order {
                if let Move::To(to) = next(status, false, &Report::Is(WAY[*index])) {
                    status = to;
                }
            }
            let furthest = order.iter().max().expect("at least one");
            proptest::prop_assert_eq!(status, WAY[*furthest]);
        }

        /// Once a transfer has ended upstream, no event but a correction moves it.
        #[test]
        fn ends_stay_ends(order in proptest::collection::vec(0usize..WAY.len(), 1..20), returned in proptest::bool::ANY) {
            let mut status = if returned { Status::Returned } else { Status::Failed };
            for index in &order {
                if let Move::To(to) = next(status, true, &Report::Is(WAY[*index])) {
                    status = to;
                }
            }
            let was_paid = order.iter().any(|index| WAY[*index] == Status::Paid);
            let end = if returned || was_paid { Status::Returned } else { Status::Failed };
            proptest::prop_assert_eq!(status, end);
        }
    }
}

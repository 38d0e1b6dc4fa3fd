//! At most one transfer, whatever happens on the way; and books that agree with Airwallex's.

mod restoring;

use chrono::Duration;
use serde_json::json;

use super::entity;
use super::service;
use super::{Payout, PayoutStatus};
use crate::databases::Engine;
use crate::jobs::given_up;
use crate::kernel::checkpoint::cut_at;
use crate::kernel::id::BeneficiaryId;
use crate::testing::{SellerAtWork, TestPlatform};

on_every_database!(
    every_unclear_answer_leads_to_exactly_one_transfer,
    a_stop_at_any_step_of_sending_leads_to_exactly_one_transfer,
    every_step_may_run_twice,
    a_refusal_is_final_only_when_nothing_else_can_still_be_executed,
    a_repeated_key_finds_the_first_payout_whatever_has_changed_since,
    a_payout_called_cancelled_yields_to_the_transfer_that_exists,
    a_payout_whose_account_was_taken_from_us_ends_and_is_told,
    a_payout_that_airwallex_never_takes_is_shown,
    a_break_is_closed_by_whoever_looks,
    steps_are_told_in_their_order_whatever_the_clocks_say
);

const CREATE: &str = "/api/v1/transfers/create";

async fn ready(engine: &Engine) -> (TestPlatform, SellerAtWork, BeneficiaryId) {
    let test = TestPlatform::start(engine).await;
    let seller = test.active("Hazel").await;
    let beneficiary = test.beneficiary(&seller).await;
    test.advance(Duration::seconds(61)).await;
    test.work().await;
    (test, seller, beneficiary)
}

/// Lets time pass until the payout stands there. What is SCHEDULED goes on by itself within the same while, so
/// PROCESSING counts as well.
async fn until(test: &TestPlatform, seller: &SellerAtWork, payout: &Payout, status: PayoutStatus) {
    for _ in 0..40 {
        test.settle().await;
        let now = test.payout_now(seller, payout).await.status;
        if now == status || (status == PayoutStatus::Scheduled && now == PayoutStatus::Processing) {
            return;
        }
        test.advance(Duration::seconds(30)).await;
    }
    panic!("it stays {:?}", test.payout_now(seller, payout).await.status);
}

async fn every_unclear_answer_leads_to_exactly_one_transfer(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let faults = [
        ("drop_before", json!({})),
        ("drop_after", json!({})),
        ("late", json!({ "ms": 50 })),
        ("refuse", json!({ "status": 502 })),
        ("refuse", json!({ "status": 401, "code": "unauthorized" })),
        ("refuse", json!({ "status": 409, "code": "request_in_progress" })),
        ("limit", json!({})),
    ];
    for (index, (action, more)) in faults.into_iter().enumerate() {
        test.sandbox.fault(CREATE, action, Some(1), more).await;
        let payout = test.payout(&seller, &beneficiary, "10.00", &format!("key-{index}")).await;
        until(&test, &seller, &payout, PayoutStatus::Scheduled).await;
        assert_eq!(test.sandbox.transfer_count().await, index as u64 + 1, "{action}");
    }
    test.finish().await;
}

async fn a_stop_at_any_step_of_sending_leads_to_exactly_one_transfer(engine: Engine) {
    let (mut test, seller, beneficiary) = ready(&engine).await;
    for (index, at) in ["payouts.recorded", "payouts.sent"].into_iter().enumerate() {
        let payout = test.payout(&seller, &beneficiary, "10.00", at).await;
        let cut = cut_at(at, service::submit(&test.platform, &test.system(), &payout.id)).await;
        assert!(cut.is_none(), "{at} is on the way");
        let other = test.another_replica().await;
        let again = service::submit(&other, &test.system(), &payout.id).await;
        again.expect("another replica goes on");
        until(&test, &seller, &payout, PayoutStatus::Scheduled).await;
        assert_eq!(test.sandbox.transfer_count().await, index as u64 + 1, "{at}");
    }
    test.finish().await;
}

async fn every_step_may_run_twice(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let payout = test.payout(&seller, &beneficiary, "10.00", "one").await;
    let system = test.system();
    let both = tokio::join!(
        service::submit(&test.platform, &system, &payout.id),
        service::submit(&test.platform, &system, &payout.id),
    );
    both.0.expect("submits");
    both.1.expect("submits");
    until(&test, &seller, &payout, PayoutStatus::Scheduled).await;
    service::submit(&test.platform, &system, &payout.id).await.expect("is done already");
    assert_eq!(test.sandbox.transfer_count().await, 1);
    test.finish().await;
}

async fn a_refusal_is_final_only_when_nothing_else_can_still_be_executed(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    // Refused at once, with no other send open: final.
    let refusal = json!({ "status": 400, "code": "invalid_argument" });
    test.sandbox.fault(CREATE, "refuse", Some(1), refusal.clone()).await;
    let refused = test.payout(&seller, &beneficiary, "10.00", "refused").await;
    until(&test, &seller, &refused, PayoutStatus::Failed).await;
    assert!(test.mails().iter().any(|mail| mail.subject.contains("10.00 GBP")));

    // The first send is lost on the way there, the second is refused: the first may still arrive.
    test.sandbox.fault(CREATE, "drop_before", Some(1), json!({})).await;
    test.sandbox.fault(CREATE, "refuse", None, refusal).await;
    let doubtful = test.payout(&seller, &beneficiary, "10.00", "doubtful").await;
    test.work().await;
    test.advance(Duration::seconds(6)).await;
    test.work().await;
    for _ in 0..10 {
        test.advance(Duration::seconds(60)).await;
        test.work().await;
        assert_eq!(test.payout_now(&seller, &doubtful).await.status, PayoutStatus::Reconciling);
    }
    until(&test, &seller, &doubtful, PayoutStatus::Failed).await;
    assert_eq!(test.sandbox.transfer_count().await, 0);
    test.finish().await;
}

async fn a_repeated_key_finds_the_first_payout_whatever_has_changed_since(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let first = test.payout(&seller, &beneficiary, "10.00", "key").await;
    until(&test, &seller, &first, PayoutStatus::Scheduled).await;
    test.sandbox
        .order(&format!("accounts/{}/review", seller.account), json!({ "status": "SUSPENDED" }))
        .await;
    test.settle().await;
    let again = test.payout(&seller, &beneficiary, "10.00", "key").await;
    assert_eq!(again.id, first.id);
    test.finish().await;
}

async fn a_payout_called_cancelled_yields_to_the_transfer_that_exists(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let staff = test.staff().await;
    let payout = test.payout(&seller, &beneficiary, "10.00", "key").await;
    let cancelled = service::cancel(&test.platform, &seller.actor, &payout.id).await.expect("cancels");
    assert_eq!(cancelled.status, PayoutStatus::Cancelled);
    test.work().await;
    assert_eq!(
        test.sandbox.transfer_count().await,
        0,
        "what was cancelled before its first send never leaves"
    );
    // Evidence for the same request_id, wherever it comes from.
    let transfer = json!({
        "id": "tfr_found", "request_id": payout.request_id, "status": "SENT",
        "transfer_amount": 10.00, "transfer_currency": "GBP",
    });
    let transfer = airwallex::api::transfers::Transfer::read(&transfer).expect("a transfer");
    let source = service::Source("an event".to_owned());
    let account = Some(seller.account.as_str());
    let applied = service::apply_upstream(&test.platform, &test.system(), account, &transfer, &source).await;
    assert_eq!(applied.expect("applies"), Some(payout.id.clone()));
    assert_eq!(test.payout_now(&seller, &payout).await.status, PayoutStatus::Sent);
    test.work().await;
    let shown = given_up(&test.platform, &staff).await.expect("reads");
    assert!(
        shown.iter().any(|job| job.last_error.contains("called CANCELLED, but transfer tfr_found exists"))
    );
    test.finish_with(&["payouts.break"]).await;
}

async fn a_payout_whose_account_was_taken_from_us_ends_and_is_told(engine: Engine) {
    // Airwallex may say either (02 §6).
    for status in [403, 401] {
        taken(&engine, json!({ "status": status, "code": "account_not_authorized", "source": "account" }))
            .await;
    }
}

async fn taken(engine: &Engine, refusal: serde_json::Value) {
    let (test, seller, beneficiary) = ready(engine).await;
    // Taken before the send: refused, and the look-up too; nothing can have been executed.
    test.sandbox.fault("/api/v1/transfers*", "refuse", None, refusal.clone()).await;
    let refused = test.payout(&seller, &beneficiary, "10.00", "before").await;
    until(&test, &seller, &refused, PayoutStatus::Failed).await;
    test.sandbox.mend().await;

    // Taken after a send that nobody answered, and no event comes: only a person can find out.
    test.sandbox.order("faults", json!({ "event": "*", "action": "lose" })).await;
    test.sandbox.fault(CREATE, "drop_after", Some(1), json!({})).await;
    let lost = test.payout(&seller, &beneficiary, "10.00", "after").await;
    test.work().await;
    test.sandbox.fault("/api/v1/transfers*", "refuse", None, refusal).await;
    for _ in 0..70 {
        test.advance(Duration::seconds(60)).await;
        test.work().await;
    }
    assert_eq!(test.payout_now(&seller, &lost).await.status, PayoutStatus::Reconciling);
    let shown = given_up(&test.platform, &test.staff().await).await.expect("reads");
    assert!(shown.iter().any(|job| job.last_error.contains("refuses to show")), "{shown:?}");
    // And once Airwallex shows it again, the sweep finds it.
    test.sandbox.mend().await;
    test.settle().await;
    service::look_up_quiet(&test.platform, &test.system()).await.expect("sweeps");
    test.settle().await;
    assert!(test.payout_now(&seller, &lost).await.upstream_id.is_some());
    assert_eq!(test.sandbox.transfer_count().await, 1);
    test.finish_with(&["payouts.submit"]).await;
}

/// Airwallex lets us look, and never takes the payout: nothing is lost, and staff see it after an hour.
async fn a_payout_that_airwallex_never_takes_is_shown(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    test.sandbox.fault(CREATE, "limit", None, json!({})).await;
    let payout = test.payout(&seller, &beneficiary, "10.00", "key").await;
    let staff = test.staff().await;
    for minute in 0..70 {
        test.advance(Duration::seconds(60)).await;
        test.work().await;
        let shown = given_up(&test.platform, &staff).await.expect("reads");
        assert!(minute > 55 || shown.is_empty(), "{shown:?}");
    }
    let shown = given_up(&test.platform, &staff).await.expect("reads");
    assert!(shown.iter().any(|job| job.last_error.contains("has not taken it yet")), "{shown:?}");
    test.sandbox.mend().await;
    until(&test, &seller, &payout, PayoutStatus::Scheduled).await;
    // It moves: whoever looks again finds nothing to do.
    for job in given_up(&test.platform, &staff).await.expect("reads") {
        crate::jobs::run_again(&test.platform, &staff, &job.id).await.expect("runs");
    }
    test.settle().await;
    assert_eq!(test.sandbox.transfer_count().await, 1);
    test.finish().await;
}

/// A break of our books is seen by a person, and then it is done with.
async fn a_break_is_closed_by_whoever_looks(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let payout = test.payout(&seller, &beneficiary, "10.00", "key").await;
    until(&test, &seller, &payout, PayoutStatus::Scheduled).await;
    let payout = test.payout_now(&seller, &payout).await;
    let foreign = json!({ "id": payout.upstream_id, "status": "SENT", "transfer_amount": "99.00" });
    let transfer = airwallex::api::transfers::Transfer::read(&foreign).expect("a transfer");
    let source = service::Source("test".to_owned());
    for _ in 0..2 {
        let told = service::apply_upstream(&test.platform, &test.system(), None, &transfer, &source).await;
        assert!(told.is_ok());
    }
    assert_eq!(test.payout_now(&seller, &payout).await.status, PayoutStatus::Scheduled);
    let staff = test.staff().await;
    let shown = given_up(&test.platform, &staff).await.expect("reads");
    assert_eq!(shown.len(), 1, "once, however often it is told: {shown:?}");
    assert!(shown[0].last_error.contains("not what we froze"), "{shown:?}");
    crate::jobs::run_again(&test.platform, &staff, &shown[0].id).await.expect("runs");
    test.work().await;
    test.finish().await;
}

async fn steps_are_told_in_their_order_whatever_the_clocks_say(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    for round in 0..5 {
        let payout = test.payout(&seller, &beneficiary, "10.00", &format!("key-{round}")).await;
        // The clock stands still meanwhile, so every step has the same time.
        until(&test, &seller, &payout, PayoutStatus::Scheduled).await;
        let history = service::history(&test.platform, std::slice::from_ref(&payout.id)).await;
        let steps: Vec<_> = history.expect("a history").into_iter().map(|(_, step)| step.status).collect();
        use PayoutStatus::{Approved, Scheduled, Submitted, Submitting};
        assert_eq!(steps, [Approved, Submitting, Submitted, Scheduled]);
    }
    test.finish().await;
}

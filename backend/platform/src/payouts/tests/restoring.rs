//! What a restore has lost is found before anything is paid.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::*;
use crate::jobs::{NewJob, enqueue_once, run_again};
use crate::kernel::Instant;
use crate::kernel::id::PayoutId;

on_every_database!(
    a_payout_whose_send_was_lost_is_found_and_not_paid_again,
    a_payout_that_was_not_sent_goes_out_once_after_the_comparison,
    a_payout_that_airwallex_may_have_forgotten_is_given_to_a_person,
    a_transfer_whose_payout_was_lost_keeps_its_account_back_until_staff_have_looked,
    an_account_that_cannot_be_compared_is_kept_back_and_no_other,
    an_account_whose_row_was_lost_is_compared_before_its_first_payout
);

const LIST: &str = "/api/v1/transfers";

/// The database as it was before the payout was sent.
async fn lose_the_send(test: &TestPlatform, id: &PayoutId) {
    use entity::{payout, payout_event, payout_send};
    let write = test.platform.db.write(|tx| async move {
        let before = payout::ActiveModel {
            status: Set("APPROVED".to_owned()),
            revision: Set(1),
            upstream_id: Set(None),
            upstream_reference: Set(None),
            first_sent_at: Set(None),
            checked_at: Set(None),
            ..Default::default()
        };
        payout::Entity::update_many()
            .set(before)
            .filter(payout::Column::Id.eq(id.clone()))
            .exec(&*tx)
            .await?;
        payout_send::Entity::delete_many()
            .filter(payout_send::Column::PayoutId.eq(id.clone()))
            .exec(&*tx)
            .await?;
        payout_event::Entity::delete_many()
            .filter(payout_event::Column::PayoutId.eq(id.clone()))
            .filter(payout_event::Column::Number.gt(1))
            .exec(&*tx)
            .await?;
        Ok::<_, crate::kernel::Failure>(())
    });
    write.await.expect("the database answers");
    enqueue_once(&test.platform, NewJob::about(service::SUBMIT, id)).await.expect("a job");
}

async fn restored(test: &TestPlatform, since: Instant) -> usize {
    service::hold_since(&test.platform, &test.system(), since).await.expect("holds")
}

/// Lets the time pass in which what was sent before may not show yet.
async fn compared(test: &TestPlatform) {
    for _ in 0..13 {
        test.advance(Duration::seconds(60)).await;
        test.settle().await;
    }
}

async fn status(test: &TestPlatform, seller: &SellerAtWork, payout: &Payout) -> PayoutStatus {
    test.payout_now(seller, payout).await.status
}

async fn a_payout_whose_send_was_lost_is_found_and_not_paid_again(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let since = test.platform.clock.now();
    test.advance(Duration::seconds(30)).await;
    let sent = test.payout(&seller, &beneficiary, "10.00", "sent").await;
    until(&test, &seller, &sent, PayoutStatus::Scheduled).await;
    let first = test.payout_now(&seller, &sent).await.upstream_id;
    lose_the_send(&test, &sent.id).await;
    // Airwallex would not even remember its request_id.
    test.sandbox.fault(CREATE, "refuse", None, json!({ "status": 500 })).await;

    assert_eq!(restored(&test, since).await, 1);
    assert_eq!(status(&test, &seller, &sent).await, PayoutStatus::Reconciling);
    let cancelled = service::cancel(&test.platform, &seller.actor, &sent.id).await;
    assert!(cancelled.is_err(), "nobody knows whether it has left: {cancelled:?}");
    test.settle().await;
    let found = test.payout_now(&seller, &sent).await;
    assert_eq!(found.upstream_id, first);
    assert_eq!(test.sandbox.transfer_count().await, 1);
    test.sandbox.mend().await;
    compared(&test).await;
    test.finish().await;
}

async fn a_payout_that_was_not_sent_goes_out_once_after_the_comparison(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let waiting = test.payout(&seller, &beneficiary, "10.00", "waiting").await;
    assert_eq!(restored(&test, test.platform.clock.now() - Duration::hours(1)).await, 1);
    let later = test.payout(&seller, &beneficiary, "11.00", "later").await;

    // As long as Airwallex does not let us look, nothing leaves: neither the old one nor a new one.
    test.sandbox.fault(LIST, "refuse", None, json!({ "status": 503 })).await;
    for _ in 0..20 {
        test.work().await;
        test.advance(Duration::seconds(60)).await;
    }
    assert_eq!(test.sandbox.calls(CREATE).await, 0);
    assert_eq!(status(&test, &seller, &later).await, PayoutStatus::Approved);

    let staff = test.staff().await;
    assert_eq!(
        given_up(&test.platform, &staff).await.expect("reads").len(),
        0,
        "it waits, and nobody is called"
    );
    test.sandbox.mend().await;
    compared(&test).await;
    until(&test, &seller, &waiting, PayoutStatus::Scheduled).await;
    until(&test, &seller, &later, PayoutStatus::Scheduled).await;
    assert_eq!(test.sandbox.transfer_count().await, 2);
    test.finish().await;
}

async fn a_payout_that_airwallex_may_have_forgotten_is_given_to_a_person(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let old = test.payout(&seller, &beneficiary, "10.00", "old").await;
    // The backup is that old, and nobody noticed sooner.
    let since = test.platform.clock.now();
    test.advance(Duration::days(7)).await;
    restored(&test, since).await;
    let fresh = test.payout(&seller, &beneficiary, "11.00", "fresh").await;
    compared(&test).await;
    until(&test, &seller, &fresh, PayoutStatus::Scheduled).await;
    assert_eq!(status(&test, &seller, &old).await, PayoutStatus::Reconciling);
    assert_eq!(test.sandbox.transfer_count().await, 1);
    let shown = given_up(&test.platform, &test.staff().await).await.expect("reads");
    assert!(shown.iter().any(|job| job.last_error.contains("seven days")), "{shown:?}");
    test.finish_with(&["payouts.submit", "payouts.break"]).await;
}

async fn a_transfer_whose_payout_was_lost_keeps_its_account_back_until_staff_have_looked(engine: Engine) {
    use entity::{payout, payout_event, payout_send};
    let (test, seller, beneficiary) = ready(&engine).await;
    let since = test.platform.clock.now();
    let lost = test.payout(&seller, &beneficiary, "10.00", "lost").await;
    until(&test, &seller, &lost, PayoutStatus::Scheduled).await;
    let transfer = test.payout_now(&seller, &lost).await.upstream_id.expect("a transfer");
    let id = &lost.id;
    let write = test.platform.db.write(|tx| async move {
        let (event, send) = (payout_event::Column::PayoutId, payout_send::Column::PayoutId);
        payout_event::Entity::delete_many().filter(event.eq(id.clone())).exec(&*tx).await?;
        payout_send::Entity::delete_many().filter(send.eq(id.clone())).exec(&*tx).await?;
        payout::Entity::delete_by_id(id.clone()).exec(&*tx).await?;
        Ok::<_, crate::kernel::Failure>(())
    });
    write.await.expect("the database answers");

    assert_eq!(restored(&test, since).await, 0);
    // She does not see it any more, and asks again. For a while the list does not show it either, and no event comes.
    test.sandbox.order("faults", json!({ "event": "*", "action": "lose" })).await;
    test.sandbox.fault(LIST, "list_lag", None, json!({ "seconds": 120 })).await;
    let again = test.payout(&seller, &beneficiary, "10.00", "again").await;
    compared(&test).await;
    assert_eq!(status(&test, &seller, &again).await, PayoutStatus::Approved);
    let staff = test.staff().await;
    let shown = given_up(&test.platform, &staff).await.expect("reads");
    let told = shown.iter().find(|job| job.kind == service::RELEASE).expect("staff are told");
    assert!(told.last_error.contains(&transfer) && told.last_error.contains(id.as_str()), "{told:?}");
    // Told once, however often the operator says it.
    restored(&test, since).await;
    compared(&test).await;
    assert_eq!(given_up(&test.platform, &staff).await.expect("reads").len(), shown.len());

    run_again(&test.platform, &staff, &told.id).await.expect("runs");
    test.sandbox.mend().await;
    until(&test, &seller, &again, PayoutStatus::Scheduled).await;
    test.finish().await;
}

async fn an_account_that_cannot_be_compared_is_kept_back_and_no_other(engine: Engine) {
    let (test, seller, beneficiary) = ready(&engine).await;
    let other = test.active("June").await;
    let others_bank = test.beneficiary(&other).await;
    let staff = test.staff().await;
    restored(&test, test.platform.clock.now() - Duration::hours(1)).await;
    // Whatever the refusal says: nobody knows what was paid there.
    test.advance(Duration::seconds(670)).await;
    test.sandbox.fault(LIST, "refuse", Some(1), json!({ "status": 403, "code": "unauthorized" })).await;
    let (kept, free) = (
        test.payout(&seller, &beneficiary, "10.00", "kept").await,
        test.payout(&other, &others_bank, "11.00", "free").await,
    );
    compared(&test).await;
    let states = [status(&test, &seller, &kept).await, status(&test, &other, &free).await];
    let waits = states.iter().filter(|status| **status == PayoutStatus::Approved).count();
    assert_eq!((waits, test.sandbox.transfer_count().await), (1, 1), "{states:?}");
    let shown = given_up(&test.platform, &staff).await.expect("reads");
    let told = shown.iter().find(|job| job.kind == service::RELEASE).expect("staff are told");
    assert!(told.last_error.contains("does not show its transfers"), "{told:?}");
    let holds = service::holds(&test.platform).await.expect("reads");
    assert_eq!((holds.all_since, holds.accounts), (None, 1));
    run_again(&test.platform, &staff, &told.id).await.expect("runs");
    compared(&test).await;
    assert_eq!(test.sandbox.transfer_count().await, 2);
    test.finish().await;
}

/// Connected and paid in lost commits, connected again: a transfer that she does not see is found first.
async fn an_account_whose_row_was_lost_is_compared_before_its_first_payout(engine: Engine) {
    use entity::{payout, payout_event, payout_send};
    let (test, seller, beneficiary) = ready(&engine).await;
    let since = test.platform.clock.now();
    let lost = test.payout(&seller, &beneficiary, "10.00", "lost").await;
    until(&test, &seller, &lost, PayoutStatus::Scheduled).await;
    let (id, account) = (&lost.id, &lost.account);
    restored(&test, since).await;
    // Her account is not here when all are compared, and comes back with the next consent.
    let later = test.platform.clock.now() + Duration::minutes(30);
    let write = test.platform.db.write(|tx| async move {
        let (event, send) = (payout_event::Column::PayoutId, payout_send::Column::PayoutId);
        payout_event::Entity::delete_many().filter(event.eq(id.clone())).exec(&*tx).await?;
        payout_send::Entity::delete_many().filter(send.eq(id.clone())).exec(&*tx).await?;
        payout::Entity::delete_by_id(id.clone()).exec(&*tx).await?;
        let mut hold = entity::payout_hold::ActiveModel { ..Default::default() };
        hold.released_at = Set(Some(later));
        entity::payout_hold::Entity::update_many().set(hold).exec(&*tx).await?;
        crate::accounts::service::known_from(&tx, account, later).await
    });
    write.await.expect("the database answers");
    test.advance(Duration::minutes(31)).await;
    test.sandbox.fault(LIST, "refuse", Some(1), json!({ "status": 503 })).await;
    let again = test.payout(&seller, &beneficiary, "10.00", "again").await;
    compared(&test).await;
    assert_eq!(status(&test, &seller, &again).await, PayoutStatus::Approved);
    let staff = test.staff().await;
    let shown = given_up(&test.platform, &staff).await.expect("reads");
    let told = shown.iter().find(|job| job.kind == service::RELEASE).expect("staff are told");
    assert!(told.last_error.contains(id.as_str()), "{told:?}");
    run_again(&test.platform, &staff, &told.id).await.expect("runs");
    until(&test, &seller, &again, PayoutStatus::Scheduled).await;
    test.finish_with(&["webhooks.work"]).await;
}

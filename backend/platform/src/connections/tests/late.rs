//! What comes late or never: a replica that was held up, a pair after the connection was given up, the end of a life.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::super::entity::{chain, refresh_attempt};
use super::super::model::{Reason, SecurityEventKind};
use super::super::{ConnectionStatus, refresh, service, vault};
use super::ends::renew;
use super::{TOKEN, access, chain_of, standing};
use crate::databases::Engine;
use crate::jobs::{NewJob, enqueue_once};
use crate::kernel::Failure;
use crate::kernel::checkpoint::held_at;
use crate::testing::{SellerAtWork, TestPlatform, Wire};

on_every_database!(
    a_replica_that_was_held_up_sends_nothing_and_closes_nothing,
    a_pair_that_comes_after_the_connection_was_given_up_brings_it_back,
    a_given_up_connection_forgets_its_tokens_after_an_hour,
    without_repeats_a_lost_answer_ends_in_a_new_consent,
    a_refresh_token_that_nobody_used_for_its_whole_life_is_not_sent,
    a_refusal_that_nobody_explains_is_told_as_one,
    a_chain_that_points_at_a_forgotten_pair_is_closed_by_whoever_asks
);

/// Stopped between the record and the last byte until the grace of its token is over and another replica has refreshed.
async fn a_replica_that_was_held_up_sends_nothing_and_closes_nothing(engine: Engine) {
    for at in ["connections.refresh_recorded", "connections.refresh_guarded"] {
        let mut test = TestPlatform::start(&engine).await;
        let staff = test.staff().await;
        let seller = test.connected("Hazel").await;
        test.advance(Duration::seconds(301)).await;
        let other = test.another_replica().await;
        let (chain, system) = (chain_of(&test, &seller).await.id, test.system());
        let calls = test.sandbox.calls(TOKEN).await;
        let meanwhile = async {
            test.advance(Duration::seconds(21)).await;
            other.db.advance_lease_clock(Duration::seconds(21));
            refresh::refresh_now(&other, &system, &chain).await.expect("the database answers");
            assert_eq!(chain_of(&test, &seller).await.generation, 2);
            test.advance(Duration::seconds(61)).await;
        };
        let held = held_at(at, refresh::refresh_now(&test.platform, &system, &chain), meanwhile).await;
        held.expect("the database answers");
        assert_eq!(test.sandbox.calls(TOKEN).await, calls + 1, "{at}: only the other one has sent");
        assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected, "{at}");
        let events = service::security_events(&test.platform, &staff, None).await.expect("reads");
        assert_eq!(events, [], "{at}");
        test.work().await;
        test.advance(Duration::seconds(36)).await;
        test.work().await;
        assert_eq!(test.sandbox.revocations().await, json!([]), "{at}");
        assert_eq!(access(&test.platform, &test, &seller).await, Ok(()), "{at}");
        test.finish().await;
    }
}

const GIVEN_UP: (ConnectionStatus, Reason) = (ConnectionStatus::NeedsReauthorization, Reason::OutcomeUnknown);

async fn a_pair_that_comes_after_the_connection_was_given_up_brings_it_back(engine: Engine) {
    let wire = Wire { patience: std::time::Duration::from_secs(60), ..Wire::default() };
    let test = TestPlatform::start_with(&engine, wire).await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.fault(TOKEN, "hold", Some(1), json!({})).await;
    let first = {
        let (platform, system) = (test.platform.clone(), test.system());
        let chain = chain_of(&test, &seller).await.id;
        async move { refresh::refresh_now(&platform, &system, &chain).await }
    };
    let mut running = tokio::task::JoinSet::new();
    running.spawn(first);
    while test.sandbox.look("faults").await != json!([]) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    test.advance(Duration::seconds(41)).await;
    test.work().await;
    assert_eq!(standing(&test, &seller).await, GIVEN_UP);
    test.sandbox.order("faults", json!({ "action": "release" })).await;
    running.join_next().await.expect("it ran").expect("it ended").expect("it was written");
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::Connected, Reason::Refreshed));
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    test.advance(Duration::seconds(301)).await;
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()), "and it goes on");
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.advance(Duration::seconds(71)).await;
    test.work().await;
    test.finish().await;
}

/// Every answer is lost until the window is over.
async fn give_up(test: &TestPlatform, seller: &SellerAtWork) {
    test.advance(Duration::seconds(301)).await;
    test.sandbox.fault(TOKEN, "drop_after", None, json!({})).await;
    renew(test, seller).await;
    for _ in 0..45 {
        test.advance(Duration::seconds(1)).await;
        test.work().await;
    }
    assert_eq!(standing(test, seller).await, GIVEN_UP);
    test.sandbox.mend().await;
}

async fn a_given_up_connection_forgets_its_tokens_after_an_hour(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    give_up(&test, &seller).await;
    for (minutes, is_forgotten) in [(50, false), (11, true)] {
        test.advance(Duration::minutes(minutes)).await;
        let looking = NewJob::about(service::REFRESH_IDLE, minutes.to_string());
        enqueue_once(&test.platform, looking).await.expect("the database answers");
        test.work().await;
        let chain = chain_of(&test, &seller).await;
        let stored = vault::stored(test.platform.db.read(), &chain).await.expect("reads");
        assert_eq!(stored.is_retired(), is_forgotten, "{minutes} minutes later");
    }
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.finish().await;
}

async fn without_repeats_a_lost_answer_ends_in_a_new_consent(engine: Engine) {
    let rotation = rotation::Constants { max_sends: 1, ..rotation::Constants::PROTOCOL };
    let test = TestPlatform::start_with(&engine, Wire { rotation, ..Wire::default() }).await;
    let seller = test.connected("Hazel").await;
    give_up(&test, &seller).await;
    let sends = refresh_attempt::Entity::find().all(test.platform.db.read()).await.expect("reads");
    assert_eq!(sends.len(), 1, "it is never sent again: {sends:?}");
    assert_eq!(test.sandbox.refreshes(&seller.account).await, 1);
    test.finish().await;
}

async fn a_refresh_token_that_nobody_used_for_its_whole_life_is_not_sent(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    let calls = test.sandbox.calls(TOKEN).await;
    test.advance(Duration::days(61)).await;
    renew(&test, &seller).await;
    assert_eq!(test.sandbox.calls(TOKEN).await, calls);
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::NeedsReauthorization, Reason::Expired));
    test.work().await;
    let mails = test.mails();
    assert!(mails.len() == 1 && mails[0].text.contains("was not used for so long"), "{mails:?}");
    test.finish().await;
}

/// The first token of a consent is refused, the consent does not stand at Airwallex, and no event tells why.
async fn a_refusal_that_nobody_explains_is_told_as_one(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let staff = test.staff().await;
    let seller = test.connected("Hazel").await;
    test.sandbox.order("faults", json!({ "event": "*", "action": "lose" })).await;
    test.sandbox.order(&format!("connections/{}/disconnect", seller.account), json!({})).await;
    test.advance(Duration::seconds(301)).await;
    renew(&test, &seller).await;
    for _ in 0..21 {
        test.work().await;
        assert_eq!(standing(&test, &seller).await, (ConnectionStatus::NeedsReauthorization, Reason::Refused));
        test.advance(Duration::seconds(30)).await;
    }
    test.work().await;
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::NeedsReauthorization, Reason::Refused));
    assert_eq!(test.mails().len(), 1, "told once, when it is clear that nobody will say more");
    assert_eq!(service::security_events(&test.platform, &staff, None).await.expect("reads"), []);
    test.finish().await;
}

/// Set back by hand, or by a restore of one table, to a pair that is forgotten: nobody stays between "not connected" and
/// "already connected".
async fn a_chain_that_points_at_a_forgotten_pair_is_closed_by_whoever_asks(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let staff = test.staff().await;
    let seller = test.connected("Hazel").await;
    let id = chain_of(&test, &seller).await.id;
    renew(&test, &seller).await;
    let write = test.platform.db.write(|tx| {
        let id = id.clone();
        async move {
            chain::Entity::update_many()
                .col_expr(chain::Column::Generation, Expr::value(1))
                .filter(chain::Column::Id.eq(id))
                .exec(&*tx)
                .await?;
            Ok::<_, Failure>(())
        }
    });
    write.await.expect("the database answers");
    test.advance(Duration::seconds(5)).await;
    assert!(access(&test.platform, &test, &seller).await.is_err());
    let paused = (ConnectionStatus::Paused, Reason::ReuseBlocked);
    assert_eq!(standing(&test, &seller).await, paused);
    let events = service::security_events(&test.platform, &staff, None).await.expect("reads");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, SecurityEventKind::ReuseBlocked);
    assert_eq!(events[0].place, "a refresh for a caller at replica-1");
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.work().await;
    test.finish().await;
}

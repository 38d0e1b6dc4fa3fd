//! Every end of a connection under its own name, what looks like reuse, and permissions that are missing.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::super::entity::{chain, generation};
use super::super::model::{Outcome, Reason, SecurityEventKind};
use super::super::vault::{self, Presentation};
use super::super::{ConnectionRefusal, ConnectionStatus, refresh, service};
use super::{TOKEN, access, chain_of, missing, standing};
use crate::databases::Engine;
use crate::kernel::id::ChainId;
use crate::kernel::{Error, Failure};
use crate::testing::{SellerAtWork, TestPlatform};

on_every_database!(
    a_restored_row_is_never_presented_and_closes_the_connection,
    a_token_that_two_chains_hold_is_never_presented,
    a_pair_that_a_consent_replaced_is_not_reuse,
    a_refusal_on_a_repeat_is_an_alarm,
    a_consent_whose_account_is_not_told_yet_is_left_alone,
    a_thief_who_is_faster_is_noticed_and_told,
    a_disconnect_whose_event_is_late_keeps_its_own_name,
    a_downgraded_person_is_named_and_nobody_is_alarmed,
    a_consent_whose_answer_was_lost_explains_the_refusal,
    a_consent_whose_account_is_never_told_explains_it_too,
    a_lost_exchange_that_a_refresh_survived_explains_nothing,
    another_sellers_consent_gives_back_what_it_replaced,
    both_generations_of_the_event_end_every_account_they_name
);

/// The stored refresh token, as a thief with the keys would read it.
async fn stolen(test: &TestPlatform, seller: &SellerAtWork) -> airwallex::Token {
    let chain = chain_of(test, seller).await;
    match vault::to_present(&test.platform, test.platform.db.read(), &chain.id, chain.generation)
        .await
        .expect("reads")
    {
        Presentation::Allowed(token) => token,
        _ => panic!("a stored token may be presented"),
    }
}

pub(super) async fn renew(test: &TestPlatform, seller: &SellerAtWork) {
    let chain = chain_of(test, seller).await.id;
    refresh::refresh_now(&test.platform, &test.system(), &chain).await.expect("the database answers");
}

async fn edit(test: &TestPlatform, id: &ChainId, number: i64, change: generation::ActiveModel) {
    let write = test.platform.db.write(|tx| {
        let change = change.clone();
        async move {
            generation::Entity::update_many()
                .set(change)
                .filter(generation::Column::ChainId.eq(id.clone()))
                .filter(generation::Column::Generation.eq(number))
                .exec(&*tx)
                .await?;
            Ok::<_, Failure>(())
        }
    });
    write.await.expect("the database answers");
}

/// One security event of this kind, told to the seller and to the staff, and the tokens forgotten.
async fn is_paused_for(test: &TestPlatform, seller: &SellerAtWork, kind: SecurityEventKind, reason: Reason) {
    test.work().await;
    assert_eq!(standing(test, seller).await, (ConnectionStatus::Paused, reason));
    let staff = test.staff().await;
    let events = service::security_events(&test.platform, &staff, None).await.expect("reads");
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [kind]);
    let sender = (events[0].actor.as_str(), events[0].place.as_str());
    assert_eq!(sender, ("system test", "the renewal of an idle connection at replica-1"));
    let subjects: Vec<(String, String)> =
        test.mails().into_iter().map(|mail| (mail.to, mail.subject)).collect();
    let has = |to: &str, words: &str| {
        subjects.iter().filter(|(whom, subject)| whom == to && subject.contains(words)).count()
    };
    assert_eq!(has("hazel@studio.example", "closed the link"), 1, "{subjects:?}");
    assert_eq!(has("staff@studio.example", "Security"), 1, "{subjects:?}");
    let chain = chain_of(test, seller).await;
    assert!(vault::stored(test.platform.db.read(), &chain).await.expect("reads").is_retired());
    let system = test.system();
    let lent = service::borrow(&test.platform, &system, &seller.id).await;
    assert!(matches!(lent, Err(Error::Refused(ConnectionRefusal::NotConnected))));
    // Only a new consent opens it.
    assert_eq!(test.consent(seller).await.outcome, Some(Outcome::Connected));
    test.settle().await;
    assert_eq!(standing(test, seller).await.0, ConnectionStatus::Connected);
    service::borrow(&test.platform, &test.system(), &seller.id).await.expect("a token");
    service::mark_seen(&test.platform, &staff, &events[0].id).await.expect("is written");
    let health = service::health(&test.platform).await.expect("counts");
    assert_eq!(health.unseen_events, 0);
}

/// Somebody puts one table back from a backup: the chain points at a pair that was rotated.
async fn a_restored_row_is_never_presented_and_closes_the_connection(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.staff().await;
    let seller = test.connected("Hazel").await;
    let id = chain_of(&test, &seller).await.id;
    let old = generation::Entity::find_by_id((id.clone(), 1)).one(test.platform.db.read()).await;
    let old = old.expect("reads").expect("a generation");
    renew(&test, &seller).await;
    let (access, sealed) = (old.access_sealed, old.refresh_sealed);
    let back = generation::ActiveModel {
        access_sealed: Set(access),
        refresh_sealed: Set(sealed),
        retired_at: Set(None),
        retired_by: Set(None),
        ..Default::default()
    };
    edit(&test, &id, 1, back).await;
    let point = chain::Entity::update_many().col_expr(chain::Column::Generation, Expr::value(1));
    let write = test.platform.db.write(|tx| {
        let point = point.clone();
        async move { point.exec(&*tx).await.map_err(Failure::from) }
    });
    write.await.expect("the database answers");

    test.advance(Duration::seconds(301)).await;
    let calls = test.sandbox.calls(TOKEN).await;
    renew(&test, &seller).await;
    assert_eq!(test.sandbox.calls(TOKEN).await, calls, "nothing left");
    is_paused_for(&test, &seller, SecurityEventKind::ReuseBlocked, Reason::ReuseBlocked).await;
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.work().await;
    test.finish().await;
}

async fn a_token_that_two_chains_hold_is_never_presented(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.staff().await;
    let seller = test.connected("Hazel").await;
    let other = test.connected("June").await;
    let (own, theirs) = (chain_of(&test, &seller).await, chain_of(&test, &other).await);
    let row = generation::Entity::find_by_id((own.id.clone(), 1)).one(test.platform.db.read()).await;
    let hash = row.expect("reads").expect("a generation").refresh_hash;
    let copy = generation::ActiveModel { refresh_hash: Set(hash), ..Default::default() };
    edit(&test, &theirs.id, 1, copy).await;
    let calls = test.sandbox.calls(TOKEN).await;
    renew(&test, &seller).await;
    assert_eq!(test.sandbox.calls(TOKEN).await, calls, "nothing left");
    is_paused_for(&test, &seller, SecurityEventKind::ReuseBlocked, Reason::ReuseBlocked).await;
    test.finish().await;
}

/// Between the record of a send and the send the seller consents anew: the send is abandoned, and that is all.
async fn a_pair_that_a_consent_replaced_is_not_reuse(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let staff = test.staff().await;
    let seller = test.connected("Hazel").await;
    let chain = chain_of(&test, &seller).await.id;
    let retired = generation::ActiveModel {
        retired_at: Set(Some(test.platform.clock.now())),
        retired_by: Set(Some(vault::CONSENT.to_owned())),
        ..Default::default()
    };
    edit(&test, &chain, 1, retired).await;
    let calls = test.sandbox.calls(TOKEN).await;
    renew(&test, &seller).await;
    assert_eq!(test.sandbox.calls(TOKEN).await, calls, "nothing left");
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
    assert_eq!(service::security_events(&test.platform, &staff, None).await.expect("reads"), []);
    test.advance(Duration::seconds(20)).await;
    test.work().await;
    test.finish().await;
}

async fn a_refusal_on_a_repeat_is_an_alarm(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.staff().await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.fault(TOKEN, "drop_before", Some(1), json!({})).await;
    renew(&test, &seller).await;
    test.sandbox.fault(TOKEN, "refuse", Some(1), json!({ "status": 400, "code": "invalid_grant" })).await;
    test.advance(Duration::seconds(20)).await;
    renew(&test, &seller).await;
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::NeedsReauthorization, Reason::Refused));
    is_paused_for(&test, &seller, SecurityEventKind::RefusedOnRepeat, Reason::RefusedOnRepeat).await;
    test.finish().await;
}

/// She permits what was missing, and Airwallex does not tell which account it was: until it does, nobody presents the old
/// tokens, which are dead since the exchange.
async fn a_consent_whose_account_is_not_told_yet_is_left_alone(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.sandbox.order("settings", json!({ "withheld_scopes": ["balance:read"] })).await;
    let seller = test.connected("Hazel").await;
    let change = json!({ "withheld_scopes": [], "token_names_account": false });
    test.sandbox.order("settings", change).await;
    test.sandbox.fault("/api/v1/account", "refuse", Some(1), json!({ "status": 503 })).await;
    let attempt = test.consent(&seller).await;
    assert_eq!((attempt.outcome, attempt.is_running), (None, true));
    let calls = test.sandbox.calls(TOKEN).await;
    test.advance(Duration::seconds(100)).await;
    renew(&test, &seller).await;
    assert_eq!(test.sandbox.calls(TOKEN).await, calls, "the old token is left alone");
    test.settle().await;
    let attempt = service::see(&test.platform, &seller.actor, &attempt.id).await.expect("the attempt");
    assert_eq!(attempt.outcome, Some(Outcome::Connected));
    renew(&test, &seller).await;
    assert_eq!(test.sandbox.calls(TOKEN).await, calls + 1, "and the new one is renewed at once");
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::Connected, Reason::Consent));
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.settle().await;
    test.finish().await;
}

/// A stolen token is used after its minute: Airwallex ends everything, and we find out at the next refresh.
async fn a_thief_who_is_faster_is_noticed_and_told(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.staff().await;
    let seller = test.connected("Hazel").await;
    let token = stolen(&test, &seller).await;
    renew(&test, &seller).await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.present(token.expose()).await;
    renew(&test, &seller).await;
    test.work().await;
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::NeedsReauthorization, Reason::Refused));
    assert_eq!(test.mails(), [], "nobody is told before it is known what to tell");
    // Nobody tells of a customer's wish.
    for _ in 0..21 {
        test.advance(Duration::seconds(30)).await;
        test.work().await;
    }
    let staff = test.staff().await;
    let events = service::security_events(&test.platform, &staff, None).await.expect("reads");
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].kind, standing(&test, &seller).await),
        (SecurityEventKind::RevokedAfterRefresh, (ConnectionStatus::Paused, Reason::RevokedAfterRefresh))
    );
    assert_eq!(test.mails().len(), 2);
    assert_eq!(test.consent(&seller).await.outcome, Some(Outcome::Connected));
    test.settle().await;
    test.finish().await;
}

async fn a_disconnect_whose_event_is_late_keeps_its_own_name(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let staff = test.staff().await;
    let seller = test.connected("Hazel").await;
    renew(&test, &seller).await;
    test.advance(Duration::seconds(301)).await;
    let late = json!({ "event": "*", "action": "fail", "times": 1 });
    test.sandbox.order("faults", late).await;
    test.sandbox.order(&format!("connections/{}/disconnect", seller.account), json!({})).await;
    renew(&test, &seller).await;
    test.work().await;
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::NeedsReauthorization, Reason::Refused));
    for _ in 0..22 {
        test.advance(Duration::seconds(30)).await;
        test.settle().await;
    }
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::Disconnected, Reason::ByCustomer));
    assert_eq!(service::security_events(&test.platform, &staff, None).await.expect("reads"), []);
    assert_eq!(test.mails().len(), 1);
    test.finish().await;
}

async fn a_downgraded_person_is_named_and_nobody_is_alarmed(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let staff = test.staff().await;
    let seller = test.connected("Hazel").await;
    renew(&test, &seller).await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.order(&format!("connections/{}/downgrade_user", seller.account), json!({})).await;
    renew(&test, &seller).await;
    test.work().await;
    assert_eq!(
        standing(&test, &seller).await,
        (ConnectionStatus::NeedsReauthorization, Reason::UserDowngraded)
    );
    assert_eq!(service::security_events(&test.platform, &staff, None).await.expect("reads"), []);
    let mails = test.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("no longer has the role"), "{}", mails[0].text);
    test.finish().await;
}

async fn a_consent_whose_answer_was_lost_explains_the_refusal(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let withheld = json!({ "withheld_scopes": ["balance:read"] });
    test.sandbox.order("settings", withheld).await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(30)).await;
    // She grants the rest, and Airwallex's answer to the code never arrives.
    test.sandbox.order("settings", json!({ "withheld_scopes": [] })).await;
    test.sandbox.fault(TOKEN, "drop_after", Some(1), json!({})).await;
    assert_eq!(test.consent(&seller).await.outcome, Some(Outcome::ExchangeLost));
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
    test.advance(Duration::seconds(301)).await;
    renew(&test, &seller).await;
    test.work().await;
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::NeedsReauthorization, Reason::Replaced));
    assert_eq!(test.mails().len(), 1);
    test.finish().await;
}

async fn a_consent_whose_account_is_never_told_explains_it_too(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.sandbox.order("settings", json!({ "withheld_scopes": ["balance:read"] })).await;
    let seller = test.connected("Hazel").await;
    let change = json!({ "withheld_scopes": [], "token_names_account": false });
    test.sandbox.order("settings", change).await;
    test.sandbox.fault("/api/v1/account", "refuse", None, json!({ "status": 503 })).await;
    let attempt = test.consent(&seller).await;
    test.advance(Duration::seconds(301)).await;
    test.work().await;
    let attempt = service::see(&test.platform, &seller.actor, &attempt.id).await.expect("the attempt");
    assert_eq!(attempt.outcome, Some(Outcome::AccountUnknown));
    test.sandbox.mend().await;
    renew(&test, &seller).await;
    test.work().await;
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::NeedsReauthorization, Reason::Replaced));
    test.finish().await;
}

/// The answer was lost, but a later refresh was granted: the exchange was never executed.
async fn a_lost_exchange_that_a_refresh_survived_explains_nothing(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    test.sandbox.order("settings", json!({ "withheld_scopes": ["balance:read"] })).await;
    let seller = test.connected("Hazel").await;
    test.sandbox.fault(TOKEN, "drop_before", Some(1), json!({})).await;
    assert_eq!(test.consent(&seller).await.outcome, Some(Outcome::ExchangeLost));
    test.advance(Duration::seconds(20)).await;
    renew(&test, &seller).await;
    test.advance(Duration::seconds(301)).await;
    test.sandbox.order(&format!("connections/{}/downgrade_user", seller.account), json!({})).await;
    renew(&test, &seller).await;
    test.work().await;
    let ended = (ConnectionStatus::NeedsReauthorization, Reason::UserDowngraded);
    assert_eq!(standing(&test, &seller).await, ended);
    test.finish().await;
}

/// Somebody else consents with her account, and Airwallex does not tell at once whose it is. Her tokens are dead by
/// then; when it is known, she has the new ones.
async fn another_sellers_consent_gives_back_what_it_replaced(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    let second = test.seller("Hazel").await;
    let change = json!({ "token_names_account": false, "withheld_scopes": ["balance:read"] });
    test.sandbox.order("settings", change).await;
    test.sandbox.fault("/api/v1/account", "refuse", Some(2), json!({ "status": 503 })).await;
    test.consent(&second).await;
    renew(&test, &seller).await;
    test.work().await;
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::NeedsReauthorization);
    test.advance(Duration::seconds(10)).await;
    test.settle().await;
    assert_eq!(standing(&test, &seller).await, (ConnectionStatus::Connected, Reason::Refreshed));
    assert_eq!(missing(&test, &seller).await, ["balance:read"], "as much as was granted now");
    assert_eq!(access(&test.platform, &test, &seller).await, Ok(()));
    let other = service::of_seller(&test.platform, &second.actor, &second.id).await.expect("reads");
    assert!(other.is_none(), "and the other seller has nothing");
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.advance(Duration::seconds(90)).await;
    test.settle().await;
    test.finish().await;
}

async fn both_generations_of_the_event_end_every_account_they_name(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let ended = (ConnectionStatus::Disconnected, Reason::ByCustomer);
    for (name, is_older) in [("Hazel", true), ("June", false)] {
        let seller = test.connected(name).await;
        test.sandbox.order("settings", json!({ "older_disconnect_event": is_older })).await;
        test.sandbox.order(&format!("connections/{}/disconnect", seller.account), json!({})).await;
        test.settle().await;
        assert_eq!(standing(&test, &seller).await, ended, "older: {is_older}");
    }
    // A whole organisation, in one event.
    let sellers = test.many_connected(3).await;
    let accounts: Vec<&str> = sellers.iter().map(|seller| seller.account.as_str()).collect();
    test.event("partner_connection.disconnected", json!({ "account_ids": accounts })).await;
    test.work().await;
    for seller in &sellers {
        assert_eq!(standing(&test, seller).await, ended);
    }
    test.finish().await;
}

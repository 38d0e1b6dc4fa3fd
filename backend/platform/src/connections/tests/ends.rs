//! Every end of a connection under its own name, what looks like reuse, and permissions that are missing.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::super::entity::{chain, generation};
use super::super::model::{Outcome, Reason, SecurityEventKind};
use super::super::vault::{self, Presentation};
use super::super::{ConnectionRefusal, ConnectionStatus, refresh, service};
use super::{TOKEN, chain_of, standing};
use crate::accounts;
use crate::databases::Engine;
use crate::kernel::checkpoint::cut_at;
use crate::kernel::id::ChainId;
use crate::kernel::{Error, Failure};
use crate::testing::{SellerAtWork, TestPlatform};

on_every_database!(
    a_restored_row_is_never_presented_and_closes_the_connection,
    a_token_that_two_chains_hold_is_never_presented,
    a_pair_that_a_consent_replaced_is_not_reuse,
    a_refusal_on_a_repeat_is_an_alarm,
    a_replica_that_is_held_up_at_the_guard_closes_nothing,
    a_consent_whose_account_is_not_told_yet_is_left_alone,
    a_thief_who_is_faster_is_noticed_and_told,
    a_disconnect_whose_event_is_late_keeps_its_own_name,
    a_downgraded_person_is_named_and_nobody_is_alarmed,
    a_consent_whose_answer_was_lost_explains_the_refusal,
    a_consent_whose_account_is_never_told_explains_it_too,
    a_refused_access_token_is_renewed_once,
    a_second_refusal_is_a_missing_permission_and_ends_nothing,
    what_is_not_granted_is_not_used_until_it_is
);

const BALANCES: &str = "/api/v1/balances/current";

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

async fn renew(test: &TestPlatform, seller: &SellerAtWork) {
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
    assert!(["system test", "system worker"].contains(&events[0].actor.as_str()), "{}", events[0].actor);
    assert!(events[0].place.contains(" at "), "{}", events[0].place);
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

/// Held up between asking the vault and sending, until another replica has refreshed: the send is abandoned, and that is
/// all.
async fn a_replica_that_is_held_up_at_the_guard_closes_nothing(engine: Engine) {
    let mut test = TestPlatform::start(&engine).await;
    let staff = test.staff().await;
    let seller = test.connected("Hazel").await;
    test.advance(Duration::seconds(301)).await;
    let other = test.another_replica().await;
    let (chain, system) = (chain_of(&test, &seller).await.id, test.system());
    // Its send is recorded, and then it stands still.
    let cut = cut_at("connections.refresh_recorded", refresh::refresh_now(&test.platform, &system, &chain));
    assert!(cut.await.is_none());
    test.advance(Duration::seconds(21)).await;
    other.db.advance_lease_clock(Duration::seconds(21));
    refresh::refresh_now(&other, &system, &chain).await.expect("the database answers");
    assert_eq!(chain_of(&test, &seller).await.generation, 2);
    // What it would have seen when it woke up: a generation that was rotated.
    let verdict = vault::to_present(&test.platform, test.platform.db.read(), &chain, 1).await.expect("reads");
    assert!(matches!(verdict, Presentation::Forbidden(_)));
    refresh::wake_up_late(&test.platform, &system, &chain, 1).await.expect("the database answers");
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
    assert_eq!(service::security_events(&test.platform, &staff, None).await.expect("reads"), []);
    for wait in [36, 36] {
        test.advance(Duration::seconds(wait)).await;
        test.work().await;
    }
    assert_eq!(test.sandbox.revocations().await, json!([]));
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

/// The access token dies before its time: one refresh, and the caller notices nothing.
async fn a_refused_access_token_is_renewed_once(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.connected("Hazel").await;
    let before = test.sandbox.refreshes(&seller.account).await;
    let expired = json!({ "status": 401, "code": "credentials_expired" });
    test.sandbox.fault("/api/v1/account", "refuse", Some(1), expired).await;
    accounts::service::sync(&test.platform, &test.system(), &seller.id).await.expect("is read");
    assert_eq!(test.sandbox.refreshes(&seller.account).await, before + 1);
    assert_eq!(missing(&test, &seller).await, Vec::<String>::new());
    test.work().await;
    test.finish().await;
}

async fn missing(test: &TestPlatform, seller: &SellerAtWork) -> Vec<String> {
    let found = service::of_seller(&test.platform, &seller.actor, &seller.id).await.expect("reads");
    found.expect("a connection").missing_scopes
}

async fn a_second_refusal_is_a_missing_permission_and_ends_nothing(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let seller = test.active("Hazel").await;
    let balances = async || {
        let account = accounts::service::of_seller(&test.platform, &seller.actor, &seller.id).await;
        let account = account.expect("reads").expect("an account").id;
        accounts::service::balances(&test.platform, &[account]).await.expect("reads").len()
    };
    assert!(balances().await > 0);
    let before = test.sandbox.refreshes(&seller.account).await;
    test.sandbox.fault(BALANCES, "refuse", None, json!({ "status": 401, "code": "unauthorized" })).await;
    for _ in 0..3 {
        accounts::service::sync(&test.platform, &test.system(), &seller.id).await.expect("the rest is read");
    }
    assert_eq!(test.sandbox.refreshes(&seller.account).await, before + 1, "one refresh, not one each time");
    assert_eq!(missing(&test, &seller).await, ["balance:read"]);
    assert_eq!(standing(&test, &seller).await.0, ConnectionStatus::Connected);
    assert_eq!(balances().await, 0, "what may not be seen any more is not shown");
    // It is permitted again at Airwallex, without a word to us.
    test.sandbox.mend().await;
    accounts::service::sync(&test.platform, &test.system(), &seller.id).await.expect("is read");
    assert_eq!(missing(&test, &seller).await, Vec::<String>::new());
    assert!(balances().await > 0);
    test.settle().await;
    test.finish().await;
}

/// Less is granted than is asked for: what needs the rest is refused by name, and a second consent grants it.
async fn what_is_not_granted_is_not_used_until_it_is(engine: Engine) {
    let test = TestPlatform::start(&engine).await;
    let withheld = json!({ "withheld_scopes": ["w:awx_action:transfers_edit", "balance:read"] });
    test.sandbox.order("settings", withheld).await;
    let seller = test.active("Hazel").await;
    assert_eq!(missing(&test, &seller).await, ["balance:read", "transfer:write"]);
    assert_eq!(test.sandbox.calls(BALANCES).await, 0, "it is not even asked");
    let bank = test.beneficiary(&seller).await;
    let refused = test.try_payout(&seller, &bank, "20.00").await.expect_err("it is not permitted");
    assert_eq!(refused, "CONNECTION_PERMISSION_MISSING");

    test.sandbox.order("settings", json!({ "withheld_scopes": [] })).await;
    assert_eq!(test.consent(&seller).await.outcome, Some(Outcome::Connected));
    test.settle().await;
    assert_eq!(missing(&test, &seller).await, Vec::<String>::new());
    test.try_payout(&seller, &bank, "20.00").await.expect("it is permitted now");
    test.settle().await;
    let again = service::begin(&test.platform, &seller.actor, &seller.id, false).await;
    assert!(matches!(again, Err(Error::Refused(ConnectionRefusal::AlreadyConnected))));
    assert_eq!(test.sandbox.revocations().await, json!([]));
    test.finish().await;
}

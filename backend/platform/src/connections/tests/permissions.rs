//! Permissions that are missing, or that Airwallex refuses in practice.

use serde_json::json;

use super::super::model::Outcome;
use super::super::{ConnectionRefusal, ConnectionStatus, service};
use super::{missing, standing};
use crate::accounts;
use crate::databases::Engine;
use crate::kernel::Error;
use crate::testing::TestPlatform;

on_every_database!(
    a_refused_access_token_is_renewed_once,
    a_second_refusal_is_a_missing_permission_and_ends_nothing,
    what_is_not_granted_is_not_used_until_it_is
);

const BALANCES: &str = "/api/v1/balances/current";

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

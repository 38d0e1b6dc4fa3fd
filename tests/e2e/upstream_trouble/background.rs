//! Calls that nobody waits for are tried until they are answered, and make one thing of each.

use serde_json::json;

use super::{Trouble, impatient, state, troubles};
use crate::support::{Engine, Seller, Stack, wait_for};

on_every_database!(
    sending_a_payout,
    finding_what_became_of_a_transfer,
    finding_what_became_of_a_bank_account
);

/// Whatever becomes of the send, there is one transfer in the end; a refusal alone is final.
async fn sending_a_payout(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::ready(&stack, "Bea").await;
    let beneficiary = seller.beneficiary().await;
    let mut made_at_airwallex = 0;
    for Trouble(action, extra, code) in troubles() {
        stack.sandbox.fault("/api/v1/transfers/create", action, extra).await;
        let key = format!("{action}-{code}");
        let made = seller.create_payout(&beneficiary, "10.00", "GBP", &key).await;
        let id = made["payout"]["id"].as_str().expect("an id").to_owned();
        let end = if code == "UPSTREAM_REFUSED" { "FAILED" } else { "PROCESSING" };
        wait_for(&format!("{key} to be {end}"), || async {
            stack.sandbox.advance(20).await;
            (seller.clone().payout(&id).await["status"] == end).then_some(())
        })
        .await;
        made_at_airwallex += u64::from(end == "PROCESSING");
        let transfers = stack.sandbox.transfers().await;
        assert_eq!(transfers.iter().sum::<u64>(), made_at_airwallex, "{key}: {transfers:?}");
    }
    // Reading one transfer, when its events are lost.
    stack.sandbox.post("faults", json!({ "event": "*", "action": "lose" })).await;
    for Trouble(action, mut extra, _) in troubles() {
        extra["method"] = json!("GET");
        stack.sandbox.fault("/api/v1/transfers/*", action, extra).await;
    }
    let made = seller.create_payout(&beneficiary, "10.00", "GBP", "quiet").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    wait_for("the transfer", || async {
        (stack.sandbox.transfers().await.iter().sum::<u64>() > made_at_airwallex).then_some(())
    })
    .await;
    stack.sandbox.advance(5).await;
    let transfer = stack.sandbox.newest_transfer().await.expect("a transfer");
    stack.sandbox.transition(&transfer, "SENT").await;
    wait_for("the sweep", || async {
        stack.sandbox.advance(600).await;
        (seller.clone().payout(&id).await["status"] == "SENT").then_some(())
    })
    .await;
}

/// Lets time pass until every fault has been met and what they delayed has happened.
async fn live_through(stack: &Stack, what: &str) {
    wait_for(what, || async {
        stack.sandbox.advance(20).await;
        (stack.sandbox.get("faults").await == json!([])).then_some(())
    })
    .await;
}

async fn finding_what_became_of_a_transfer(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::ready(&stack, "Yuri").await;
    let beneficiary = seller.beneficiary().await;
    stack.sandbox.event_fault("payout.transfer.scheduled", "lose").await;
    stack.sandbox.event_fault("payout.transfer.processing", "lose").await;
    stack.sandbox.event_fault("payout.transfer.funding.scheduled", "lose").await;
    stack.sandbox.event_fault("payout.transfer.funding.funded", "lose").await;
    stack.sandbox.fault("/api/v1/transfers/create", "drop_after", json!({})).await;
    for Trouble(action, extra, _) in troubles() {
        stack.sandbox.fault("/api/v1/transfers", action, extra).await;
    }
    let made = seller.create_payout(&beneficiary, "10.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    live_through(&stack, "every look-up that fails").await;
    wait_for("the payout", || async {
        stack.sandbox.advance(20).await;
        let mut me = seller.clone();
        let status = me.payout(&id).await["status"].clone();
        matches!(status.as_str(), Some("SUBMITTED" | "SCHEDULED" | "PROCESSING")).then_some(())
    })
    .await;
    assert_eq!(stack.sandbox.transfers().await, [1]);
}

async fn finding_what_became_of_a_bank_account(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::ready(&stack, "Zoe").await;
    stack.sandbox.fault("/api/v1/beneficiaries/create", "drop_after", json!({})).await;
    for Trouble(action, extra, _) in troubles() {
        stack.sandbox.fault("/api/v1/beneficiaries", action, extra).await;
    }
    let made = seller.create_beneficiary(Seller::bank_values(), "k").await;
    assert_eq!(made["beneficiary"]["status"], "PENDING", "{made}");
    live_through(&stack, "every look-up that fails").await;
    wait_for("the bank account", || async {
        stack.sandbox.advance(20).await;
        let mut me = seller.clone();
        let now = state(&mut me).await;
        let edges = now["seller"]["beneficiaries"]["edges"].as_array()?.clone();
        (edges.len() == 1 && edges[0]["node"]["status"] == "ACTIVE").then_some(())
    })
    .await;
    assert_eq!(stack.sandbox.calls("/api/v1/beneficiaries/create").await, 1, "found, not made again");
}

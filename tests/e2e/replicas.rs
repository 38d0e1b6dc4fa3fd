//! Two processes, one database: both can serve any step.

use serde_json::json;

use crate::databases;
use crate::payout_is_paid::{add_standard_plan, subscribe, until_heard};
use crate::support::{Seller, Stack, wait_for};

/// From sign-up to a paid payout, every single request at the other replica than the one before: the session,
/// the attempt to connect and its callback, the checks, the bank account, the payout, the events, the news.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_may_be_served_by_the_other_replica() {
    let Some(engine) = databases::postgres().await else { return };
    let (stack, balancer) = Stack::balanced(&engine).await;
    add_standard_plan(&stack).await;
    let mut seller = Seller::new(&stack, "Odile").await;
    seller.connect(&stack).await;
    // The checks, on the hosted pages.
    let page = seller.person.open(&format!("/onboarding/{}", seller.id)).await;
    let hosted = seller.person.press(&page, &format!("/onboarding/{}/continue", seller.id), &[]).await;
    let back = seller.person.press(&hosted, &hosted.url.clone(), &[("decision", "complete")]).await;
    assert!(back.html.contains("Airwallex is checking who you are"), "{} {}", back.url, back.html);
    stack.sandbox.post(&format!("accounts/{}/review", seller.account), json!({ "status": "ACTIVE" })).await;
    seller.until_account(|account| account["status"] == "ACTIVE").await;
    let wallet = json!({ "account_id": seller.account, "currency": "GBP", "amount": "1000.00" });
    stack.sandbox.post("wallets", wallet).await;
    let beneficiary = seller.beneficiary().await;
    // One socket at each replica: both hear what either writes.
    let mut heard = [subscribe(&stack, &seller).await, subscribe(&stack, &seller).await];
    let made = seller.create_payout(&beneficiary, "620.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    wait_for("the transfer", || async {
        stack.sandbox.advance(1).await;
        (seller.clone().payout(&id).await["status"] == "PROCESSING").then_some(())
    })
    .await;
    let transfer = stack.sandbox.newest_transfer().await.expect("a transfer");
    stack.sandbox.transition(&transfer, "SENT").await;
    stack.sandbox.transition(&transfer, "PAID").await;
    seller.until_payout(&id, "PAID").await;
    for socket in &mut heard {
        until_heard(socket, "PAID").await;
    }
    assert_eq!(stack.sandbox.transfers().await, [1]);
    assert_eq!(stack.sandbox.get("totals").await["revocations"], json!([]));
    assert!(balancer.counts().iter().all(|count| *count > 10), "{:?}", balancer.counts());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_wish_at_both_is_granted_once() {
    let Some(engine) = databases::postgres().await else { return };
    let stack = Stack::with_replicas(&engine, 2).await;
    let mut seller = Seller::ready(&stack, "Pia").await;
    let other = stack.replicas[1].url.clone();

    // The session made at one replica works at the other; so do its objects.
    let mut there =
        Seller { person: seller.person.at(&other), id: seller.id.clone(), account: seller.account.clone() };
    let query = "query($id: ID!) { seller(id: $id) { account { status } connection { status } } }";
    let mut program = seller.program().await.at(&other);
    let seen = program.ask(query, json!({ "id": seller.id })).await;
    assert_eq!(seen["seller"]["account"]["status"], "ACTIVE");
    there.person = program;

    let beneficiary = there.beneficiary().await;
    // The same wish at both replicas at once is granted once.
    let (here_made, there_made) = tokio::join!(
        seller.create_payout(&beneficiary, "50.00", "GBP", "same"),
        there.create_payout(&beneficiary, "50.00", "GBP", "same"),
    );
    assert_eq!(here_made["payout"]["id"], there_made["payout"]["id"]);
    let id = here_made["payout"]["id"].as_str().expect("an id").to_owned();
    stack.sandbox.advance(1).await;
    seller.until_payout(&id, "PROCESSING").await;
    assert_eq!(stack.sandbox.transfers().await, [1]);

    // Both need a fresh token at once: it is refreshed once.
    stack.sandbox.advance(301).await;
    let sync = "mutation($id: ID!) { syncAccount(input: { sellerId: $id }) { problems { code } } }";
    let before = stack.sandbox.get("totals").await["refreshes"][&seller.account].as_u64().expect("a number");
    let id = json!({ "id": seller.id });
    let (left, right) = tokio::join!(seller.person.ask(sync, id.clone()), there.person.ask(sync, id));
    assert_eq!(
        (left["syncAccount"]["problems"].clone(), right["syncAccount"]["problems"].clone()),
        (json!([]), json!([]))
    );
    let after = stack.sandbox.get("totals").await;
    assert_eq!(after["refreshes"][&seller.account].as_u64(), Some(before + 1));
    assert_eq!(after["revocations"], json!([]));
}

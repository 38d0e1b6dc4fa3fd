//! Two processes, one database: both can serve any step.

use serde_json::json;

use crate::support::{Engine, Seller, Stack, database};

#[tokio::test(flavor = "multi_thread")]
async fn both_replicas_serve_any_step() {
    let Some(engine) = database::postgres().await else { return };
    let stack = two(&engine).await;
    let mut seller = Seller::ready(&stack, "Pia").await;
    let other = stack.replicas[1].url.clone();

    // The session made at one replica works at the other; so do its objects.
    let mut there =
        Seller { person: seller.person.at(&other), id: seller.id.clone(), account: seller.account.clone() };
    let query = "query($id: ID!) { seller(id: $id) { account { status } connection { status } } }";
    let mut program = there.person.clone();
    let token = seller
        .person
        .ask(
            "mutation($id: ID) { createApiToken(input: { name: \"x\", sellerId: $id }) { secret } }",
            json!({ "id": seller.id }),
        )
        .await;
    program.token = token["createApiToken"]["secret"].as_str().map(str::to_owned);
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

async fn two(engine: &Engine) -> Stack {
    Stack::with_replicas(engine, 2).await
}

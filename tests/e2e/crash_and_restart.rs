//! The process is killed between recording and sending a payout, and between Airwallex's acceptance and
//! our commit; answers are lost, late and wrong. There is exactly one transfer, always.

use serde_json::json;

use crate::support::{Engine, Seller, Stack};

on_every_database!(
    killed_after_recording,
    killed_after_acceptance,
    lost_answers_make_one_transfer,
    refusals_are_final_and_told,
    a_refusal_after_an_open_send_waits
);

async fn killed_after_recording(engine: Engine) {
    killed_at(engine, "payouts.recorded").await;
}

async fn killed_after_acceptance(engine: Engine) {
    killed_at(engine, "payouts.sent").await;
}

/// The worker dies at the checkpoint; another process takes over and finishes.
async fn killed_at(engine: Engine, checkpoint: &str) {
    let mut stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Kai").await;
    let beneficiary = seller.beneficiary().await;
    stack.replicas[0].kill().await;
    stack.replicas.clear();
    stack.add_dying_worker(checkpoint, "1").await;
    let made = seller.create_payout(&beneficiary, "100.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    stack.replicas[1].until_ended().await;
    stack.replicas[0].kill().await;
    stack.replicas.clear();
    stack.add_replica(0, &[]).await;
    stack.sandbox.advance(2).await;
    seller.until_payout(&id, "PROCESSING").await;
    assert_eq!(stack.sandbox.transfers().await, [1]);
}

async fn lost_answers_make_one_transfer(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Lou").await;
    let beneficiary = seller.beneficiary().await;
    let path = "/api/v1/transfers/create";
    for (index, (action, extra)) in [
        ("drop_before", json!({})),
        ("drop_after", json!({})),
        ("refuse", json!({ "status": 502, "code": "bad_gateway" })),
        ("refuse", json!({ "status": 500, "code": "service_unavailable" })),
        ("limit", json!({})),
        ("refuse", json!({ "status": 409, "code": "request_in_progress" })),
        ("late", json!({ "ms": 700 })),
    ]
    .into_iter()
    .enumerate()
    {
        stack.sandbox.fault(path, action, extra).await;
        let made = seller.create_payout(&beneficiary, "10.00", "GBP", &format!("k{index}")).await;
        let id = made["payout"]["id"].as_str().expect("an id").to_owned();
        // Jobs wait on the business clock.
        let sandbox = stack.sandbox.clone();
        let moving = tokio::spawn(async move {
            for _ in 0..40 {
                tokio::time::sleep(std::time::Duration::from_millis(150)).await;
                sandbox.advance(3).await;
            }
        });
        seller.until_payout(&id, "PROCESSING").await;
        moving.abort();
        let transfers = stack.sandbox.transfers().await;
        assert_eq!(transfers, vec![1; index + 1], "{action}");
    }
}

async fn refusals_are_final_and_told(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Mia").await;
    let beneficiary = seller.beneficiary().await;
    stack
        .sandbox
        .fault("/api/v1/transfers/create", "refuse", json!({ "status": 400, "code": "amount_above_limit" }))
        .await;
    let made = seller.create_payout(&beneficiary, "10.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    stack.sandbox.advance(5).await;
    let failed = seller.until_payout(&id, "FAILED").await;
    assert_eq!(failed["reason"], "amount_above_limit");
    assert!(stack.sandbox.transfers().await.is_empty());
}

/// The first send may still be executed, so a refusal of the second one proves nothing for a while.
async fn a_refusal_after_an_open_send_waits(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Noa").await;
    let beneficiary = seller.beneficiary().await;
    let path = "/api/v1/transfers/create";
    stack.sandbox.fault(path, "drop_before", json!({})).await;
    stack.sandbox.fault(path, "refuse", json!({ "status": 400, "code": "invalid_argument" })).await;
    let made = seller.create_payout(&beneficiary, "10.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    seller.until_payout(&id, "RECONCILING").await;
    stack.sandbox.advance(10).await;
    crate::support::wait_for("the second send", || async {
        (stack.sandbox.calls(path).await >= 2).then_some(())
    })
    .await;
    stack.sandbox.advance(120).await;
    assert_eq!(seller.payout(&id).await["status"], "RECONCILING");
    // A step that is being decided while the clock jumps waits from the later time: so it goes on moving.
    crate::support::wait_for("the end", || async {
        stack.sandbox.advance(120).await;
        let mut me = seller.clone();
        (me.payout(&id).await["status"] == "FAILED").then_some(())
    })
    .await;
    assert_eq!(stack.sandbox.calls(path).await, 2, "nothing was sent in between");
    assert!(stack.sandbox.transfers().await.is_empty());
}

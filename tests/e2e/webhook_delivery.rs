//! Events: believed only when genuine and fresh, kept once, understood in any order, matched even when
//! they come before our own commit, shown when they match nothing.

use serde_json::json;

use crate::support::sandbox::http;
use crate::support::{Engine, Person, Seller, Stack, wait_for};

on_every_database!(
    only_genuine_events_are_kept,
    disorder_ends_right,
    an_event_comes_before_our_own_commit,
    unmatched_events_are_shown
);

fn sign(secret: &str, timestamp: &str, body: &str) -> String {
    // The sandbox's own signature is checked against ours in the contract; here we sign by hand.
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(timestamp.as_bytes());
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

async fn deliver(stack: &Stack, timestamp: &str, signature: &str, body: &str) -> u16 {
    let request = http()
        .post(format!("{}/webhooks/airwallex", stack.url))
        .header("x-timestamp", timestamp)
        .header("x-signature", signature)
        .body(body.to_owned());
    request.send().await.expect("an answer").status().as_u16()
}

async fn now(stack: &Stack) -> i64 {
    let clock = stack.sandbox.get("clock").await;
    let text = clock["now"].as_str().expect("a time").to_owned();
    chrono::DateTime::parse_from_rfc3339(&text).expect("RFC 3339").timestamp_millis()
}

async fn only_genuine_events_are_kept(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let stamp = now(&stack).await.to_string();
    let body = r#"{"id":"evt_1","name":"something.new","data":{}}"#;
    let good = sign("whsec_sandbox", &stamp, body);
    assert_eq!(deliver(&stack, &stamp, &good, body).await, 200);
    assert_eq!(deliver(&stack, &stamp, &good, body).await, 200, "a duplicate is acknowledged too");
    assert_eq!(
        deliver(&stack, &stamp, &sign("whsec_sandbox_app", &stamp, body), body).await,
        200,
        "either secret"
    );
    assert_eq!(deliver(&stack, &stamp, &sign("whsec_other", &stamp, body), body).await, 401);
    assert_eq!(deliver(&stack, &stamp, "nonsense", body).await, 401);
    let stale = (now(&stack).await - 5 * 24 * 3600 * 1000).to_string();
    assert_eq!(deliver(&stack, &stale, &sign("whsec_sandbox", &stale, body), body).await, 401);
    assert_eq!(deliver(&stack, &stamp, &sign("whsec_sandbox", &stamp, "[]"), "[]").await, 400);
    let large = "x".repeat(2 * 1024 * 1024);
    assert_eq!(deliver(&stack, &stamp, &sign("whsec_sandbox", &stamp, &large), &large).await, 413);
    let html = inbox(&stack).await;
    assert_eq!(html.matches("mono\">evt_1 ").count(), 1, "kept once");
    wait_for("the unknown event", || async { inbox(&stack).await.contains("IGNORED").then_some(()) }).await;
}

async fn inbox(stack: &Stack) -> String {
    let mut person = Person::staff(stack).await;
    person.open("/admin/webhooks").await.html
}

async fn disorder_ends_right(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Otto").await;
    let beneficiary = seller.beneficiary().await;
    // Twice, late, wrongly signed, stale, lost: the end is the same.
    stack.sandbox.event_fault("payout.transfer.scheduled", "bad_signature").await;
    stack.sandbox.event_fault("payout.transfer.processing", "lose").await;
    stack.sandbox.event_fault("payout.transfer.sent", "stale_timestamp").await;
    stack.sandbox.event_fault("payout.transfer.paid", "duplicate").await;
    stack.sandbox.event_fault("payout.transfer.paid", "delay").await;
    let made = seller.create_payout(&beneficiary, "100.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    wait_for("the transfer", || async { (!stack.sandbox.transfers().await.is_empty()).then_some(()) }).await;
    stack.sandbox.advance(1).await;
    let transfer = stack.sandbox.newest_transfer().await.expect("a transfer");
    stack.sandbox.transition(&transfer, "SENT").await;
    stack.sandbox.transition(&transfer, "PAID").await;
    wait_for("every delivery, true ones after the bent ones", || async {
        stack.sandbox.advance(5).await;
        let deliveries = stack.sandbox.get("webhooks").await;
        let queued = deliveries["items"].as_array()?.iter().filter(|one| one["status"] == "QUEUED").count();
        (queued == 0).then_some(())
    })
    .await;
    seller.until_payout(&id, "PAID").await;
    let paid = seller.payout(&id).await;
    let times_paid =
        paid["history"].as_array().expect("a list").iter().filter(|one| one["status"] == "PAID").count();
    assert_eq!(times_paid, 1, "{paid}");
}

/// The process dies after Airwallex took the transfer and before it could write down which one; nobody
/// looks after that payout while its lease lives, and the events know it by its `request_id` only.
async fn an_event_comes_before_our_own_commit(engine: Engine) {
    let mut stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Pia").await;
    let beneficiary = seller.beneficiary().await;
    stack.replicas[0].kill().await;
    stack.replicas.clear();
    stack.add_dying_worker("payouts.sent", "3600").await;
    let made = seller.create_payout(&beneficiary, "100.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    stack.replicas[1].until_ended().await;
    stack.replicas[0].kill().await;
    stack.replicas.clear();
    stack.add_replica(0, &[("SOUK_JOB_LEASE_SECONDS", "3600")]).await;
    wait_for("the events", || async {
        stack.sandbox.advance(5).await;
        let mut me = seller.clone();
        (me.payout(&id).await["status"] == "PROCESSING").then_some(())
    })
    .await;
    assert_eq!(stack.sandbox.calls("/api/v1/transfers").await, 0, "nobody had to ask");
    let transfer = stack.sandbox.newest_transfer().await.expect("a transfer");
    stack.sandbox.transition(&transfer, "SENT").await;
    stack.sandbox.transition(&transfer, "PAID").await;
    seller.until_payout(&id, "PAID").await;
    assert_eq!(stack.sandbox.transfers().await, [1]);
}

async fn unmatched_events_are_shown(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let stamp = now(&stack).await.to_string();
    let body = json!({
        "id": "evt_stray",
        "name": "payout.transfer.paid",
        "account_id": "acct_stranger",
        "data": { "id": "nobody", "request_id": "nobody", "status": "PAID", "beneficiary": { "bank_details": { "iban": "DE89370400440532013000" } } },
    })
    .to_string();
    assert_eq!(deliver(&stack, &stamp, &sign("whsec_sandbox", &stamp, &body), &body).await, 200);
    let html = wait_for("the unmatched event", || async {
        let html = inbox(&stack).await;
        html.contains("UNMATCHED").then_some(html)
    })
    .await;
    assert!(!html.contains("DE89370400440532013000"), "bank details are masked");

    // One that says it is ours, and is not here: a restore may have lost it, so a person is told.
    let lost = json!({
        "id": "evt_lost",
        "name": "payout.transfer.sent",
        "account_id": "acct_stranger",
        "data": { "id": "tfr_lost", "status": "SENT", "metadata": { "souk_payout": "payout_lost" } },
    })
    .to_string();
    assert_eq!(deliver(&stack, &stamp, &sign("whsec_sandbox", &stamp, &lost), &lost).await, 200);
    let mut noor = Person::staff(&stack).await;
    wait_for("word of it", || {
        let mut noor = noor.clone();
        let sandbox = stack.sandbox.clone();
        async move {
            sandbox.advance(60).await;
            noor.open("/admin").await.html.contains("is our payout_lost, which we do not have").then_some(())
        }
    })
    .await;
    assert!(noor.open("/admin/webhooks").await.html.contains("evt_lost"));
}

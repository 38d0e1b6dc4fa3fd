//! Processes that are killed in the middle of a refresh, and a second replica that carries on.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Engine, Person, Seller, Stack, wait_for};

on_every_database!(
    killed_at_every_step_of_a_refresh,
    killed_with_a_code_in_hand,
    nothing_secret_is_written_anywhere
);

const CHECKPOINTS: [&str; 4] = [
    "connections.refresh_recorded",
    "connections.refresh_guarded",
    "connections.refresh_answered",
    "connections.refresh_committed",
];

const SYNC: &str = "mutation($id: ID!) { syncAccount(input: { sellerId: $id }) { problems { code } } }";
const STANDING: &str = "query($id: ID!) { seller(id: $id) { connection { status reason } } }";

/// How many rounds there are on each database: in each a process is killed twice at each step.
fn rounds() -> usize {
    std::env::var("SOUK_TEST_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

async fn killed_at_every_step_of_a_refresh(engine: Engine) {
    let mut stack = Stack::start(&engine).await;
    for round in 0..rounds() {
        let mut sellers = vec![];
        for index in 0..2 * CHECKPOINTS.len() {
            let mut seller = Seller::new(&stack, &format!("Kai{round}x{index}")).await;
            seller.connect(&stack).await;
            let program = seller.program().await;
            sellers.push((seller, program));
        }
        kill_and_carry_on(&mut stack, &sellers).await;
    }
}

/// Each process is asked for a token that has to be refreshed first, and dies at its step. Another replica finds
/// what it left, waits for the end of its lease, and finishes; then what may have been overtaken is settled.
async fn kill_and_carry_on(stack: &mut Stack, sellers: &[(Seller, Person)]) {
    // Whoever lives would refresh them all.
    stack.replicas[0].kill().await;
    stack.replicas.clear();
    stack.sandbox.advance(301).await;
    let mut asked = vec![];
    for (index, (seller, program)) in sellers.iter().enumerate() {
        stack.add_front_that_dies(CHECKPOINTS[index % CHECKPOINTS.len()]).await;
        let mut doomed = stack.replicas.pop().expect("it was added");
        let mut there = program.at(&doomed.url);
        let (query, input) = (SYNC.to_owned(), json!({ "id": seller.id }));
        // Its caller hears nothing.
        asked.push(tokio::spawn(async move { there.try_ask(&query, input).await }));
        doomed.until_ended().await;
    }
    for asking in asked {
        assert!(asking.await.expect("it was asked").is_none(), "a process answered and did not die");
    }
    stack.add_replica(0, &[]).await;
    for (seller, _) in sellers {
        carried_on(stack, seller).await;
    }
    for _ in 0..3 {
        stack.sandbox.advance(36).await;
        for (seller, _) in sellers {
            carried_on(stack, seller).await;
        }
    }
    let totals = stack.sandbox.get("totals").await;
    assert_eq!(totals["revocations"], json!([]));
    for (seller, _) in sellers {
        let standing = seller.person.clone().ask(STANDING, json!({ "id": seller.id })).await;
        assert_eq!(standing["seller"]["connection"]["status"], "CONNECTED", "{standing}");
        assert!(totals["refreshes"][&seller.account].as_u64() >= Some(1), "{totals}");
    }
}

/// The living replica gets a token for the seller, as soon as the rules allow.
async fn carried_on(stack: &Stack, seller: &Seller) {
    let started = Instant::now();
    loop {
        let synced = seller.person.clone().ask_raw(SYNC, json!({ "id": seller.id })).await;
        if synced["data"]["syncAccount"]["problems"] == json!([]) {
            return;
        }
        let log = stack.folder.join("souk.log");
        assert!(started.elapsed() < Duration::from_secs(60), "{synced}; see {}", log.display());
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// The process dies before it sends the code, or with the tokens in its hands: the code is never sent again, and she
/// starts again.
async fn killed_with_a_code_in_hand(engine: Engine) {
    let mut stack = Stack::start(&engine).await;
    for at in ["connections.code_recorded", "connections.code_exchanged"] {
        for round in 0..2 {
            let mut seller = Seller::new(&stack, &format!("{at}{round}").replace(['.', '_'], "-")).await;
            replace(&mut stack, &[("SOUK_STOP_AT", at)]).await;
            let url = seller.start_connection(true).await;
            let mut walking = seller.clone();
            let walked = tokio::spawn(async move { walking.sign_up_and_consent(&url).await });
            stack.replicas[0].until_ended().await;
            assert!(walked.await.is_err(), "her browser hears nothing");
            replace(&mut stack, &[]).await;
            stack.sandbox.advance(91).await;
            let url = seller.start_connection(false).await;
            let shown = seller.consent_again(&url).await;
            assert!(shown.contains("Your Airwallex account is connected"), "{shown}");
            seller.until_account(|account| account["isLinked"] == true).await;
        }
    }
    assert_eq!(stack.sandbox.get("totals").await["revocations"], json!([]));
}

/// The replica at the public address stops, and one with these variables takes its place.
async fn replace(stack: &mut Stack, extra: &[(&str, &str)]) {
    for replica in &mut stack.replicas {
        replica.kill().await;
    }
    stack.replicas.clear();
    stack.add_replica(0, extra).await;
}

/// A whole life of a connection with every line logged: a payout, a lost answer, a failure, a refusal. The search at its
/// end, as of every scenario, finds nothing that was issued.
async fn nothing_secret_is_written_anywhere(engine: Engine) {
    let mut stack = Stack::prepared(&engine).await;
    stack.add_replica(0, &[("SOUK_LOG", "trace")]).await;
    let mut seller = Seller::ready(&stack, "Hazel").await;
    let beneficiary = seller.beneficiary().await;
    let made = seller.create_payout(&beneficiary, "20.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    stack.sandbox.advance(301).await;
    seller.until_payout(&id, "PROCESSING").await;
    for (action, extra) in [
        ("drop_after", json!({})),
        ("refuse", json!({ "status": 502, "code": "bad_gateway" })),
        ("refuse", json!({ "status": 400, "code": "invalid_grant" })),
    ] {
        // Whoever asks next meets it, here or in the background.
        stack.sandbox.fault("/oauth/token", action, extra.clone()).await;
        stack.sandbox.advance(301).await;
        wait_for("the fault to be met", || async {
            seller.person.clone().ask_raw(SYNC, json!({ "id": seller.id })).await;
            (stack.sandbox.get("faults").await == json!([])).then_some(())
        })
        .await;
        if extra["code"] != "invalid_grant" {
            // Asked again after the quiet time, inside the window.
            stack.sandbox.advance(16).await;
            carried_on(&stack, &seller).await;
        }
    }
    wait_for("the end", || async {
        let standing = seller.person.clone().ask(STANDING, json!({ "id": seller.id })).await;
        (standing["seller"]["connection"]["status"] != "CONNECTED").then_some(())
    })
    .await;
    assert!(crate::support::secrets::has_something_to_search_for(&stack));
}

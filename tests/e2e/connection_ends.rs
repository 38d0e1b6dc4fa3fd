//! A connection ends, or lacks a permission: what the seller and the staff see, and the one button.

use serde_json::json;

use crate::support::{Engine, Person, Seller, Stack, wait_for};

on_every_database!(
    a_seller_who_disconnected_connects_again,
    a_permission_is_given_later,
    what_looks_like_reuse_is_told_to_everybody_and_closes_the_connection
);

const LIVES: &str = "query($id: ID!) { seller(id: $id) { connection { id status reason explanation missingScopes refreshTokenExpiresAt timeline { status reason } } } }";

/// What the person sees and does at Airwallex when she comes back as a customer.
async fn consent_again(seller: &mut Seller, account_page: &str) -> String {
    let page = seller.person.open(account_page).await;
    let to = format!("/seller/{}/connect", seller.id);
    let login = seller.person.press(&page, &to, &[("sign_up", "false")]).await;
    seller.consent_again(&login.url).await
}

async fn a_seller_who_disconnected_connects_again(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Hazel").await;
    let beneficiary = seller.beneficiary().await;
    let input = json!({ "id": seller.id });
    let before = seller.person.ask(LIVES, input.clone()).await["seller"]["connection"].clone();
    assert_eq!((before["explanation"].as_str(), &before["missingScopes"]), (Some(""), &json!([])));
    assert!(before["refreshTokenExpiresAt"].is_string(), "{before}");

    stack.sandbox.post(&format!("connections/{}/disconnect", seller.account), json!({})).await;
    let ended = wait_for("the news", || async {
        let told = seller.person.clone().ask(LIVES, input.clone()).await["seller"]["connection"].clone();
        (told["status"] == "DISCONNECTED").then_some(told)
    })
    .await;
    assert_eq!(ended["explanation"], "You disconnected your account at Airwallex.");
    assert!(ended["refreshTokenExpiresAt"].is_null(), "no token is held: {ended}");
    let page = format!("/seller/{}", seller.id);
    let shown = seller.person.open(&page).await.html;
    assert!(shown.contains("You disconnected your account at Airwallex."), "{shown}");
    assert!(shown.contains("Connect again"), "{shown}");
    let refused = seller.create_payout(&beneficiary, "10.00", "GBP", "k").await;
    assert_eq!(refused["problems"][0]["code"], "CONNECTION_NOT_CONNECTED");

    // The staff see the same, each generation and send, and no value; and can write to her once more.
    let mut staff = Person::staff(&stack).await;
    let list = staff.open("/admin/connections?status=DISCONNECTED").await.html;
    let id = before["id"].as_str().expect("an id").to_owned();
    assert!(list.contains(&id) && list.contains("holds no tokens"), "{list}");
    let detail = staff.open(&format!("/admin/connections/{id}")).await;
    for words in ["DISCONNECTED_BY_CUSTOMER", "Generations of tokens", "disconnected", &seller.account] {
        assert!(detail.html.contains(words), "{words}: {}", detail.html);
    }
    let mails = || stack.mails_to("hazel@studio.example").len();
    wait_for("the first mail", || async {
        stack.mails_to("hazel@studio.example").pop().filter(|mail| mail.contains("You disconnected"))
    })
    .await;
    let written = mails();
    let told = staff.press(&detail, &format!("/admin/connections/{id}/remind"), &[]).await.html;
    assert!(told.contains("The seller is being written to"), "{told}");
    wait_for("the second mail", || async { (mails() == written + 1).then_some(()) }).await;
    assert_eq!(seller.person.open(&format!("/admin/connections/{id}")).await.status, 404, "for staff only");
    assert_eq!(seller.person.open("/admin/connections/security").await.status, 404, "for staff only");

    let outcome = consent_again(&mut seller, &page).await;
    assert!(outcome.contains("Your Airwallex account is connected"), "{outcome}");
    let after = seller.person.ask(LIVES, input).await["seller"]["connection"].clone();
    assert_eq!((&after["id"], after["status"].as_str()), (&before["id"], Some("CONNECTED")));
    assert_eq!(after["timeline"].as_array().map(Vec::len), Some(3), "{after}");
    let made = seller.create_payout(&beneficiary, "10.00", "GBP", "k").await;
    assert_eq!(made["problems"], json!([]), "what she had is still there");
}

async fn a_permission_is_given_later(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let withheld = json!({ "withheld_scopes": ["balance:read", "transfer:write"] });
    stack.sandbox.post("settings", withheld).await;
    let mut seller = Seller::new(&stack, "Hazel").await;
    seller.connect(&stack).await;
    stack.sandbox.post(&format!("accounts/{}/review", seller.account), json!({ "status": "ACTIVE" })).await;
    seller.until_account(|account| account["status"] == "ACTIVE").await;
    let lives = seller.person.ask(LIVES, json!({ "id": seller.id })).await;
    let missing = &lives["seller"]["connection"]["missingScopes"];
    assert_eq!(*missing, json!(["balance:read", "transfer:write"]));
    let page = format!("/seller/{}", seller.id);
    let shown = seller.person.open(&page).await;
    for words in ["Not permitted yet", "see your balance", "make payouts for you", "Permit it at Airwallex"] {
        assert!(shown.html.contains(words), "{words}: {}", shown.html);
    }
    let beneficiary = seller.beneficiary().await;
    let refused = seller.create_payout(&beneficiary, "10.00", "GBP", "k").await;
    assert_eq!(refused["problems"][0]["code"], "CONNECTION_PERMISSION_MISSING");

    stack.sandbox.post("settings", json!({ "withheld_scopes": [] })).await;
    let outcome = consent_again(&mut seller, &page).await;
    assert!(outcome.contains("Your Airwallex account is connected"), "{outcome}");
    let shown = seller.person.open(&page).await;
    assert!(shown.url.ends_with("/payouts"), "nothing is missing: {}", shown.url);
    let made = seller.create_payout(&beneficiary, "10.00", "GBP", "k").await;
    assert_eq!(made["problems"], json!([]));
    assert_eq!(stack.sandbox.get("totals").await["revocations"], json!([]));
}

/// Airwallex refuses a repeat inside the grace: that cannot happen by its documents, so somebody has to look.
async fn what_looks_like_reuse_is_told_to_everybody_and_closes_the_connection(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut staff = Person::staff(&stack).await;
    let mut seller = Seller::new(&stack, "Hazel").await;
    seller.connect(&stack).await;
    let input = json!({ "id": seller.id });
    let sync = "mutation($id: ID!) { syncAccount(input: { sellerId: $id }) { problems { code } } }";
    for (seconds, action, more) in
        [(301, "drop_before", json!({})), (20, "refuse", json!({ "status": 400, "code": "invalid_grant" }))]
    {
        stack.sandbox.fault("/oauth/token", action, more).await;
        stack.sandbox.advance(seconds).await;
        wait_for("the fault to be met", || async {
            seller.person.clone().ask_raw(sync, input.clone()).await;
            (stack.sandbox.get("faults").await == json!([])).then_some(())
        })
        .await;
    }
    let paused = wait_for("the pause", || async {
        let told = seller.person.clone().ask(LIVES, input.clone()).await["seller"]["connection"].clone();
        (told["status"] == "PAUSED").then_some(told)
    })
    .await;
    assert_eq!(paused["reason"], "REFUSED_ON_REPEAT");
    assert!(paused["refreshTokenExpiresAt"].is_null(), "{paused}");

    // The seller: on her page, and by mail.
    let page = format!("/seller/{}", seller.id);
    let shown = seller.person.open(&page).await.html;
    assert!(shown.contains("closed the link to be safe") && shown.contains("Connect again"), "{shown}");
    wait_for("her mail", || async {
        stack.mails_to("hazel@studio.example").pop().filter(|mail| mail.contains("closed the link"))
    })
    .await;

    // The staff: by mail, in the list of events with who and where, and in the numbers.
    let mail = wait_for("their mail", || async {
        stack.mails_to("noor@staff.example").pop().filter(|mail| mail.contains("Security"))
    })
    .await;
    let id = paused["id"].as_str().expect("an id");
    assert!(mail.contains(id) && mail.contains("REFUSED") | mail.contains("refused"), "{mail}");
    let events = staff.open("/admin/connections/security").await;
    for words in
        [id, "REFUSED_ON_REPEAT", "Looked into", "generation 1 was refused while an earlier send", "system "]
    {
        assert!(events.html.contains(words), "{words}: {}", events.html);
    }
    let event = events.html.split("/admin/connections/security/").nth(1).expect("a button");
    let event: String = event.chars().take_while(|one| *one != '/').collect();
    let seen = staff.press(&events, &format!("/admin/connections/security/{event}/seen"), &[]).await;
    assert!(!seen.html.contains("/seen\""), "it is looked into: {}", seen.html);
    let answer = crate::support::sandbox::http().get(&stack.metrics).send().await.expect("an answer");
    let metrics = answer.text().await.expect("text");
    for line in [
        "souk_token_refreshes_total{outcome=\"refused\"} 1",
        "souk_token_refreshes_total{outcome=\"unknown\"} 1",
        "souk_token_security_events{kind=\"refused_on_repeat\"} 1",
        "souk_token_security_events{kind=\"reuse_blocked\"} 0",
        "souk_token_endpoint_unresolved 0",
        "souk_token_sends_open 1",
        "souk_token_lease_waits_total",
        "souk_token_oldest_pair_seconds",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }

    let outcome = consent_again(&mut seller, &page).await;
    assert!(outcome.contains("Your Airwallex account is connected"), "{outcome}");
    assert_eq!(stack.sandbox.get("totals").await["revocations"], json!([]));
}

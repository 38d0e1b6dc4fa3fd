//! The way to Airwallex and back: in a real browser, and with everything that can go wrong on it.

use serde_json::json;

use crate::support::person::PASSWORD;
use crate::support::{Browser, Engine, Person, Seller, Stack, wait_for};

on_every_database!(
    states_are_used_once_and_by_their_browser_only,
    one_account_has_one_chain,
    troubled_exchanges_leave_nothing_behind
);

#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_signs_up_in_the_browser() {
    let Some(browser) = Browser::open().await else { return };
    let stack = Stack::start(&Engine::Sqlite).await;
    browser.go(&format!("{}/", stack.url)).await;
    browser.press("Make an account").await;
    browser.fill("name", "Hazel Okafor").await;
    browser.fill("email", "hazel@bluekiln.example").await;
    browser.fill("password", PASSWORD).await;
    browser.press("Make an account").await;
    browser.until_says("Look into your mail").await;
    let mail = wait_for("the mail", || async { stack.mails_to("hazel@bluekiln.example").pop() }).await;
    let link =
        mail.split_whitespace().find(|word| word.contains("/account/confirm/")).expect("a link").to_owned();
    browser.go(&link).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Confirm my email address").await;
    browser.fill("name", "Blue Kiln Studio").await;
    browser.press("Go on").await;

    // Declining comes back in plain words, with a way to try again.
    browser.press("Sign up Airwallex").await;
    browser.until_says("Open an Airwallex account").await;
    browser.press("Decline").await;
    browser.until_says("You did not give permission, so nothing was connected").await;
    browser.press("Start again").await;

    browser.fill("name", "Hazel Okafor").await;
    browser.fill("business_name", "Blue Kiln Studio").await;
    browser.fill("email", "hazel@bluekiln.example").await;
    browser.fill("password", "sandbox-password").await;
    browser.press("Create account").await;
    browser.fill("code", "000000").await;
    browser.press("Confirm").await;
    browser.until_says("What will you use it for?").await;
    browser.press("Go on").await;
    browser.until_says("asks for access to your account").await;
    browser.press("Authorise Kiln & Loom").await;
    browser.until_says("Your Airwallex account is connected").await;
    assert!(!browser.driver.current_url().await.expect("a URL").as_str().contains("code="));
    browser.press("Go on").await;
    wait_for("the account to be read", || async {
        browser.driver.refresh().await.ok()?;
        browser.text().await.contains("One step, then you can be paid").then_some(())
    })
    .await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_customer_connects_in_the_browser() {
    let Some(browser) = Browser::open().await else { return };
    let stack = Stack::start(&Engine::Sqlite).await;
    let seller = Seller::new(&stack, "Acme").await;
    browser.go(&format!("{}/account/sign-in", stack.url)).await;
    browser.fill("email", &seller.person.email).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.press("Connect existing account").await;
    browser.fill("email", "viewer@acme.sandbox").await;
    browser.fill("password", "sandbox").await;
    browser.press("Sign in").await;
    browser.fill("code", "000000").await;
    browser.press("Confirm").await;
    browser.until_says("Choose the account").await;
    browser.press("Go on").await;
    browser.until_says("An Owner, Admin or Finance Admin has to do this").await;
    browser.press("Decline").await;
    browser.press("Start again").await;
    browser.fill("email", "owner@acme.sandbox").await;
    browser.fill("password", "sandbox").await;
    browser.press("Sign in").await;
    browser.fill("code", "000000").await;
    browser.press("Confirm").await;
    browser.press("Go on").await;
    browser.press("Authorise Kiln & Loom").await;
    browser.until_says("Your Airwallex account is connected").await;
    browser.close().await;
}

const EXISTING: [&[(&str, &str)]; 4] = [
    &[("email", "owner@acme.sandbox"), ("password", "sandbox")],
    &[("code", "000000")],
    &[("account", "acct_acmeSandbox00000000001")],
    &[("authorise", "1")],
];

async fn states_are_used_once_and_by_their_browser_only(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut hazel = Seller::new(&stack, "Hazel").await;
    let june = Seller::new(&stack, "June").await;

    let url = hazel.start_connection(false).await;
    let query: std::collections::HashMap<String, String> =
        reqwest::Url::parse(&url).expect("a URL").query_pairs().into_owned().collect();
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["redirect_uri"], format!("{}/connect/airwallex/callback", stack.url));
    assert!(!query.contains_key("sign_up"));
    assert!(hazel.start_connection(true).await.contains("sign_up=true"));
    let state = query["state"].clone();

    // Unknown, foreign, and without the attempt's cookie.
    let callback = |state: &str| format!("/connect/airwallex/callback?state={state}&code=code_x");
    assert_eq!(hazel.person.open(&callback("unknown")).await.status, 400);
    assert_eq!(june.person.clone().open(&callback(&state)).await.status, 400);
    let mut elsewhere = Person::new(&stack.url);
    elsewhere.sign_in("hazel@studio.example").await;
    assert_eq!(elsewhere.open(&callback(&state)).await.status, 400);
    assert_eq!(stack.sandbox.calls("/oauth/token").await, 0, "no code has been sent");

    let page = hazel.walk_consent(&url, &EXISTING).await;
    assert!(page.html.contains("is connected"), "{}", page.html);
    assert_eq!(stack.sandbox.calls("/oauth/token").await, 1);
    // The same browser again, and a second tab: the stored outcome, and no second send.
    let again = hazel.person.open(&callback(&state)).await;
    assert!(again.html.contains("is connected"), "{}", again.html);
    assert_eq!(stack.sandbox.calls("/oauth/token").await, 1);

    // An hour later the link is dead.
    let mut late = Seller::new(&stack, "Late").await;
    let url = late.start_connection(false).await;
    stack.sandbox.advance(3601).await;
    let page = late.walk_consent(&url, &EXISTING).await;
    assert!(page.html.contains("longer than an hour"), "{}", page.html);
}

async fn one_account_has_one_chain(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut hazel = Seller::new(&stack, "Hazel").await;
    let mut june = Seller::new(&stack, "June").await;
    let url = hazel.start_connection(false).await;
    hazel.walk_consent(&url, &EXISTING).await;
    hazel.until_account(|account| account["status"] == "ACTIVE").await;
    let url = june.start_connection(false).await;
    let page = june.walk_consent(&url, &EXISTING).await;
    assert!(page.html.contains("already belongs to another seller"), "{}", page.html);

    // Upstream, the second consent has replaced the first seller's tokens: hers are the new ones now.
    let sync = "mutation($id: ID!) { syncAccount(input: { sellerId: $id }) { problems { code } } }";
    stack.sandbox.advance(301).await;
    let synced = hazel.person.ask(sync, json!({ "id": hazel.id })).await;
    assert_eq!(synced["syncAccount"]["problems"], json!([]));
    assert_eq!(stack.sandbox.get("totals").await["revocations"], json!([]));

    let bank_account = hazel.beneficiary().await;
    // The customer takes the permission back; the seller is told and can come back.
    stack.sandbox.post(&format!("connections/{}/disconnect", hazel.account), json!({})).await;
    let query = "query($id: ID!) { seller(id: $id) { connection { status reason timeline { status } } } }";
    wait_for("the disconnect", || {
        let (mut person, id) = (hazel.person.clone(), hazel.id.clone());
        async move {
            let connection = person.ask(query, json!({ "id": id })).await["seller"]["connection"].clone();
            (connection["status"] == "DISCONNECTED").then_some(())
        }
    })
    .await;
    // Until she does, nothing new is begun, and every page says so.
    let beneficiary = hazel.create_beneficiary(Seller::bank_values(), "after-the-end").await;
    assert_eq!(beneficiary["problems"][0]["code"], "CONNECTION_NOT_CONNECTED", "{beneficiary}");
    let payout = hazel.create_payout(&bank_account, "10.00", "GBP", "after-the-end").await;
    assert_eq!(payout["problems"][0]["code"], "CONNECTION_NOT_CONNECTED", "{payout}");
    for (path, mended) in [("payouts/new", "onboarding"), ("bank-accounts/new", "seller")] {
        let page = hazel.person.open(&format!("/seller/{}/{path}", hazel.id)).await;
        assert_eq!(
            page.url,
            format!("{}/{mended}/{}", stack.url, hazel.id),
            "{path} leads to where it is mended"
        );
        assert!(page.html.contains("Connect again"), "{}", page.html);
        assert!(!page.html.contains("Sign up Airwallex"), "{}", page.html);
    }
    let page = hazel.person.open(&format!("/onboarding/{}", hazel.id)).await;
    assert!(page.html.contains("Your link to Airwallex has ended"), "{}", page.html);
    assert!(!page.html.contains("ready to be paid"), "{}", page.html);
    let page = hazel.person.open(&format!("/seller/{}/payouts", hazel.id)).await;
    assert!(
        page.html.contains("Nothing can be paid out") && !page.html.contains("New payout"),
        "{}",
        page.html
    );

    let url = hazel.start_connection(false).await;
    let page = hazel.walk_consent(&url, &EXISTING).await;
    assert!(page.html.contains("is connected"), "{}", page.html);
    let payout = hazel.create_payout(&bank_account, "10.00", "GBP", "after-the-end").await;
    assert_eq!(payout["problems"], json!([]), "a refused wish has not used its key up: {payout}");
}

async fn troubled_exchanges_leave_nothing_behind(engine: Engine) {
    let stack = Stack::start(&engine).await;
    for (index, (action, extra, words)) in [
        ("drop_after", json!({}), "We have not heard from Airwallex"),
        ("drop_before", json!({}), "We have not heard from Airwallex"),
        ("hold", json!({}), "We have not heard from Airwallex"),
        ("limit", json!({}), "We could not reach Airwallex"),
        ("refuse", json!({ "status": 500, "code": "x" }), "We have not heard from Airwallex"),
        ("refuse", json!({ "status": 400, "code": "invalid_grant" }), "did not accept the permission"),
        ("refuse", json!({ "status": 401, "code": "invalid_client" }), "did not accept our request"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut seller = Seller::new(&stack, &format!("Seller{index}")).await;
        let url = seller.start_connection(false).await;
        stack.sandbox.fault("/oauth/token", action, extra).await;
        let before = stack.sandbox.calls("/oauth/token").await;
        let page = seller.walk_consent(&url, &EXISTING).await;
        assert!(page.html.contains(words), "{action}: {}", page.html);
        assert!(page.html.contains("Start again"), "{action}");
        // One that was held until we hung up was never executed, and is not counted over there.
        let executed = usize::from(action != "hold");
        assert_eq!(stack.sandbox.calls("/oauth/token").await, before + executed, "{action}: sent once");
        let query = "query($id: ID!) { seller(id: $id) { connection { status } account { id } } }";
        let seen = seller.person.ask(query, json!({ "id": seller.id })).await;
        assert_eq!(seen["seller"], json!({ "connection": null, "account": null }), "{action}");
    }
}

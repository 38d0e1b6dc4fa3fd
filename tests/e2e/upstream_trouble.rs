//! Every call to Airwallex that somebody waits for, and every way in which it can go wrong: a typed answer
//! in our own words, nothing half-written, and the same once more works.

mod background;

use serde_json::{Value, json};

use crate::support::{Engine, Seller, Stack, wait_for};

on_every_database!(
    looking_at_an_account,
    the_way_to_the_checks,
    our_own_form,
    bank_accounts,
    stopping_a_payout,
    logging_in,
    subscribing
);

/// A fault, and the code that it is told by.
struct Trouble(&'static str, Value, &'static str);

/// Refusals, limits, breakdowns, cut connections, and an answer that never comes.
fn troubles() -> Vec<Trouble> {
    vec![
        Trouble("refuse", json!({ "status": 403, "code": "forbidden" }), "UPSTREAM_REFUSED"),
        Trouble("limit", json!({}), "UPSTREAM_BUSY"),
        Trouble("refuse", json!({ "status": 503, "code": "service_unavailable" }), "UPSTREAM_UNAVAILABLE"),
        Trouble("drop_before", json!({}), "UPSTREAM_UNAVAILABLE"),
        Trouble("hold", json!({}), "UPSTREAM_UNAVAILABLE"),
    ]
}

/// A deployment that does not wait half a minute for an answer.
async fn impatient(engine: &Engine) -> Stack {
    let mut stack = Stack::prepared(engine).await;
    stack.add_replica(0, &[("SOUK_AIRWALLEX_TIMEOUT_SECONDS", "1")]).await;
    stack
}

/// Everything of a seller that trouble may not change.
async fn state(seller: &mut Seller) -> Value {
    let query = "query($id: ID!) { seller(id: $id) { connection { status } account { status isLinked }
        beneficiaries(first: 20) { edges { node { id status } } }
        payouts(first: 20) { edges { node { id status } } } }
        onboardingDraft(sellerId: $id) { isSubmitted } }";
    let mut state = seller.person.ask(query, json!({ "id": seller.id })).await;
    state.as_object_mut().expect("an object").remove("extensions");
    state
}

/// Asks under each trouble at `path`; `problem` finds the code in the answer.
async fn suffer(
    stack: &Stack,
    seller: &mut Seller,
    path: &str,
    query: &str,
    variables: &Value,
    problem: impl Fn(&Value) -> Value,
) {
    suffer_from(troubles(), stack, seller, path, query, variables, problem).await;
}

async fn suffer_from(
    troubles: Vec<Trouble>,
    stack: &Stack,
    seller: &mut Seller,
    path: &str,
    query: &str,
    variables: &Value,
    problem: impl Fn(&Value) -> Value,
) {
    let before = state(seller).await;
    for Trouble(action, extra, code) in troubles {
        stack.sandbox.fault(path, action, extra).await;
        let told = seller.person.ask_raw(query, variables.clone()).await;
        let found = problem(&told);
        assert_eq!(found["code"], code, "{path} {action}: {told}");
        assert!(found["message"].as_str().is_some_and(|words| words.contains(". ")), "a remedy: {told}");
        assert!(!told.to_string().contains("ordered by a fault"), "nothing raw from upstream: {told}");
        let left = stack.sandbox.get("faults").await;
        assert_eq!(left, json!([]), "{path} {action} was not met");
        stack.sandbox.clear_faults().await;
        assert_eq!(state(seller).await, before, "{path} {action} left something behind");
    }
}

/// The first problem of a mutation's payload.
fn of(mutation: &'static str) -> impl Fn(&Value) -> Value {
    move |told| told["data"][mutation]["problems"][0].clone()
}

async fn looking_at_an_account(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::new(&stack, "Tom").await;
    seller.connect(&stack).await;
    let sync = "mutation($id: ID!) { syncAccount(input: { sellerId: $id }) { account { status } problems { code message } } }";
    let variables = json!({ "id": seller.id });
    for path in ["/api/v1/account", "/api/v1/account/wallet_info", "/api/v1/balances/current"] {
        // With the seller's own token a 403 is a permission that is missing, and no trouble.
        let troubles = troubles().into_iter().skip(1).collect();
        suffer_from(troubles, &stack, &mut seller, path, sync, &variables, of("syncAccount")).await;
    }
    let account = format!("/api/v1/accounts/{}", seller.account);
    suffer(&stack, &mut seller, &account, sync, &variables, of("syncAccount")).await;
    let healed = seller.person.ask(sync, variables).await;
    assert_eq!(healed["syncAccount"]["account"]["status"], "CREATED");
}

async fn the_way_to_the_checks(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::new(&stack, "Una").await;
    seller.connect(&stack).await;
    let before = state(&mut seller).await;
    let status = format!("/onboarding/{}", seller.id);
    let go_on = format!("{status}/continue");
    // The second round finds a flow that is open, and only asks for a link into it.
    for path in ["/api/v1/hosted_flows/create", "/api/v1/hosted_flows/ahfi_*"] {
        for Trouble(action, extra, code) in troubles() {
            let words = match code {
                "UPSTREAM_REFUSED" => "Airwallex did not accept this",
                "UPSTREAM_BUSY" => "Airwallex asks us to wait",
                _ => "We have not heard from Airwallex",
            };
            stack.sandbox.fault(path, action, extra).await;
            let page = seller.person.open(&status).await;
            let told = seller.person.press(&page, &go_on, &[]).await;
            assert!(told.html.contains(words), "{path} {action}: {}", told.html);
            assert!(matches!(told.status, 409 | 503), "{path} {action}: {}", told.status);
            assert_eq!(stack.sandbox.get("faults").await, json!([]), "{path} {action} was not met");
            stack.sandbox.clear_faults().await;
            assert_eq!(state(&mut seller).await, before);
        }
        let page = seller.person.open(&status).await;
        let hosted = seller.person.press(&page, &go_on, &[]).await;
        assert!(hosted.url.contains("/hosted/kyc/"), "{}", hosted.url);
    }
    // Coming back while Airwallex does not answer still shows the page.
    for Trouble(action, extra, _) in troubles() {
        for path in ["/api/v1/hosted_flows/*", "/api/v1/account"] {
            stack.sandbox.fault(path, action, extra.clone()).await;
        }
        let back = seller.person.open(&format!("{status}/return")).await;
        assert!(back.html.contains("One step, then you can be paid"), "{action}: {}", back.html);
        assert_eq!(stack.sandbox.get("faults").await, json!([]), "{action} was not met");
    }
}

async fn our_own_form(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::new(&stack, "Vera").await;
    seller.connect(&stack).await;
    let values: Vec<Value> = crate::seller_onboards::values("GB")
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let save = "mutation($input: SaveOnboardingDraftInput!) { saveOnboardingDraft(input: $input) { problems { code } } }";
    seller.person.ask(save, json!({ "input": { "sellerId": seller.id, "values": values } })).await;
    let submit = "mutation($id: ID!) { submitOnboarding(input: { sellerId: $id }) { account { status } problems { code message } } }";
    let variables = json!({ "id": seller.id });
    for step in ["update", "submit"] {
        let path = format!("/api/v1/accounts/{}/{step}", seller.account);
        suffer(&stack, &mut seller, &path, submit, &variables, of("submitOnboarding")).await;
    }
    // The answer to the submission is lost, and so is the first look at what became of it.
    let submission = format!("/api/v1/accounts/{}/submit", seller.account);
    stack.sandbox.fault(&submission, "drop_after", json!({})).await;
    stack.sandbox.fault(&format!("/api/v1/accounts/{}", seller.account), "drop_before", json!({})).await;
    let told = seller.person.ask(submit, variables.clone()).await;
    assert_eq!(told["submitOnboarding"]["problems"][0]["code"], "UPSTREAM_UNAVAILABLE", "{told}");
    seller.until_account(|account| account["status"] == "SUBMITTED").await;
}

async fn bank_accounts(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::ready(&stack, "Wim").await;
    let form = "query($id: ID!, $condition: BeneficiaryConditionInput!) { beneficiaryForm(sellerId: $id, condition: $condition) { fields { path } } }";
    let condition = json!({ "country": "GB", "currency": "GBP", "entityType": "COMPANY" });
    let variables = json!({ "id": seller.id, "condition": condition });
    let schema = "/api/v1/beneficiary_form_schemas/generate";
    suffer(&stack, &mut seller, schema, form, &variables, |told| {
        let error = &told["errors"][0];
        json!({ "code": error["extensions"]["code"], "message": error["message"] })
    })
    .await;

    let create = "mutation($input: CreateBeneficiaryInput!) { createBeneficiary(input: $input) { beneficiary { id status } problems { code message field } } }";
    let input = json!({ "input": {
        "sellerId": seller.id, "condition": condition, "values": Seller::bank_values(), "idempotencyKey": "bank-1",
    } });
    let validate = "/api/v1/beneficiaries/validate";
    suffer(&stack, &mut seller, validate, create, &input, of("createBeneficiary")).await;

    // Validated and refused all the same: at the field, nothing stays behind, and the key is free again.
    let path = "/api/v1/beneficiaries/create";
    let source = "beneficiary.bank_details.account_number";
    let fault = json!({ "status": 400, "code": "invalid_argument", "source": source });
    let before = state(&mut seller).await;
    stack.sandbox.fault(path, "refuse", fault).await;
    let told = seller.person.ask(create, input.clone()).await;
    let problem = &told["createBeneficiary"]["problems"][0];
    assert_eq!(problem["code"], "BENEFICIARY_FIELD_INVALID", "{told}");
    assert_eq!(problem["field"], json!([source]), "{told}");
    stack.sandbox.fault(path, "refuse", json!({ "status": 403, "code": "forbidden" })).await;
    let told = seller.person.ask(create, input.clone()).await;
    assert_eq!(told["createBeneficiary"]["problems"][0]["code"], "UPSTREAM_REFUSED", "{told}");
    assert_eq!(state(&mut seller).await, before);

    // The page keeps what was typed.
    let page = seller.person.open(&format!("/seller/{}/bank-accounts/new", seller.id)).await;
    stack.sandbox.fault(validate, "limit", json!({})).await;
    let typed = Seller::bank_values();
    let typed: Vec<(&str, &str)> = typed
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| Some((one["path"].as_str()?, one["value"].as_str()?)))
        .collect();
    let shown = seller.person.press(&page, &page.url.clone(), &typed).await;
    assert_eq!(shown.status, 503);
    assert!(
        shown.html.contains("Airwallex asks us to wait") && shown.html.contains("31921107"),
        "{}",
        shown.html
    );

    // Not answered in time: it is being made, and the same key finds it.
    stack.sandbox.fault(path, "hold", json!({})).await;
    let made = seller.person.ask(create, input.clone()).await;
    assert_eq!(made["createBeneficiary"]["beneficiary"]["status"], "PENDING", "{made}");
    let again = seller.person.ask(create, input).await;
    assert_eq!(
        again["createBeneficiary"]["beneficiary"]["id"],
        made["createBeneficiary"]["beneficiary"]["id"]
    );
}

async fn stopping_a_payout(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::ready(&stack, "Xenia").await;
    let beneficiary = seller.beneficiary().await;
    // More than there is, so that it waits.
    let made = seller.create_payout(&beneficiary, "5000.00", "GBP", "k").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    seller.until_payout(&id, "OVERDUE").await;
    let cancel = "mutation($id: ID!) { cancelPayout(input: { id: $id }) { payout { status } problems { code message } } }";
    let transfer = stack.sandbox.newest_transfer().await.expect("a transfer");
    let path = format!("/api/v1/transfers/{transfer}/cancel");
    let variables = json!({ "id": id });
    suffer_some(&stack, &mut seller, &path, cancel, &variables).await;
    let stopped = seller.person.ask(cancel, variables.clone()).await;
    assert_eq!(stopped["cancelPayout"]["payout"]["status"], "CANCELLED", "{stopped}");
    let late = seller.person.ask(cancel, variables).await;
    assert_eq!(late["cancelPayout"]["problems"][0]["code"], "PAYOUT_TOO_LATE_TO_CANCEL", "{late}");

    // Airwallex did it and its answer was lost; another is with the bank already.
    let made = seller.create_payout(&beneficiary, "5000.00", "GBP", "k2").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    seller.until_payout(&id, "OVERDUE").await;
    stack.sandbox.fault("/api/v1/transfers/*", "drop_after", json!({})).await;
    let stopped = seller.person.ask(cancel, json!({ "id": id })).await;
    assert_eq!(stopped["cancelPayout"]["payout"]["status"], "CANCELLED", "{stopped}");
    let made = seller.create_payout(&beneficiary, "10.00", "GBP", "k3").await;
    let id = made["payout"]["id"].as_str().expect("an id").to_owned();
    seller.until_payout(&id, "PROCESSING").await;
    let transfer = stack.sandbox.newest_transfer().await.expect("a transfer");
    stack.sandbox.event_fault("payout.transfer.sent", "delay").await;
    stack.sandbox.transition(&transfer, "SENT").await;
    let late = seller.person.ask(cancel, json!({ "id": id })).await;
    assert_eq!(late["cancelPayout"]["problems"][0]["code"], "PAYOUT_TOO_LATE_TO_CANCEL", "{late}");
}

/// A cancellation that was not heard is followed by a look, which tells the truth: the payout waits on.
async fn suffer_some(stack: &Stack, seller: &mut Seller, path: &str, cancel: &str, variables: &Value) {
    let before = state(seller).await;
    for Trouble(action, extra, code) in troubles() {
        stack.sandbox.fault(path, action, extra).await;
        let told = seller.person.ask(cancel, variables.clone()).await;
        let told = &told["cancelPayout"];
        match action {
            "refuse" | "limit" if code != "UPSTREAM_UNAVAILABLE" => {
                assert_eq!(told["problems"][0]["code"], code, "{action}: {told}");
            }
            _ => assert_eq!(told["payout"]["status"], "OVERDUE", "{action}: {told}"),
        }
        stack.sandbox.clear_faults().await;
        assert_eq!(state(seller).await, before, "{action}");
    }
}

async fn logging_in(engine: Engine) {
    let stack = impatient(&engine).await;
    let mut seller = Seller::new(&stack, "Ada").await;
    seller.connect(&stack).await;
    let sync = "mutation($id: ID!) { syncAccount(input: { sellerId: $id }) { account { status } problems { code message } } }";
    for Trouble(action, mut extra, code) in troubles() {
        let code = if code == "UPSTREAM_REFUSED" { "UPSTREAM_UNAVAILABLE" } else { code };
        // Until it is cleared: background steps log in too.
        extra["times"] = json!(1000);
        stack.sandbox.fault("/api/v1/authentication/login", action, extra).await;
        // Past the life of the platform's own token.
        stack.sandbox.advance(31 * 60).await;
        // A refused login speaks for a second: nobody asks again at once with the same key.
        wait_for(&format!("{action} to be told by {code}"), || async {
            let told = seller.person.clone().ask(sync, json!({ "id": seller.id })).await;
            (told["syncAccount"]["problems"][0]["code"] == code).then_some(())
        })
        .await;
        stack.sandbox.clear_faults().await;
    }
    let healed = seller.person.ask(sync, json!({ "id": seller.id })).await;
    assert_eq!(healed["syncAccount"]["account"]["status"], "CREATED", "{healed}");
}

/// The command that subscribes says what went wrong and what it was about to do, and works when called again.
async fn subscribing(engine: Engine) {
    let mut stack = Stack::prepared(&engine).await;
    stack.environment.insert("SOUK_AIRWALLEX_TIMEOUT_SECONDS".to_owned(), "1".to_owned());
    let register =
        || crate::support::processes::run(&stack.folder, &["webhooks", "register"], &stack.environment);
    for Trouble(action, extra, _) in troubles() {
        stack.sandbox.fault("/partner-api/v1/webhooks/create", action, extra).await;
        let (code, told, complaint) = register().await;
        assert_eq!(code, 1, "{action}: {told} {complaint}");
        assert!(complaint.contains("Airwallex did not subscribe"), "{action}: {complaint}");
        assert!(!told.contains("whsec_"), "{action}: {told}");
        stack.sandbox.clear_faults().await;
    }
    let (code, told, complaint) = register().await;
    assert!(code == 0 && told.contains("whsec_"), "{told} {complaint}");
}

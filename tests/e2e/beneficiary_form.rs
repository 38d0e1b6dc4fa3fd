//! The form that Airwallex's schema dictates: in a browser, over GraphQL, and with every rule broken.

use serde_json::{Value, json};

use crate::support::person::PASSWORD;
use crate::support::{Browser, Engine, Seller, Stack};

on_every_database!(
    broken_values_are_told_at_their_fields,
    lost_answers_make_one_beneficiary,
    every_corridor_has_its_form,
    money_reaches_every_corridor
);

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_account_is_added_in_the_browser() {
    let Some(browser) = Browser::open().await else { return };
    let stack = Stack::start(&Engine::Sqlite).await;
    let seller = Seller::ready(&stack, "Hazel").await;
    browser.go(&format!("{}/account/sign-in", stack.url)).await;
    browser.fill("email", &seller.person.email).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    // Leaving before the answer has come would leave without the session.
    browser.until_says("Sign out").await;
    browser.go(&format!("{}/seller/{}/bank-accounts/new", stack.url, seller.id)).await;
    browser.until_says("Sort code").await;
    // Another country asks for other details.
    let country = browser
        .driver
        .find(thirtyfour::By::Id("beneficiary.bank_details.bank_country_code"))
        .await
        .expect("a field");
    let country = thirtyfour::components::SelectElement::new(&country).await.expect("a select");
    country.select_by_value("US").await.expect("a choice");
    browser.until_says("ABA routing number").await;
    browser.fill("beneficiary.company_name", "Juniper Clay LLC").await;
    browser.fill("beneficiary.bank_details.account_routing_value1", "11000000").await;
    browser.fill("beneficiary.bank_details.account_name", "Juniper Clay LLC").await;
    browser.press("Save bank account").await;
    browser.until_says("things to put right").await;
    let text = browser.text().await;
    assert!(text.contains("has eight digits; it needs nine"), "{text}");
    for (field, value) in [
        ("beneficiary.bank_details.account_routing_value1", "110000000"),
        ("beneficiary.bank_details.account_number", "000123456789"),
        ("beneficiary.bank_details.bank_name", "Union Trust"),
        ("beneficiary.address.postcode", "28801"),
        ("beneficiary.address.street_address", "48 Depot Street"),
        ("beneficiary.address.city", "Asheville"),
        ("beneficiary.address.state", "US-NC"),
    ] {
        browser.fill(field, value).await;
    }
    let category = browser
        .driver
        .find(thirtyfour::By::Id("beneficiary.bank_details.bank_account_category"))
        .await
        .expect("a field");
    let category = thirtyfour::components::SelectElement::new(&category).await.expect("a select");
    category.select_by_value("Checking").await.expect("a choice");
    browser.press("Save bank account").await;
    browser.until_says("Union Trust, 6789").await;
    browser.close().await;
}

fn changed(path: &str, value: &str) -> Value {
    let mut values = Seller::bank_values();
    let all = values.as_array_mut().expect("a list");
    all.retain(|one| one["path"] != path);
    all.push(json!({ "path": path, "value": value }));
    values
}

async fn broken_values_are_told_at_their_fields(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "June").await;
    for (path, value, words) in [
        ("beneficiary.bank_details.account_number", "123", "has three digits; it needs eight"),
        ("beneficiary.bank_details.account_name", "", "Enter the account name"),
        ("beneficiary.entity_type", "CLUB", "Choose one of the offered values"),
        ("beneficiary.bank_details.colour", "blue", "no such field"),
    ] {
        let refused = seller.create_beneficiary(changed(path, value), "k").await;
        assert_eq!(refused["beneficiary"], Value::Null);
        let problem = &refused["problems"][0];
        assert_eq!(problem["code"], "BENEFICIARY_FIELD_INVALID");
        assert_eq!(problem["field"], json!([path]));
        assert!(problem["message"].as_str().expect("words").contains(words), "{problem}");
    }
    assert_eq!(stack.sandbox.calls("/api/v1/beneficiaries/create").await, 0);

    // What only Airwallex knows comes back at its field as well: a check digit.
    let iban = changed("beneficiary.bank_details.iban", "GB28NWBK60161331926819");
    let refused = seller.create_beneficiary(iban, "k").await;
    assert_eq!(refused["problems"][0]["field"], json!(["beneficiary.bank_details.iban"]), "{refused}");

    // A refusal does not consume the key; the same key and input gives the first result.
    let made = seller.create_beneficiary(Seller::bank_values(), "k").await;
    assert_eq!(made["beneficiary"]["numberLast"], "1107");
    let mut named = changed("beneficiary.bank_details.account_number", "31921109");
    named.as_array_mut().expect("a list").push(json!({ "path": "nickname", "value": "Rainy days" }));
    assert_eq!(seller.create_beneficiary(named, "k-named").await["problems"], json!([]));
    let listed = seller.person.open(&format!("/seller/{}/bank-accounts", seller.id)).await;
    assert!(listed.html.contains("Rainy days (Blue Kiln Ltd, 1109)"), "{}", listed.html);
    let again = seller.create_beneficiary(Seller::bank_values(), "k").await;
    assert_eq!(again["beneficiary"]["id"], made["beneficiary"]["id"]);
    let other =
        seller.create_beneficiary(changed("beneficiary.bank_details.account_number", "31921108"), "k").await;
    assert_eq!(other["problems"][0]["code"], "IDEMPOTENCY_KEY_REUSED");

    let form = "query($id: ID!, $c: BeneficiaryConditionInput!) { beneficiaryForm(sellerId: $id, condition: $c) { fields { path } } }";
    let condition = json!({ "country": "AF", "currency": "USD", "entityType": "COMPANY" });
    let none = seller.person.ask_raw(form, json!({ "id": seller.id, "c": condition })).await;
    assert_eq!(none["errors"][0]["extensions"]["code"], "BENEFICIARY_CORRIDOR_UNSUPPORTED");
}

async fn lost_answers_make_one_beneficiary(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Kim").await;
    for (index, action) in ["drop_after", "drop_before", "limit"].into_iter().enumerate() {
        stack.sandbox.fault("/api/v1/beneficiaries/create", action, json!({})).await;
        let values = changed("beneficiary.bank_details.account_number", &format!("3192110{index}"));
        let made = seller.create_beneficiary(values, &format!("k{index}")).await;
        assert_eq!(made["beneficiary"]["status"], "PENDING", "{made}");
        let id = seller.id.clone();
        crate::support::wait_for("the beneficiary", || {
            let (mut person, id, sandbox) = (seller.person.clone(), id.clone(), stack.sandbox.clone());
            async move {
                sandbox.advance(40).await;
                let query = "query($id: ID!) { seller(id: $id) { beneficiaries(first: 10) { edges { node { status } } } } }";
                let seen = person.ask(query, json!({ "id": id })).await;
                (!seen.to_string().contains("PENDING")).then_some(())
            }
        })
        .await;
    }
}

async fn every_corridor_has_its_form(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Lou").await;
    let form = "query($id: ID!, $c: BeneficiaryConditionInput!) { beneficiaryForm(sellerId: $id, condition: $c) { fields { path isRequired } } }";
    for (country, currency, path) in [
        ("GB", "GBP", "account_routing_value1"),
        ("US", "USD", "bank_account_category"),
        ("DE", "EUR", "iban"),
        ("AU", "AUD", "account_routing_value1"),
        ("SG", "SGD", "swift_code"),
    ] {
        for entity in ["COMPANY", "PERSONAL"] {
            let condition = json!({ "country": country, "currency": currency, "entityType": entity });
            let answer = seller.person.ask(form, json!({ "id": seller.id, "c": condition })).await;
            let wanted = format!("beneficiary.bank_details.{path}");
            let fields = answer["beneficiaryForm"]["fields"].as_array().expect("a list").clone();
            assert!(fields.iter().any(|field| field["path"] == wanted), "{country} {entity}");
        }
    }
}

/// What somebody of the country would fill in, by the end of the path; choices take the first.
fn filled(field: &Value, country: &str) -> Option<Value> {
    let path = field["path"].as_str()?;
    let choice = field["choices"][0]["value"].as_str();
    let default = field["defaultValue"].as_str().filter(|value| !value.is_empty());
    let (number, routing, swift, postcode, state) = match country {
        "GB" => ("31921107", "040004", "", "LS1 1AA", "Leeds"),
        "US" => ("000123456789", "110000000", "", "28801", "US-NC"),
        "AU" => ("123456789", "083064", "", "3000", "VIC"),
        "SG" => ("1234567890", "", "DBSSSGSG", "018956", "Singapore"),
        _ => ("", "", "", "10115", "Berlin"),
    };
    let typed = match path.rsplit('.').next()? {
        "company_name" | "account_name" => "Blue Kiln",
        "first_name" => "Hazel",
        "last_name" => "Kiln",
        "iban" => "DE89370400440532013000",
        "account_number" => number,
        "account_routing_value1" => routing,
        "swift_code" => swift,
        "bank_name" => "Harbour Bank",
        "postcode" => postcode,
        "street_address" => "1 Harbour Street",
        "city" => "Harbour",
        "state" => state,
        _ => "",
    };
    let value = default.or(choice).unwrap_or(typed);
    (field["isRequired"] == true).then(|| json!({ "path": path, "value": value }))
}

async fn money_reaches_every_corridor(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::ready(&stack, "Max").await;
    let form =
        "query($id: ID!, $c: BeneficiaryConditionInput!) { beneficiaryForm(sellerId: $id, condition: $c) {
        fields { path isRequired defaultValue choices { value } } } }";
    let create = "mutation($input: CreateBeneficiaryInput!) { createBeneficiary(input: $input) {
        beneficiary { id status } problems { message field } } }";
    for (country, currency) in [("GB", "GBP"), ("US", "USD"), ("DE", "EUR"), ("AU", "AUD"), ("SG", "SGD")] {
        let wallet = json!({ "account_id": seller.account, "currency": currency, "amount": "50.00" });
        stack.sandbox.post("wallets", wallet).await;
        for entity in ["COMPANY", "PERSONAL"] {
            let condition = json!({ "country": country, "currency": currency, "entityType": entity });
            let shown = seller.person.ask(form, json!({ "id": seller.id, "c": condition })).await;
            let fields = shown["beneficiaryForm"]["fields"].as_array().expect("a list");
            let mut values: Vec<Value> = fields.iter().filter_map(|field| filled(field, country)).collect();
            for value in &mut values {
                if value["path"] == "beneficiary.entity_type" {
                    value["value"] = json!(entity);
                }
            }
            let key = format!("{country}-{entity}");
            let input = json!({ "sellerId": seller.id, "condition": condition, "values": values, "idempotencyKey": key });
            let made = seller.person.ask(create, json!({ "input": input })).await;
            let beneficiary = &made["createBeneficiary"]["beneficiary"];
            assert_eq!(beneficiary["status"], "ACTIVE", "{key}: {made} {shown}");
            let id = beneficiary["id"].as_str().expect("an id").to_owned();
            let paid = seller.create_payout(&id, "10.25", currency, &key).await;
            let id = paid["payout"]["id"].as_str().unwrap_or_else(|| panic!("{key}: {paid}")).to_owned();
            seller.until_payout(&id, "SCHEDULED").await;
            stack.sandbox.advance(1).await;
            seller.until_payout(&id, "PROCESSING").await;
            let transfer = stack.sandbox.newest_transfer().await.expect("a transfer");
            stack.sandbox.transition(&transfer, "SENT").await;
            stack.sandbox.transition(&transfer, "PAID").await;
            seller.until_payout(&id, "PAID").await;
        }
        let totals = stack.sandbox.get("totals").await;
        let paid = &totals["wallets"][format!("{} {currency}", seller.account)]["debits"];
        assert!(paid.as_str().is_some_and(|paid| paid.trim_end_matches('0') == "20.5"), "{totals}");
    }
}

//! Both ways through the checks: Airwallex's hosted pages, and our own form.

use serde_json::{Value, json};

use crate::support::{Engine, Seller, Stack};

on_every_database!(hosted_pages_lead_to_active, our_own_form_leads_to_active);

async fn hosted_pages_lead_to_active(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::new(&stack, "Hazel").await;
    seller.connect(&stack).await;
    let begun = seller
        .person
        .ask(
            "mutation($id: ID!) { startHostedOnboarding(input: { sellerId: $id }) { url problems { code } } }",
            json!({ "id": seller.id }),
        )
        .await;
    let url = begun["startHostedOnboarding"]["url"].as_str().expect("a stable page").to_owned();
    let page = seller.person.open(&url).await;
    assert!(page.html.contains("One step, then you can be paid"), "{}", page.html);
    let go_on = format!("/onboarding/{}/continue", seller.id);

    // A link that is opened too late leads back; the same page gives a new one.
    let link = seller.person.led_to(&page, &go_on).await;
    stack.sandbox.advance(16).await;
    let late = seller.person.open(&link).await;
    assert!(!late.url.contains("/hosted/kyc/"), "{}", late.url);
    assert!(late.html.contains("One step, then you can be paid"), "{} {}", late.url, late.html);
    let hosted = seller.person.press(&page, &go_on, &[]).await;
    assert!(hosted.url.contains("/hosted/kyc/"), "{}", hosted.url);
    let back = seller.person.press(&hosted, &hosted.url.clone(), &[("decision", "abandon")]).await;
    assert!(back.url.ends_with(&format!("/onboarding/{}", seller.id)), "{}", back.url);
    let hosted = seller.person.press(&back, &go_on, &[]).await;
    let done = seller.person.press(&hosted, &hosted.url.clone(), &[("decision", "complete")]).await;
    assert!(done.html.contains("Airwallex is checking who you are"), "{}", done.html);

    stack.sandbox.post(&format!("accounts/{}/review", seller.account), json!({ "status": "ACTIVE" })).await;
    seller.until_account(|account| account["status"] == "ACTIVE").await;
    let page = seller.person.open(&url).await;
    assert!(page.html.contains("You are ready to be paid"), "{}", page.html);
    crate::support::wait_for("the mail", || async {
        stack
            .mails_to("hazel@studio.example")
            .into_iter()
            .find(|mail| mail.contains("You are ready to be paid"))
    })
    .await;
    let nothing = seller.person.ask(
        "mutation($id: ID!) { startHostedOnboarding(input: { sellerId: $id }) { problems { code } } }",
        json!({ "id": seller.id }),
    );
    assert_eq!(nothing.await["startHostedOnboarding"]["problems"][0]["code"], "ONBOARDING_NOTHING_TO_DO");
}

pub fn values(country: &str) -> Vec<(&'static str, String)> {
    [
        ("business_name", "Blue Kiln Ltd"),
        ("registration_number", "01234567"),
        ("contact_email", "owner@bluekiln.example"),
        ("description", "Hand-thrown tableware."),
        ("address_line1", "1 Harbour Street"),
        ("city", "Leeds"),
        ("postcode", "LS1 1AA"),
        ("first_name", "Hazel"),
        ("last_name", "Okafor"),
        ("date_of_birth", "1980-01-31"),
        ("nationality", "GB"),
        ("director_address", "2 Harbour Street"),
        ("director_city", "Leeds"),
        ("director_postcode", "LS1 1AB"),
        ("director_country", "GB"),
        ("agree_terms", "yes"),
        ("agree_data", "yes"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .chain([("country", country.to_owned())])
    .collect()
}

async fn our_own_form_leads_to_active(engine: Engine) {
    let stack = Stack::start(&engine).await;
    let mut seller = Seller::new(&stack, "Lena").await;
    seller.connect(&stack).await;
    let path = format!("/onboarding/{}/details", seller.id);

    // Half of it is saved; sending it names what is missing, and keeps what is there.
    let saved = seller.person.submit(&path, &[("business_name", "Blue Kiln Ltd")]).await;
    assert!(saved.html.contains("Saved"), "{}", saved.html);
    let refused = seller.person.submit(&path, &[("business_name", "Blue Kiln Ltd"), ("send", "1")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.html.contains("Enter the registration number") && refused.html.contains("Blue Kiln Ltd"));
    assert_eq!(stack.sandbox.calls(&format!("/api/v1/accounts/{}/submit", seller.account)).await, 0);

    // What Airwallex refuses stands at the field that caused it.
    let fields = values("DE");
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.push(("send", "1"));
    let update = format!("/api/v1/accounts/{}/update", seller.account);
    let source = "account_details.business_details.registration_address.postcode";
    stack
        .sandbox
        .fault(&update, "refuse", json!({ "status": 400, "code": "invalid_argument", "source": source }))
        .await;
    let refused = seller.person.submit(&path, &form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.html.contains("id=\"postcode-error\""), "{}", refused.html);

    // A lost answer of the submit is recovered by reading the status.
    let submit = format!("/api/v1/accounts/{}/submit", seller.account);
    stack.sandbox.fault(&submit, "drop_after", json!({})).await;
    let sent = seller.person.submit(&path, &form).await;
    assert!(sent.html.contains("Airwallex is checking who you are"), "{}", sent.html);
    stack
        .sandbox
        .post(&format!("accounts/{}/review", seller.account), json!({ "status": "ACTIVE", "force": false }))
        .await;
    seller.until_account(|account| account["status"] == "ACTIVE").await;

    // The same over GraphQL, for another seller.
    let mut other = Seller::new(&stack, "Gina").await;
    other.connect(&stack).await;
    let all: Vec<Value> =
        values("GB").iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let save = "mutation($input: SaveOnboardingDraftInput!) { saveOnboardingDraft(input: $input) { draft { isSubmitted } problems { code field } } }";
    let unknown = json!([{ "name": "colour", "value": "blue" }]);
    let refused =
        other.person.ask(save, json!({ "input": { "sellerId": other.id, "values": unknown } })).await;
    assert_eq!(refused["saveOnboardingDraft"]["problems"][0]["field"], json!(["colour"]));
    other.person.ask(save, json!({ "input": { "sellerId": other.id, "values": all } })).await;
    let submitted = other
        .person
        .ask(
            "mutation($id: ID!) { submitOnboarding(input: { sellerId: $id }) { account { status } problems { code } } }",
            json!({ "id": other.id }),
        )
        .await;
    assert_eq!(submitted["submitOnboarding"]["account"]["status"], "SUBMITTED", "{submitted}");
}

//! Every page with every sample, every mail, and the schema's descriptions.

use crate::web::page::{Frame, Page};
use crate::web::templates::Templates;

fn templates() -> Templates {
    Templates::load().expect("the templates parse")
}

fn render<P: Page>(templates: &Templates) {
    #[derive(serde::Serialize)]
    struct Framed<'a, P> {
        frame: &'a Frame,
        #[serde(flatten)]
        page: &'a P,
    }
    let signed_out =
        Frame { signed_in: false, staff: false, seller: None, sandbox: false, ..Frame::sample() };
    let samples = P::samples();
    assert!(!samples.is_empty(), "{} has no samples", P::TEMPLATE);
    for frame in [Frame::sample(), signed_out] {
        for page in &samples {
            let html = templates.render(P::TEMPLATE, &Framed { frame: &frame, page }).expect(P::TEMPLATE);
            assert!(html.contains("<main id=\"main\""), "{}", P::TEMPLATE);
            assert!(html.contains("<h1"), "{} has no heading", P::TEMPLATE);
            assert!(!html.contains(" style="), "{} holds inline style", P::TEMPLATE);
            for form in html.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")) {
                let form = form.split("</form>").next().unwrap_or_default();
                assert!(form.contains("name=\"csrf\""), "{} has a form without a token", P::TEMPLATE);
            }
        }
    }
}

#[test]
fn every_page_renders_with_every_sample() {
    let templates = templates();
    render::<crate::web::error_page::ErrorPage>(&templates);
    render::<super::home::LandingPage>(&templates);
    render::<super::home::StartPage>(&templates);
    render::<super::home::OverviewPage>(&templates);
    render::<super::home::SellersPage>(&templates);
    render::<super::home::ShopsPage>(&templates);
    render::<crate::users::pages::AccountPage>(&templates);
    render::<crate::sellers::pages::NewSellerPage>(&templates);
    render::<crate::connections::pages::OutcomePage>(&templates);
    render::<crate::connections::pages::ConnectionsPage>(&templates);
    render::<crate::connections::pages::ConnectionPage>(&templates);
    render::<crate::connections::pages::SecurityPage>(&templates);
    render::<crate::onboarding::pages::StatusPage>(&templates);
    render::<crate::onboarding::pages::DetailsPage>(&templates);
    render::<crate::beneficiaries::pages::ListPage>(&templates);
    render::<crate::beneficiaries::pages::FormPage>(&templates);
    render::<crate::payouts::pages::ListPage>(&templates);
    render::<crate::payouts::pages::NewPage>(&templates);
    render::<crate::payouts::pages::DetailPage>(&templates);
    render::<crate::payouts::pages::AdminListPage>(&templates);
    render::<crate::payouts::pages::AdminDetailPage>(&templates);
    render::<crate::webhooks::pages::InboxPage>(&templates);
}

#[test]
fn every_mail_says_the_same_in_text_and_html() {
    let templates = templates();
    let context = serde_json::json!({
        "name": "Hazel", "operator": "Kiln & Loom", "home": "https://pay.example/", "link": "https://pay.example/x",
        "what": "You disconnected your account at Airwallex.", "detail": "generation 3 was rotated",
        "connection": "connection_1", "seller": "seller_1", "amount": "620.00", "fee": "7.60", "total": "627.60", "currency": "GBP",
        "reference": "KL-1", "to": "Harbour Bank, 1107", "why": "the account is closed",
    });
    for mail in [
        "confirm_email",
        "reset_password",
        "already_registered",
        "connection_needs_you",
        "connection_paused",
        "security_event",
        "account_active",
        "account_needs_you",
        "account_suspended",
        "payout_waits",
        "payout_paid",
        "payout_failed",
        "payout_returned",
    ] {
        let part = |file: &str| templates.render(&format!("emails/{mail}/{file}"), &context).expect(mail);
        let (subject, text, html) = (part("subject.txt"), part("body.txt"), part("body.html"));
        assert_eq!(subject.trim().lines().count(), 1, "{mail}");
        assert!(text.contains("Hazel") && html.contains("Hazel"), "{mail}");
        assert!(text.contains("https://pay.example/") && html.contains("https://pay.example/"), "{mail}");
        assert!(!text.contains("&amp;"), "{mail}: text is escaped as HTML");
        assert!(!html.contains("<img"), "{mail}: no pixel follows anybody");
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots" }, {
            insta::assert_snapshot!(format!("mail_{mail}"), format!("{}\n\n{}", subject.trim(), text));
        });
    }
}

#[tokio::test]
async fn everything_in_the_schema_has_a_description() {
    let query = "{ __schema { types { name description enumValues { name description }
        inputFields { name description } fields { name description args { name description } } } } }";
    let answer = super::schema::build(false).execute(query).await.data.into_json().expect("JSON");
    let mut silent = vec![];
    let mut look = |path: &str, node: &serde_json::Value| {
        if node["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            silent.push(path.to_owned());
        }
    };
    let name = |node: &serde_json::Value| node["name"].as_str().unwrap_or_default().to_owned();
    let is_the_languages = |name: &str| name.starts_with("__") || name == "ID";
    let members = |node: &serde_json::Value, of: &str| node[of].as_array().cloned().unwrap_or_default();
    for kind in members(&answer["__schema"], "types").iter().filter(|kind| !is_the_languages(&name(kind))) {
        look(&name(kind), kind);
        for of in ["enumValues", "inputFields", "fields"] {
            for member in members(kind, of) {
                let path = format!("{}.{}", name(kind), name(&member));
                look(&path, &member);
                for argument in members(&member, "args") {
                    look(&format!("{path}({})", name(&argument)), &argument);
                }
            }
        }
    }
    assert!(silent.is_empty(), "no description: {silent:?}");
}

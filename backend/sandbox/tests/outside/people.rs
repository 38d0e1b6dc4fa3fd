//! What people do on hosted pages and in the web app: what they see is what is known, what they answer is kept.

use airwallex_sandbox::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{BACK, Stranger, answer, text};

async fn stage() -> Stranger {
    Stranger::start(Options { seed: Some(1), ..Options::default() }).await
}

/// Opens a flow of a template and answers the address of its page.
async fn open(stranger: &Stranger, account: &str, template: &str) -> reqwest::Url {
    let wanted = json!({ "account_id": account, "template": template, "return_url": BACK });
    let (_, flow) = stranger.platform("POST", "/api/v1/hosted_flows/create", wanted).await;
    let path = format!("/api/v1/hosted_flows/{}/authorize", text(&flow["id"]));
    let (_, opened) = stranger.platform("POST", &path, json!({})).await;
    let page = stranger.http.get(text(&opened["url"])).send().await.expect("a page");
    let to = page.headers()["location"].to_str().expect("a location");
    page.url().join(to).expect("a URL")
}

async fn read(stranger: &Stranger, page: &reqwest::Url) -> String {
    stranger.http.get(page.clone()).send().await.expect("a page").text().await.expect("a text")
}

async fn send(stranger: &Stranger, page: &reqwest::Url, fields: &[(&str, &str)]) -> StatusCode {
    stranger.http.post(page.clone()).form(fields).send().await.expect("an answer").status()
}

#[tokio::test]
async fn the_checks_page_shows_what_is_known_and_changes_only_what_is_entered() {
    let stranger = stage().await;
    let wanted = json!({
        "identifier": "au-1",
        "primary_contact": { "email": "ana@kiln.example" },
        "account_details": {
            "business_details": {
                "business_name": "Kiln",
                "registration_address": { "country_code": "AU", "suburb": "Brunswick" },
            },
            "business_person_details": [
                { "roles": ["DIRECTOR", "BENEFICIAL_OWNER"], "first_name": "Ana", "last_name": "Reyes",
                  "date_of_birth": "1984-02-29" },
                { "roles": ["BENEFICIAL_OWNER"], "first_name": "Ben", "last_name": "Hale",
                  "date_of_birth": "1990-05-17" },
            ],
        },
    });
    let (_, made) = stranger.platform("POST", "/api/v1/accounts/create", wanted).await;
    let account = text(&made["id"]);
    let page = open(&stranger, &account, "tmpl_sandbox_kyc").await;
    let shown = read(&stranger, &page).await;
    for known in ["value=\"Ana\"", "value=\"Reyes\"", "value=\"Brunswick\"", "<option value=\"AU\" selected>"]
    {
        assert!(shown.contains(known), "{known}");
    }
    let fields = [("first_name", "Anna"), ("country", "AU"), ("decision", "complete")];
    assert_eq!(send(&stranger, &page, &fields).await, 302);
    let (_, account) = stranger.platform("GET", &format!("/api/v1/accounts/{account}"), Value::Null).await;
    let details = &account["account_details"];
    let address = &details["business_details"]["registration_address"];
    assert_eq!((&address["country_code"], &address["suburb"]), (&json!("AU"), &json!("Brunswick")));
    let people = &details["business_person_details"];
    assert_eq!((&people[0]["first_name"], &people[0]["last_name"]), (&json!("Anna"), &json!("Reyes")));
    assert_eq!(people[0]["roles"], json!(["DIRECTOR", "BENEFICIAL_OWNER"]));
    assert_eq!(people[1]["first_name"], "Ben");
    assert_eq!(account["status"], "SUBMITTED");
}

async fn ask(stranger: &Stranger, kinds: &[&str]) -> Value {
    let questions: Vec<Value> = kinds.iter().map(|kind| json!({ "answer": { "type": kind } })).collect();
    let wanted = json!({ "type": "KYC_ONGOING", "questions": questions });
    let (status, rfi) = stranger.behalf("POST", "/api/v1/simulation/rfis/create", wanted).await;
    assert_eq!(status, 201, "{rfi}");
    rfi
}

async fn look(stranger: &Stranger, rfi: &Value) -> Value {
    stranger.behalf("GET", &format!("/api/v1/rfis/{}", text(&rfi["id"])), Value::Null).await.1
}

#[tokio::test]
async fn the_questions_page_asks_and_keeps_every_answer() {
    let stranger = stage().await;
    let kinds = ["TEXT", "ATTACHMENT", "IDENTITY_DOCUMENT", "CONFIRMATION", "LIVENESS", "ADDRESS"];
    let rfi = ask(&stranger, &kinds).await;
    let page = open(&stranger, &stranger.account, "tmpl_sandbox_rfi").await;
    let shown = read(&stranger, &page).await;
    assert!(shown.contains("Tell us about your business") && shown.contains("Liveness check"), "{shown}");
    let first = text(&rfi["active_request"]["questions"][0]["id"]);
    let fields = [(first.as_str(), "We make cups"), ("decision", "complete")];
    assert_eq!(send(&stranger, &page, &fields).await, 302);
    let answered = look(&stranger, &rfi).await;
    assert_eq!(answered["status"], "ANSWERED");
    let questions = &answered["active_request"]["questions"];
    assert_eq!(questions[0]["answer"], json!({ "type": "TEXT", "text": "We make cups" }));
    assert!(questions[1]["answer"]["attachments"][0]["file_id"].is_string());
    assert_eq!(questions[2]["answer"]["identity_document"]["type"], "PASSPORT");
    assert_eq!(questions[3]["answer"]["confirmed"], false, "the box was left open");
    assert_eq!(questions[4]["liveness"]["status"], "SUCCEEDED");
    assert!(questions[5]["answer"]["address"]["address_line1"].is_string());
}

#[tokio::test]
async fn a_liveness_check_is_the_persons_own_and_ends_an_rfi_of_its_own() {
    let stranger = stage().await;
    let rfi = ask(&stranger, &["LIVENESS"]).await;
    let question = &rfi["active_request"]["questions"][0];
    assert_eq!(question["liveness"]["status"], "NOT_STARTED");
    let path = format!("/api/v1/rfis/{}/respond", text(&rfi["id"]));
    let given = json!({ "questions": [{ "id": question["id"], "answer": { "type": "LIVENESS" } }] });
    assert_eq!(stranger.behalf("POST", &path, given).await.0, 400, "nobody can answer for the person");
    let page: reqwest::Url = text(&question["liveness"]["url"]).parse().expect("a URL");
    assert!(read(&stranger, &page).await.contains("camera"));
    assert_eq!(send(&stranger, &page, &[("decision", "fail")]).await, 200);
    let failed = look(&stranger, &rfi).await;
    assert_eq!(failed["active_request"]["questions"][0]["liveness"]["status"], "FAILED");
    stranger.control(&format!("rfis/{}/liveness", text(&rfi["id"])), json!({})).await;
    assert_eq!(look(&stranger, &rfi).await["status"], "CLOSED", "it resolved by itself");
}

#[tokio::test]
async fn an_answer_has_the_one_member_of_its_kind() {
    let stranger = stage().await;
    let rfi = ask(&stranger, &["TEXT"]).await;
    let path = format!("/api/v1/rfis/{}/respond", text(&rfi["id"]));
    let question = &rfi["active_request"]["questions"][0]["id"];
    let both = json!({ "type": "TEXT", "text": "x", "confirmed": true });
    let given = json!({ "questions": [{ "id": question, "answer": both }] });
    let (status, told) = stranger.behalf("POST", &path, given).await;
    assert_eq!((status.as_u16(), &told["source"]), (400, &json!("questions[0].answer.confirmed")));
}

/// What the platform says of an invited customer is on the page and in the account, and what may not be changed
/// is not.
#[tokio::test]
async fn an_invitation_fills_in_what_the_platform_knows() {
    let stranger = stage().await;
    let wanted = json!({
        "mode": "oauth2",
        "oauth2": { "redirect_uri": BACK, "response_type": "code", "scope": ["balance:read"] },
        "identifier": "seller-77",
        "metadata": { "shop": "kiln" },
        "prefilled_formdata": [
            { "field": "email", "value": "mira@kiln.example", "editable": false },
            { "field": "business_name", "value": "Mira's Kiln" },
            { "field": "country", "value": "NZ" },
            { "field": "mobile_number", "value": "64-211234567" },
        ],
    });
    let (_, link) = stranger.platform("POST", "/api/v1/accounts/invitation_links/create", wanted).await;
    let page = stranger.http.get(text(&link["url"])).send().await.expect("a page");
    let to = page.headers()["location"].to_str().expect("a location");
    let page = page.url().join(to).expect("a URL");
    send(&stranger, &page, &[("instead", "sign_up")]).await;
    let shown = read(&stranger, &page).await;
    assert!(shown.contains("value=\"mira@kiln.example\" autocomplete=\"email\" readonly"), "{shown}");
    let person = [
        ("name", "Mira"),
        ("business_name", "Kiln & Co"),
        ("email", "hacked@kiln.example"),
        ("password", "sandbox-password"),
    ];
    send(&stranger, &page, &person).await;
    for step in [[("code", "000000")], [("use", "MAKE_TRANSFERS")], [("authorise", "1")]] {
        send(&stranger, &page, &step).await;
    }
    let path = "/api/v1/accounts?identifier=seller-77";
    let (_, found) = stranger.platform("GET", path, Value::Null).await;
    let account = &found["items"][0];
    assert_eq!(account["primary_contact"]["email"], "mira@kiln.example");
    assert_eq!(account["primary_contact"]["mobile"], "64-211234567");
    assert_eq!(account["metadata"]["shop"], "kiln");
    let address = &account["account_details"]["business_details"]["registration_address"];
    assert_eq!(address["country_code"], "NZ");
}

#[tokio::test]
async fn pages_are_bent_by_faults_and_journaled_without_what_opens_them() {
    let stranger = stage().await;
    let asked = [
        ("response_type", "code"),
        ("client_id", "appid_sandbox"),
        ("redirect_uri", BACK),
        ("scope", "balance:read"),
        ("state", "s-1"),
    ];
    let authorize = || stranger.http.get(format!("{}/oauth/authorize", stranger.url)).query(&asked);
    let order = json!({ "path": "/oauth/authorize", "action": "refuse", "code": "server_error", "times": 1 });
    stranger.control("faults", order).await;
    let refused = authorize().send().await.expect("an answer");
    let to = refused.headers()["location"].to_str().expect("a location");
    assert_eq!(to, format!("{BACK}?error=server_error&state=s-1"));
    stranger.control("faults", json!({ "path": "/hosted/*", "action": "drop_after", "times": 1 })).await;
    let begun = authorize().send().await.expect("an answer");
    let to = begun.headers()["location"].to_str().expect("a location").to_owned();
    let page = format!("{}{to}", stranger.url);
    assert!(stranger.http.get(&page).send().await.is_err(), "cut");
    assert_eq!(stranger.http.get(&page).send().await.expect("a page").status(), 200);
    let journal = stranger.look("journal?path=/hosted/consent/{id}&method=GET").await.to_string();
    assert!(journal.contains("drop_after"), "{journal}");
    assert!(!stranger.look("journal").await.to_string().contains(to.rsplit('/').next().expect("an id")));
    let (status, _) = answer(stranger.http.get(format!("{}/api/v1/issuing/cards", stranger.url))).await;
    assert_eq!(status, 501);
    let missing = stranger.look("journal?status=501").await;
    assert_eq!(missing["items"].as_array().map(Vec::len), Some(1), "{missing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_do_on_pages_is_not_credited_to_the_calls_beside_them() {
    let stranger = stage().await;
    let url = stranger.url.clone();
    let mut people = tokio::task::JoinSet::new();
    people.spawn(async move {
        for number in 0..4 {
            let mut person = Stranger::at(url.clone());
            person.email = format!("person-{number}@studio.example");
            person.settle_in().await;
        }
    });
    let ended = loop {
        stranger.platform("GET", "/api/v1/account", Value::Null).await;
        if let Some(ended) = people.try_join_next() {
            break ended;
        }
    };
    ended.expect("four people connect");
    let looks = stranger.look("journal?route=/api/v1/account").await;
    let looks = looks["items"].as_array().expect("lines");
    assert!(looks.len() > 8, "{}", looks.len());
    for line in looks {
        assert_eq!(line["effect"], json!([]), "{line}");
    }
    let consents = stranger.look("journal?route=/hosted/consent/*&method=POST").await;
    let made = |line: &Value| {
        line["effect"].as_array().is_some_and(|rows| rows.iter().any(|row| row["table"] == "codes"))
    };
    assert_eq!(
        consents["items"].as_array().expect("lines").iter().filter(|line| made(line)).count(),
        5,
        "{consents}"
    );
}

/// Consent is a button below a list of permissions, and nothing else is.
#[tokio::test]
async fn a_form_that_is_sent_twice_takes_one_step() {
    let stranger = stage().await;
    let asked = "response_type=code&client_id=appid_sandbox&scope=balance:read&state=s1&redirect_uri=";
    let begin = format!("{}/oauth/authorize?{asked}{BACK}", stranger.url);
    let begun = stranger.http.get(begin).send().await.expect("an answer");
    let page = begun.url().join(begun.headers()["location"].to_str().expect("a location")).expect("a URL");
    let step = |name: &'static str, fields: &[(&'static str, &'static str)]| {
        let form: Vec<_> = [("step", name)].into_iter().chain(fields.iter().copied()).collect();
        stranger.http.post(page.clone()).form(&form).send()
    };
    let sign_in = [("email", "owner@acme.sandbox"), ("password", "sandbox")];
    for _ in 0..2 {
        step("login", &[("instead", "sign_up")]).await.expect("an answer");
    }
    assert!(read(&stranger, &page).await.contains("Open an Airwallex account"));
    step("sign_up", &[("instead", "login")]).await.expect("an answer");
    for _ in 0..2 {
        assert_eq!(step("login", &sign_in).await.expect("an answer").status(), 303);
    }
    assert!(read(&stranger, &page).await.contains("Confirm your phone"));
    assert_eq!(step("phone", &[("code", "123")]).await.expect("an answer").status(), 200);
    step("phone", &[("code", "000000")]).await.expect("an answer");
    for _ in 0..2 {
        step("account", &[("account", "acct_acmeSandbox00000000001")]).await.expect("an answer");
    }
    assert!(read(&stranger, &page).await.contains("asks for access to your account"), "nobody agreed yet");
    let declined = step("permission", &[("decline", "1")]).await.expect("an answer");
    assert_eq!(declined.headers()["location"], format!("{BACK}?error=access_denied&state=s1"));
    let over = stranger.http.get(page).send().await.expect("an answer");
    assert_eq!(over.status(), StatusCode::GONE);
}

/// What the page stores is what the API would take.
#[tokio::test]
async fn the_checks_page_refuses_what_the_api_refuses() {
    let stranger = stage().await;
    let wanted = json!({ "identifier": "x-1", "primary_contact": { "email": "ana@kiln.example" } });
    let (_, made) = stranger.platform("POST", "/api/v1/accounts/create", wanted).await;
    let page = open(&stranger, &text(&made["id"]), "tmpl_sandbox_kyc").await;
    for wrong in [("date_of_birth", "tomorrow"), ("date_of_birth", "2990-01-01"), ("country", "Narnia")] {
        assert_eq!(send(&stranger, &page, &[wrong, ("decision", "complete")]).await, 400, "{wrong:?}");
    }
    assert_eq!(
        send(&stranger, &page, &[("date_of_birth", "1980-02-29"), ("decision", "complete")]).await,
        302
    );
}

/// People who lost their way get a page, programs JSON.
#[tokio::test]
async fn a_lost_browser_is_told_in_words() {
    let stranger = stage().await;
    for (path, status) in [("/nothing", 404), ("/hosted/kyc/x/y", 410), ("/console/clock", 405)] {
        let request = stranger.http.get(format!("{}{path}", stranger.url)).header("accept", "text/html");
        let lost = request.send().await.expect("an answer");
        assert_eq!(lost.status(), status, "{path}");
        assert!(lost.text().await.expect("a page").contains("<h1>"), "{path}");
    }
    let (status, told) = answer(stranger.http.get(format!("{}/api/v1/nothing", stranger.url))).await;
    assert_eq!((status.as_u16(), told["code"].as_str()), (501, Some("not_implemented")));
}

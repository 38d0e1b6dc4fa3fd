//! What a no means: of the login, of a permission, of a call that is at work, of one that cannot be.

use airwallex::api::{accounts, amendments, balances, beneficiaries, partner, transfers};
use airwallex::{Access, Client, Config, Error, Recovery, Token};
use serde_json::json;

use crate::host::{LOGIN, bench, with_logins};

/// A 409 of a call without a `request_id` says only that something is at work: nothing is sent again.
#[tokio::test]
async fn a_conflict_is_repeated_only_where_a_request_id_guards_it() {
    let bench = bench(with_logins(|_, _| (409, json!({ "code": "concurrent_update" })))).await;
    let client = bench.client();
    let account = json!({ "identifier": "seller-1" });
    let told = accounts::create(&client, &account).await.expect_err("at work");
    assert!(matches!(&told, Error::Unknown(lost) if lost.recovery == Recovery::ByIdentifier), "{told}");
    let told = accounts::submit(&client, "acct_1").await.expect_err("at work");
    assert!(matches!(&told, Error::Unknown(lost) if lost.recovery == Recovery::ByStatus), "{told}");
    let told = beneficiaries::update(&client, &Access::Platform, "b-1", &json!({})).await;
    let told = told.expect_err("at work");
    assert!(matches!(&told, Error::Unknown(lost) if lost.recovery == Recovery::ByStatus), "{told}");
    for path in ["/api/v1/accounts/create", "/api/v1/accounts/acct_1/submit", "/api/v1/beneficiaries/b-1"] {
        assert_eq!(bench.host.seen(path).len(), 1, "{path}");
    }
}

/// One account's missing permission is no reason for everybody to log in again.
#[tokio::test]
async fn only_a_token_that_is_over_is_dropped() {
    for (status, code, logins) in
        [(401, "unauthorized", 1), (403, "access_denied", 1), (401, "credentials_expired", 2)]
    {
        let bench = bench(with_logins(move |seen, _| match seen.method.as_str() {
            "POST" => (status, json!({ "code": code })),
            _ => (200, json!([])),
        }))
        .await;
        let client = bench.client();
        let behalf = Access::on_behalf_of("acct_1");
        let ready = client.ready(&behalf).await.expect("a login");
        let told = transfers::create(&client, ready, "2026-08-21", "{}").await.expect_err("refused");
        assert_eq!(told.refusal().map(|refusal| refusal.status), Some(status), "{code}: {told}");
        balances::current(&client, &Access::Platform).await.expect("an answer");
        assert_eq!(bench.host.seen(LOGIN).len(), logins, "{code}");
    }
}

/// An address that the key does not know, a key that is gone: news, with the name that support asks for.
#[tokio::test]
async fn a_login_that_is_refused_is_no_fault_of_the_network() {
    for (status, code) in [(401, "credentials_invalid"), (403, "forbidden"), (400, "invalid_argument")] {
        let bench = bench(move |_, _| (status, json!({ "code": code }))).await;
        let client = bench.client();
        let told = balances::current(&client, &Access::Platform).await.expect_err("no login");
        assert!(matches!(told, Error::Unauthorized(_)) && !told.is_not_executed(), "{told}");
        assert_eq!(told.trace_id(), Some("trace-of-the-header"));
        assert!(client.is_login_refused());
        assert_eq!(bench.host.seen(LOGIN).len(), 1, "nothing is gained by asking again at once");
    }
    let bench = bench(|_, _| (409, json!({ "code": "conflict" }))).await;
    let told = accounts::submit(&bench.client(), "acct_1").await.expect_err("no login");
    assert!(matches!(told, Error::NotSent(_)), "the call has not left: {told}");
}

/// What no request can say is said at once, and never as if it were worth another try.
#[tokio::test]
async fn what_cannot_be_sent_is_told_before_anything_leaves() {
    let bench = bench(with_logins(|_, _| (200, json!([])))).await;
    let client = bench.client();
    let seller = Access::Seller(Token::new("token\n".to_owned()));
    let told = [
        balances::current(&client, &Access::on_behalf_of("acct_1\r\nx-login-as: acct_2")).await.map(drop),
        balances::current(&client, &seller).await.map(drop),
        accounts::get(&client, "").await.map(drop),
        accounts::get(&client, "..").await.map(drop),
        client.ready(&seller).await.map(drop),
    ];
    for told in told {
        let told = told.expect_err("no request");
        assert!(matches!(told, Error::Unsendable(_)) && !told.is_not_executed(), "{told}");
    }
    let alone = Client::new(Config { application: None, ..bench.config() }).expect("a client");
    assert!(matches!(partner::get(&alone, "acct_1").await, Err(Error::Unsendable(_))));
    let broken = Config { api_key: Token::new("key\n".to_owned()), ..bench.config() };
    let broken = Client::new(broken).expect("a client");
    assert!(matches!(balances::current(&broken, &Access::Platform).await, Err(Error::Unsendable(_))));
    assert!(bench.host.seen("/").is_empty(), "not even a login");
}

/// What is asked for, and what is wrong with an answer, may be about people.
#[test]
fn nothing_about_people_is_printed() {
    let printed = [
        format!(
            "{:?}",
            accounts::Filter { email: Some("mira@kiln.example".to_owned()), ..Default::default() }
        ),
        format!("{:?}", beneficiaries::Filter { name: Some("mira".to_owned()), ..Default::default() }),
        format!("{:?}", amendments::Change::PrimaryContact(json!({ "email": "mira@kiln.example" }))),
        format!("{}", airwallex::event::Event::parse(br#"{"id":"mira"}"#).expect_err("no name")),
        format!("{}", airwallex::event::Event::parse(br#"{"id":"e","name":["mira"]}"#).expect_err("no text")),
    ];
    for text in printed {
        assert!(!text.contains("mira"), "{text}");
    }
}

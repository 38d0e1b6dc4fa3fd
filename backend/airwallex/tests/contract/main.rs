//! Every request is written as the contract documents say, and every documented answer is understood.
//!
//! A stub answers with the document's own words; the sandbox has no part in this.

mod bench;
mod replay;

use std::path::{Path, PathBuf};

use airwallex::api::transfers::{ApplicationFee, Given, NewTransfer, Options, Payee};
use airwallex::api::{accounts, balances, beneficiaries, hosted_flows, oauth, schemas, transfers, webhooks};
use airwallex::token_transport::{TokenError, TokenErrorKind};
use airwallex::{Access, Amount, Error, Token};
use bench::{Bench, bench, check_request};
use serde_json::Value;

const VALUES: [(&str, &str); 12] = [
    ("token", "example-token"),
    ("partner_token", "pt_example"),
    ("access_token", "at_seller"),
    ("refresh_token", "rt_stored"),
    ("code", "example-code"),
    ("verifier", "example-verifier-example-verifier-example-ve"),
    ("redirect_uri", "http://127.0.0.1:8080/connect/airwallex/callback"),
    ("account", "acct_7QmXv0Zr2kTnB4yLc9WpHd"),
    ("beneficiary", "5c1e7b1a-3a5e-4a0e-8a54-0f6a5b1c2d3e"),
    ("transfer", "0b8f9a34-5d0e-4c7e-9d2a-1a2b3c4d5e6f"),
    ("flow", "ahfi_example"),
    ("request_id", "t-2f6b9d10-66a0"),
];

pub fn value(name: &str) -> &'static str {
    VALUES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).expect("a known name")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract")
}

/// Every case with its name, its `{names}` filled in.
pub fn cases() -> Vec<(String, Value)> {
    let mut found = vec![];
    for resource in std::fs::read_dir(folder()).expect("contract cases").filter_map(Result::ok) {
        if !resource.path().is_dir() || resource.file_name() == "events" {
            continue;
        }
        for file in std::fs::read_dir(resource.path()).expect("a folder").filter_map(Result::ok) {
            let mut text = std::fs::read_to_string(file.path()).expect("a case");
            for (name, value) in VALUES {
                text = text.replace(&format!("{{{name}}}"), value);
            }
            let name = format!("{}/{}", resource.file_name().display(), file.file_name().display());
            let case: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            found.push((name, case));
        }
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    assert!(found.len() > 40, "the cases are there");
    found
}

pub fn ended<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    let read = format!("{result:#?}");
    let outcome = match result {
        Ok(_) => "ok",
        Err(Error::Refused(_)) => "refused",
        Err(Error::Duplicate(_)) => "duplicate",
        Err(Error::Unauthorized(_)) => "unauthorized",
        Err(Error::Limited(_)) => "limited",
        Err(Error::NotSent(_)) => "not_sent",
        Err(Error::Unsendable(_)) => "unsendable",
        Err(Error::Unknown(_)) => "unknown",
    };
    (outcome.to_owned(), read)
}

fn ended_token(result: Result<oauth::TokenPair, TokenError>) -> (String, String) {
    let read = format!("{result:#?}");
    let outcome = match result {
        Ok(_) => "ok",
        Err(error) => match error.kind {
            TokenErrorKind::InvalidGrant => "invalid_grant",
            TokenErrorKind::Misconfigured(_) => "misconfigured",
            TokenErrorKind::Limited => "limited",
            TokenErrorKind::NotSent(_) => "not_sent",
            TokenErrorKind::Unknown(_) => "unknown",
        },
    };
    (outcome.to_owned(), read)
}

pub fn amount(value: &Value) -> Amount {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Amount(text.parse().expect("a decimal"))
}

/// None for a fee that the client's own constructors cannot make.
pub fn application_fee(fee: &Value) -> Option<ApplicationFee> {
    let of = |name: &str| fee.get(name).map(amount);
    Some(match (fee["source_type"].as_str(), fee["type"].as_str()) {
        (Some("CONVERSION"), Some("PERCENTAGE")) => ApplicationFee::of_conversion(of("percentage")?),
        (_, Some("PERCENTAGE")) => ApplicationFee::percentage(of("percentage")?),
        _ => ApplicationFee::fixed(of("amount")?, fee["currency"].as_str()?.to_owned()),
    })
}

/// The transfer that a document's body describes, in the client's own type.
pub fn new_transfer(body: &Value) -> NewTransfer {
    let text = |name: &str| body[name].as_str().expect(name).to_owned();
    let optional = |name: &str| body[name].as_str().map(str::to_owned);
    let fees = body.get("application_fee_options").and_then(Value::as_array).cloned().unwrap_or_default();
    NewTransfer {
        request_id: text("request_id"),
        payee: match body.get("beneficiary") {
            Some(inline) => Payee::Inline { beneficiary: inline.clone().into() },
            None => Payee::stored(text("beneficiary_id")),
        },
        source_currency: text("source_currency"),
        transfer_currency: text("transfer_currency"),
        given: match body.get("source_amount") {
            Some(source) => Given::Source { source_amount: amount(source) },
            None => Given::Transfer { transfer_amount: amount(&body["transfer_amount"]) },
        },
        transfer_method: text("transfer_method"),
        reason: text("reason"),
        reference: text("reference"),
        application_fee_options: fees.iter().filter_map(application_fee).collect(),
        metadata: body.get("metadata").cloned().unwrap_or_default(),
        options: Options {
            transfer_date: optional("transfer_date"),
            fee_paid_by: optional("fee_paid_by"),
            swift_charge_option: optional("swift_charge_option"),
            quote_id: optional("quote_id"),
            payer_id: optional("payer_id"),
            remarks: optional("remarks"),
            lock_rate_on_create: body["lock_rate_on_create"].as_bool(),
            security_question: optional("security_question"),
            security_answer: optional("security_answer"),
            ..Options::default()
        },
    }
}

/// Makes the call that a document names; answers its outcome and what was read.
async fn call(bench: &Bench, name: &str, body: &Value) -> (String, String) {
    let client = &bench.client;
    let account = value("account").to_owned();
    let behalf = &Access::OnBehalfOf(account.clone());
    let seller = &Access::Seller(Token::new(value("access_token").to_owned()));
    let token = |name: &str| Token::new(value(name).to_owned());
    let text = |name: &str| body[name].as_str().expect(name).to_owned();
    match name {
        "login" => ended(client.ready(&Access::Platform).await.map(|_| "a token")),
        "oauth::exchange" => {
            ended_token(bench.oauth.exchange(&token("code"), &token("verifier"), oauth::always()).await)
        }
        "oauth::refresh" => {
            let turn = bench.oauth.turn().await.expect("a turn");
            ended_token(bench.oauth.refresh(turn, &token("refresh_token"), oauth::always()).await)
        }
        "accounts::own seller" => ended(accounts::own(client, seller).await),
        "accounts::own behalf" => ended(accounts::own(client, behalf).await),
        "accounts::wallet_info seller" => ended(accounts::wallet_info(client, seller).await),
        "accounts::get" => ended(accounts::get(client, &account).await),
        "accounts::update" => ended(accounts::update(client, &account, body).await),
        "accounts::submit" => ended(accounts::submit(client, &account).await),
        "accounts::agree_to_terms" => ended(accounts::agree_to_terms(client, &account, body).await),
        "hosted_flows::create" => {
            let (template, return_url) = (text("template"), text("return_url"));
            let flow = hosted_flows::NewHostedFlow {
                account_id: &account,
                template: &template,
                return_url: &return_url,
                error_url: body["error_url"].as_str(),
                metadata: body["metadata"].clone(),
            };
            ended(hosted_flows::create(client, &flow).await)
        }
        "hosted_flows::get" => ended(hosted_flows::get(client, value("flow")).await),
        "hosted_flows::authorize" => {
            ended(hosted_flows::authorize(client, value("flow"), &text("identity")).await)
        }
        "balances::current" => ended(balances::current(client, behalf).await),
        "schemas::form" => {
            let condition = schemas::Condition {
                bank_country_code: text("bank_country_code"),
                account_currency: text("account_currency"),
                transfer_method: text("transfer_method"),
                local_clearing_system: Some(text("local_clearing_system")),
                entity_type: text("entity_type"),
                ..schemas::Condition::default()
            };
            ended(schemas::form(client, behalf, &condition).await)
        }
        "beneficiaries::create" => ended(beneficiaries::create(client, behalf, body).await),
        "beneficiaries::validate" => ended(beneficiaries::validate(client, behalf, body).await),
        "beneficiaries::list" => ended(beneficiaries::list(client, behalf, 0).await),
        "transfers::create" => {
            let frozen = serde_json::to_string(&new_transfer(body)).expect("JSON");
            let ready = client.ready(behalf).await.expect("a login");
            ended(transfers::create(client, ready, "2026-08-21", &frozen).await)
        }
        "transfers::get" => ended(transfers::get(client, behalf, value("transfer")).await),
        "transfers::find" => ended(transfers::find(client, behalf, value("request_id")).await),
        "transfers::cancel" => ended(transfers::cancel(client, behalf, value("transfer")).await),
        "webhooks::create" => {
            let (request_id, url, version) = (text("request_id"), text("url"), text("version"));
            let events: Vec<&str> =
                body["events"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            let wanted = webhooks::NewWebhook {
                request_id: &request_id,
                url: &url,
                version: &version,
                events: &events,
            };
            let made = webhooks::create(client, &wanted).await;
            ended(made.map(|webhook| (webhook.id, webhook.url)))
        }
        other => panic!("no call is named {other}"),
    }
}

#[tokio::test]
async fn requests_are_written_and_answers_understood_as_documented() {
    let mut count = 0;
    for (name, case) in cases() {
        let Some(wanted) = case["client"].as_str() else { continue };
        count += 1;
        let bench = bench(&case).await;
        let body = case["request"].get("json").cloned().unwrap_or(Value::Null);
        let (outcome, read) = call(&bench, wanted, &body).await;
        assert_eq!(outcome, case["outcome"].as_str().expect("an outcome"), "{name}: {read}");
        let seen = bench.seen.lock().expect("unpoisoned").clone();
        assert_eq!(seen.len(), 1, "{name}: sent once");
        check_request(&name, &case["request"], &seen[0]);
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots" }, {
            insta::assert_snapshot!(name.trim_end_matches(".json").replace('/', "__"), read);
        });
        for secret in ["at_example", "rt_example", "whsec_example", "rt_stored"] {
            assert!(!read.contains(secret), "{name}: a secret can be printed");
        }
    }
    assert!(count > 30, "only {count} cases name a call");
}

#[test]
fn documented_deliveries_are_believed_and_changed_ones_are_not() {
    use airwallex::event::{Event, SignatureError, Window, verify};
    let text = std::fs::read_to_string(folder().join("events/transfer_paid.json")).expect("a case");
    let case: Value = serde_json::from_str(&text).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (secret, body) = (text(&case["secret"]), text(&case["body"]));
    let (timestamp, signature) =
        (text(&case["headers"]["x-timestamp"]), text(&case["headers"]["x-signature"]));
    let signed_at =
        chrono::DateTime::from_timestamp_millis(timestamp.parse().expect("ms")).expect("an instant");
    let check = |body: &str, secrets: &[&str], after: i64| {
        let now = signed_at + chrono::Duration::seconds(after);
        let secrets = secrets.iter().copied();
        verify(secrets, Some(&timestamp), Some(&signature), body.as_bytes(), now, Window::default())
    };
    assert_eq!(check(&body, &["another", &secret], 1), Ok(()));
    assert_eq!(check(&body, &["another"], 1), Err(SignatureError::Mismatch));
    assert_eq!(check(&body.replace("PAID", "SENT"), &[&secret], 1), Err(SignatureError::Mismatch));
    assert_eq!(check(&body, &[&secret], 5 * 24 * 3600), Err(SignatureError::OutsideWindow));
    let event = Event::parse(body.as_bytes()).expect("an event");
    assert_eq!(
        (event.name.as_str(), event.object()["status"].as_str()),
        ("payout.transfer.paid", Some("PAID"))
    );
}

/// Every event's envelope is read, and its object by the type that its family has.
#[test]
fn documented_events_are_understood() {
    use airwallex::api::{
        accounts::Account, batch_transfers::Batch, capabilities::Capability, charges::Charge,
        connected_account_transfers::ConnectedAccountTransfer, deposits::Deposit, fx::Conversion,
        global_accounts::GlobalAccount, platform_reports::Report, transfers::Transfer,
    };
    use airwallex::event::Event;
    fn reads<T: serde::de::DeserializeOwned>(object: &Value) -> Result<(), serde_json::Error> {
        serde_json::from_value::<T>(object.clone()).map(drop)
    }
    let mut typed = 0;
    for file in std::fs::read_dir(folder().join("events")).expect("documents").filter_map(Result::ok) {
        let name = file.file_name().display().to_string();
        let text = std::fs::read_to_string(file.path()).expect("a document");
        let case: Value = serde_json::from_str(&text).expect("JSON");
        let Some(told) = case.get("event") else { continue };
        let event =
            Event::parse(told.to_string().as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(event.created_at.is_some(), "{name}");
        let object = event.object();
        let read = match event.name.rsplit_once('.').map_or("", |(family, _)| family) {
            "account" if object.get("status").is_some() => reads::<Account>(object),
            "account_capability" => reads::<Capability>(object),
            "payout.transfer" | "payout.transfer.funding" => reads::<Transfer>(object),
            "payout.batch_transfers" => reads::<Batch>(object),
            "connected_account_transfer" => reads::<ConnectedAccountTransfer>(object),
            "charge" => reads::<Charge>(object),
            "deposit" => reads::<Deposit>(object),
            "conversion" => reads::<Conversion>(object),
            "global_account" => reads::<GlobalAccount>(object),
            "platform_report" => reads::<Report>(object),
            _ => continue,
        };
        typed += 1;
        assert!(read.is_ok(), "{name}: {read:?}");
    }
    assert!(typed > 50, "only {typed} events have a type");
}

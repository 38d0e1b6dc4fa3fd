//! The client and the sandbox, each written from the contract alone, meet: a platform's whole life by the
//! client's own calls, and its pace against the sandbox's limits.

use std::time::Duration;

use airwallex::api::account_details::{Address, BusinessPerson, BusinessStructure, NewAccount, Role};
use airwallex::api::{
    accounts, balances, batch_transfers, beneficiaries, capabilities, charges, connected_account_transfers,
    deposits, files, financial_transactions, fx, global_accounts, hosted_flows, invitation_links,
    platform_reports, reference, rfis, schemas, simulation, transfers,
};
use airwallex::{Access, Amount, Client, Config, Error, Limits, Token};
use futures_util::future::try_join_all;
use futures_util::{Stream, TryStreamExt};
use serde_json::json;

use crate::support::sandbox::{Sandbox, http};

/// A sandbox in this process, its steering, and a client of it.
struct Meeting {
    client: Client,
    sandbox: Sandbox,
    _running: airwallex_sandbox::Running,
}

async fn meet(limits: Limits) -> Meeting {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let running = airwallex_sandbox::start(listener, airwallex_sandbox::Options::default());
    let running = running.await.expect("the sandbox starts");
    let host = running.url().parse().expect("a URL");
    let key = Token::new("sandbox_api_key".to_owned());
    let config = Config { limits, ..Config::new(host, "sandbox_client", key) };
    let client = Client::new(config).expect("a client");
    let sandbox = Sandbox::new(&running.url());
    // A Wednesday: nothing is dealt in on weekends.
    sandbox.post("clock", json!({ "set": "2026-11-18T09:00:00Z" })).await;
    Meeting { client, sandbox, _running: running }
}

fn amount(text: &str) -> Amount {
    Amount(text.parse().expect("a decimal"))
}

async fn whole<T>(list: impl Stream<Item = Result<T, Error>>) -> Vec<T> {
    list.try_collect().await.expect("every page")
}

impl Meeting {
    /// A seller's account, from its opening to ACTIVE.
    async fn seller(&self) -> Access {
        let opened = accounts::create(&self.client, &pottery()).await.expect("an account");
        let found = accounts::find(&self.client, "seller-1").await.expect("a list").expect("the account");
        assert_eq!(found.id, opened.id);
        accounts::submit(&self.client, &opened.id).await.expect("complete");
        let active = simulation::account_status(&self.client, &opened.id, "ACTIVE", true).await;
        assert_eq!(active.expect("reviewed").status, accounts::AccountStatus::Active);
        Access::on_behalf_of(opened.id)
    }

    /// Money comes in on an account of its own.
    async fn fund(&self, seller: &Access) {
        let wanted = global_accounts::NewGlobalAccount {
            request_id: "ga-1",
            country_code: "GB",
            required_features: &[global_accounts::Feature { currency: "GBP", transfer_method: "LOCAL" }],
            nick_name: Some("Sales"),
        };
        let home = global_accounts::create(&self.client, seller, &wanted).await.expect("an account");
        self.sandbox.advance(2).await;
        let home = global_accounts::get(&self.client, seller, &home.id).await.expect("the account");
        assert_eq!(home.status, global_accounts::GlobalAccountStatus::Active);
        let sent = json!({ "global_account_id": home.id, "amount": 1000, "status": "PENDING" });
        let sent = simulation::deposit(&self.client, seller, &sent).await.expect("a deposit");
        let id = sent["id"].as_str().expect("an id");
        let settled = simulation::DepositEnd::Settled;
        simulation::end_deposit(&self.client, seller, id, settled).await.expect("settled");
        let listed = whole(deposits::all(&self.client, seller, deposits::Filter::default())).await;
        assert_eq!(listed[0].status, deposits::DepositStatus::Settled);
        let lines = whole(global_accounts::transactions(&self.client, seller, &home.id)).await;
        assert_eq!(lines.len(), 1);
        let letter =
            global_accounts::statement_letter(&self.client, seller, &home.id).await.expect("a letter");
        assert!(letter.starts_with(b"%PDF"));
        assert!(whole(global_accounts::mandates(&self.client, seller, &home.id)).await.is_empty());
        assert_eq!(self.available(seller, "GBP").await, Some(amount("1000")));
    }

    async fn available(&self, account: &Access, currency: &str) -> Option<Amount> {
        let wallets = balances::current(&self.client, account).await.expect("balances");
        wallets.into_iter().find(|wallet| wallet.currency == currency).map(|wallet| wallet.available_amount)
    }

    /// Somebody to pay, by the rules that are served.
    async fn payee(&self, seller: &Access) -> String {
        let condition = schemas::Condition {
            bank_country_code: "GB".to_owned(),
            account_currency: "GBP".to_owned(),
            transfer_method: "LOCAL".to_owned(),
            entity_type: "COMPANY".to_owned(),
            ..schemas::Condition::default()
        };
        let form = schemas::form(&self.client, seller, &condition).await.expect("a form");
        let mut document = json!({ "transfer_methods": ["LOCAL"], "beneficiary": {} });
        for field in form.fields.iter().filter(|field| field.required && field.path != "transfer_method") {
            let value = [&field.field.default, &field.field.example].into_iter().flatten();
            let value = value.into_iter().find(|text| !text.is_empty()).expect("an example");
            let mut at = &mut document;
            for key in field.path.split('.') {
                at = &mut at[key];
            }
            *at = json!(value);
        }
        beneficiaries::validate(&self.client, seller, &document).await.expect("fine");
        beneficiaries::create(&self.client, seller, &document).await.expect("a beneficiary").id
    }
}

/// A business with all that a submit asks for.
fn pottery() -> NewAccount {
    let mut account = NewAccount::business("seller-1", "owner@kiln.example", "Blue Kiln Ltd");
    account.customer_agreements.agreed_to_terms_and_conditions = Some(true);
    let details = &mut account.account_details;
    if let Some(business) = &mut details.business_details {
        business.business_structure = Some(BusinessStructure::Company);
        business.registration_address = Some(Address {
            address_line1: Some("1 Harbour Street".to_owned()),
            suburb: Some("Leeds".to_owned()),
            postcode: Some("LS1 1AA".to_owned()),
            country_code: Some("GB".to_owned()),
            ..Address::default()
        });
    }
    details.business_person_details = vec![BusinessPerson {
        roles: vec![Role::Director],
        first_name: Some("Ana".to_owned()),
        last_name: Some("Reyes".to_owned()),
        date_of_birth: Some("1984-02-29".to_owned()),
        ..BusinessPerson::default()
    }];
    account
}

fn payout(request_id: &str, beneficiary_id: &str) -> transfers::NewTransfer {
    transfers::NewTransfer {
        request_id: request_id.to_owned(),
        payee: transfers::Payee::stored(beneficiary_id),
        source_currency: "GBP".to_owned(),
        transfer_currency: "GBP".to_owned(),
        given: transfers::Given::Transfer { transfer_amount: amount("100.00") },
        transfer_method: "LOCAL".to_owned(),
        reason: "goods_purchased".to_owned(),
        reference: "Order 881".to_owned(),
        application_fee_options: vec![transfers::ApplicationFee::fixed(amount("2.50"), "GBP".to_owned())],
        metadata: json!({ "order": "881" }),
        options: transfers::Options::default(),
    }
}

#[tokio::test]
async fn a_payout_is_made_once_and_followed_to_its_end() {
    let meeting = meet(Limits::Off).await;
    let client = &meeting.client;
    let seller = meeting.seller().await;
    meeting.fund(&seller).await;
    let beneficiary = meeting.payee(&seller).await;
    let frozen = serde_json::to_string(&payout("t-1", &beneficiary)).expect("JSON");
    let send = async || {
        let ready = client.ready(&seller).await.expect("a login");
        transfers::create(client, ready, client.api_version(), &frozen).await
    };
    let made = send().await.expect("a transfer");
    let again = send().await.expect_err("the same again");
    let Error::Duplicate(told) = again else { panic!("{again}") };
    assert_eq!(told.existing_id(), Some(made.id.as_str()));
    let found = transfers::find(client, &seller, "t-1").await.expect("a list").expect("the transfer");
    assert_eq!(found.id, made.id);
    for next in ["PROCESSING", "SENT", "PAID"] {
        simulation::transfer(client, &seller, &made.id, next, None).await.expect(next);
    }
    let paid = transfers::get(client, &seller, &made.id).await.expect("the transfer");
    assert_eq!(paid.status, transfers::TransferStatus::Paid);
    assert_eq!(meeting.available(&seller, "GBP").await, Some(amount("897.5")));
    assert_eq!(meeting.available(&Access::Platform, "GBP").await, Some(amount("2.5")));
    let ledger =
        whole(financial_transactions::all(client, &seller, financial_transactions::Filter::default())).await;
    let moved: rust_decimal::Decimal = ledger.iter().map(|row| row.amount.0).sum();
    assert_eq!(Amount(moved.normalize()), amount("897.5"), "the ledger is the wallet");
    let letter = transfers::confirmation_letter(client, &seller, &made.id, false).await.expect("a letter");
    assert!(letter.starts_with(b"%PDF"));

    let batch = batch_transfers::NewBatch {
        request_id: "b-1",
        name: Some("November"),
        remarks: None,
        metadata: json!(null),
        transfer_date: None,
    };
    let batch = batch_transfers::create(client, &seller, &batch).await.expect("a batch");
    let mut item = serde_json::to_value(payout("t-2", &beneficiary)).expect("JSON");
    item.as_object_mut().expect("an object").remove("application_fee_options");
    batch_transfers::add_items(client, &seller, &batch.id, &[item]).await.expect("an item");
    batch_transfers::submit(client, &seller, &batch.id).await.expect("submitted");
    meeting.sandbox.advance(60).await;
    let items = whole(batch_transfers::items(client, &seller, &batch.id)).await;
    assert_eq!(items[0].status, batch_transfers::ItemStatus::Booked);
    let filter = batch_transfers::Filter { request_id: Some("b-1".to_owned()), ..Default::default() };
    assert_eq!(whole(batch_transfers::all(client, &seller, filter)).await.len(), 1);
}

#[tokio::test]
async fn money_moves_between_platform_and_seller_and_between_currencies() {
    let meeting = meet(Limits::Off).await;
    let client = &meeting.client;
    let seller = meeting.seller().await;
    meeting.fund(&seller).await;
    let Access::OnBehalfOf(account) = &seller else { panic!("a seller") };
    let charge = charges::NewCharge {
        request_id: "c-1",
        amount: amount("10.00"),
        currency: "GBP",
        source: account,
        reason: "business_expenses",
        reference: "March",
    };
    let charge = charges::create(client, &charge).await.expect("a charge");
    meeting.sandbox.advance(60).await;
    let settled = charges::get(client, &charge.id).await.expect("the charge");
    assert_eq!(settled.status, connected_account_transfers::MovementStatus::Settled);
    let back = connected_account_transfers::NewConnectedAccountTransfer {
        request_id: "m-1",
        amount: amount("4.00"),
        currency: "GBP",
        destination: account,
        reason: "business_expenses",
        reference: "Bonus",
    };
    connected_account_transfers::create(client, &Access::Platform, &back).await.expect("a transfer");
    meeting.sandbox.advance(60).await;
    assert_eq!(meeting.available(&seller, "GBP").await, Some(amount("994")));

    let currencies = reference::supported_currencies(client, &seller).await.expect("currencies");
    assert!(["GBP", "USD"].iter().all(|code| currencies.iter().any(|known| known == code)));
    let closed = reference::invalid_conversion_dates(client, &seller, "GBPUSD").await.expect("days");
    assert!(!closed.is_empty());
    let deal = fx::Deal {
        sell_currency: "GBP",
        buy_currency: "USD",
        given: fx::Given::Sell { sell_amount: amount("100.00") },
        conversion_date: None,
    };
    let quote = fx::NewQuote { deal: deal.clone(), validity: "MIN_15", application_fee_options: &[] };
    let quote = fx::quote(client, &seller, &quote).await.expect("a quote");
    let wanted = fx::NewConversion {
        request_id: "x-1",
        deal,
        quote_id: Some(&quote.quote_id),
        application_fee_options: &[],
    };
    let made = fx::convert(client, &seller, &wanted).await.expect("a conversion");
    assert_eq!(made.buy_amount, quote.buy_amount, "the quote is kept");
    meeting.sandbox.advance(1).await;
    let settled = fx::find(client, &seller, "x-1").await.expect("a list").expect("the conversion");
    assert_eq!(settled.status, fx::ConversionStatus::Settled);
    assert_eq!(meeting.available(&seller, "USD").await, Some(made.buy_amount));

    let report = platform_reports::NewReport::of(platform_reports::ReportType::Balance);
    let report = platform_reports::create(client, &report).await.expect("a report");
    meeting.sandbox.advance(5).await;
    let written = platform_reports::get(client, &report.id).await.expect("the report");
    let link = written.download_url.expect("a link");
    let csv = http().get(link.expose()).send().await.expect("an answer").text().await.expect("a text");
    assert!(csv.contains(account), "{csv}");
}

#[tokio::test]
async fn an_account_is_checked_questioned_and_given_capabilities() {
    let meeting = meet(Limits::Off).await;
    let client = &meeting.client;
    let seller = meeting.seller().await;
    let Access::OnBehalfOf(account) = &seller else { panic!("a seller") };
    let picture = b"\x89PNG\r\n\x1a\n--souk-boundary-0\r\n";
    let file = files::upload(client, &seller, "passport.png", "image/png", picture).await.expect("a file");
    let links = files::download_links(client, &seller, &[&file.file_id, "nothing"]).await.expect("links");
    assert_eq!(links.absent_files, ["nothing"]);
    let fetched = http().get(links.files[0].url.expose()).send().await.expect("an answer");
    assert_eq!(fetched.bytes().await.expect("a body"), &picture[..], "as it was sent, to the byte");

    let asked =
        simulation::rfi(client, &seller, "KYC_ONGOING", Some(&json!([{ "answer": { "type": "TEXT" } }])))
            .await
            .expect("questions");
    let questions = asked.active_request.expect("a round").questions;
    let answers: Vec<rfis::Answer> = questions
        .iter()
        .map(|question| {
            let kind = question.answer["type"].as_str().expect("a kind");
            let answer = match kind {
                "TEXT" => json!({ "type": kind, "text": "A pottery" }),
                "ATTACHMENT" => json!({ "type": kind, "attachments": [{ "file_id": file.file_id }] }),
                other => panic!("nobody here answers {other}"),
            };
            rfis::Answer { id: question.id.clone(), answer }
        })
        .collect();
    let answered = rfis::respond(client, &seller, &asked.id, &answers).await.expect("answered");
    assert_eq!(answered.status, rfis::RfiStatus::Answered);
    let filter = rfis::Filter { statuses: vec![rfis::RfiStatus::Answered], ..Default::default() };
    assert_eq!(whole(rfis::all(client, &seller, &filter)).await.len(), 1);

    let asked = capabilities::enable(client, &seller, "transfer_cny_local").await.expect("a capability");
    assert_eq!(asked.status, capabilities::CapabilityStatus::Pending);
    let limit =
        capabilities::WantedLimit { currency: "USD", limit: amount("50000"), kind: "DIRECT_DEBIT_DEPOSIT" };
    capabilities::apply(client, &seller, "l-1", &[limit]).await.expect("asked for");
    let limits = capabilities::funding_limits(client, &seller, Some("USD")).await.expect("limits");
    assert_eq!(limits[0].requested_limit, Some(amount("50000")));

    let flow = hosted_flows::NewHostedFlow {
        account_id: account,
        template: "tmpl_sandbox_rfi",
        return_url: "http://127.0.0.1:8080/back",
        error_url: None,
        metadata: json!({ "person": "1" }),
    };
    let flow = hosted_flows::create(client, &flow).await.expect("a flow");
    let opened = hosted_flows::authorize(client, &flow.id, "person-1").await.expect("a link");
    let page = http().get(opened.url.expect("a link").expose()).send().await.expect("an answer");
    assert!(page.status().is_redirection() || page.status().is_success(), "{}", page.status());

    let invitation = invitation_links::NewInvitation::Oauth2 {
        oauth2: invitation_links::OAuthInvitation {
            redirect_uri: "http://127.0.0.1:8080/connect/airwallex/callback",
            response_type: "code",
            scope: &["balance:read"],
            state: None,
        },
        identifier: Some("seller-2"),
        prefilled_formdata: &[invitation_links::Prefilled {
            field: "email",
            value: "ana@kiln.example",
            verified: false,
            editable: true,
        }],
    };
    invitation_links::create(client, &invitation).await.expect("a link");
    accounts::suspend(client, account, "a chargeback").await.expect("suspended");
    let suspended = accounts::get(client, account).await.expect("the account");
    assert_eq!(suspended.status, accounts::AccountStatus::Suspended);
    accounts::reactivate(client, account, "settled").await.expect("reactivated");
}

/// Below the profile that the other side enforces, a crowd gets through: what a delay on the way pushes together
/// is repeated, and there is hardly any of it.
#[tokio::test]
async fn the_clients_pace_stays_below_the_sandboxs_limits() {
    let meeting = meet(Limits::Sandbox).await;
    meeting.sandbox.post("limits", json!({ "profile": "sandbox" })).await;
    let client = &meeting.client;
    let started = std::time::Instant::now();
    let balances = (0..14).map(|_| async { balances::current(client, &Access::Platform).await.map(drop) });
    let accounts = (0..14).map(|_| async { accounts::own(client, &Access::Platform).await.map(drop) });
    tokio::try_join!(try_join_all(balances), try_join_all(accounts)).expect("nobody is refused");
    assert!(started.elapsed() >= Duration::from_secs(1), "they were spread out");
    let limited = async |meeting: &Meeting| {
        let journal = meeting.sandbox.get("journal?status=429").await;
        journal["items"].as_array().map_or(0, Vec::len)
    };
    assert!(limited(&meeting).await <= 2);
    // The same crowd without a pace is refused: the limits are there.
    let hasty = meet(Limits::Off).await;
    hasty.sandbox.post("limits", json!({ "profile": "sandbox" })).await;
    let calls =
        (0..28).map(|_| async { balances::current(&hasty.client, &Access::Platform).await.map(drop) });
    futures_util::future::join_all(calls).await;
    assert!(limited(&hasty).await > 10);
}

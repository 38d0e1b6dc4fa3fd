//! Opens an account for a seller, has it approved, stores where to pay, and pays out once, come what may.
//!
//! Against the sandbox (`souk sandbox`): `cargo run -p airwallex --example pay_a_seller`. Against Airwallex's
//! demo host the same with `AIRWALLEX_CLIENT_ID` and `AIRWALLEX_API_KEY`.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example lives in the real world and talks to it"
)]

use std::time::Duration;

use airwallex::api::account_details::{Address, BusinessPerson, BusinessStructure, NewAccount, Role};
use airwallex::api::accounts::AccountStatus;
use airwallex::api::transfers::{self, ApplicationFee, Given, NewTransfer, Options, Payee, Transfer};
use airwallex::api::{accounts, beneficiaries, global_accounts, simulation};
use airwallex::{Access, Amount, Client, Config, Error, Token};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = "http://127.0.0.1:8090".parse()?;
    let config = match (std::env::var("AIRWALLEX_CLIENT_ID"), std::env::var("AIRWALLEX_API_KEY")) {
        (Ok(client_id), Ok(key)) => Config::demo(client_id, Token::new(key)),
        _ => Config::new(sandbox, "sandbox_client", Token::new("sandbox_api_key".to_owned())),
    };
    let client = Client::new(config)?;

    // There is no idempotency for accounts: the identifier finds what a lost answer left behind.
    let identifier = "example-seller";
    let account = match accounts::find(&client, identifier).await? {
        Some(account) => account,
        None => accounts::create(&client, &pottery(identifier)).await?,
    };
    // Whoever starts this again goes on where it stopped.
    if account.status == AccountStatus::Created {
        accounts::submit(&client, &account.id).await?;
    }
    if account.status != AccountStatus::Active {
        simulation::account_status(&client, &account.id, "ACTIVE", true).await?;
    }
    let seller = Access::on_behalf_of(account.id);
    fund(&client, &seller).await?;

    let beneficiary = payee(&client, &seller).await?;
    let body = serde_json::to_string(&NewTransfer {
        // Of the order, so that whoever starts this again pays once.
        request_id: "example-order-881".to_owned(),
        payee: Payee::stored(beneficiary),
        source_currency: "GBP".to_owned(),
        transfer_currency: "GBP".to_owned(),
        given: Given::Transfer { transfer_amount: Amount("25.00".parse()?) },
        transfer_method: "LOCAL".to_owned(),
        reason: "goods_purchased".to_owned(),
        reference: "Order 881".to_owned(),
        application_fee_options: vec![ApplicationFee::fixed(Amount("0.50".parse()?), "GBP".to_owned())],
        metadata: Value::Null,
        options: Options::default(),
    })?;
    // A real sender stores these bytes before it sends them.
    let transfer = pay(&client, &seller, &body).await?;
    println!("{} is {}", transfer.short_reference_id.unwrap_or(transfer.id), transfer.status);
    Ok(())
}

/// Sends the frozen bytes until Airwallex has said yes or no. What was lost once stays unknown whatever a later
/// send is told; a real sender writes that down and looks again, for days.
async fn pay(client: &Client, seller: &Access, body: &str) -> Result<Transfer, Error> {
    let mut open = None;
    for _ in 0..60 {
        let error = match try_to_pay(client, seller, body).await {
            Ok(transfer) => return Ok(transfer),
            Err(error) => error,
        };
        println!("once more: {error}");
        match error {
            Error::Refused(_) | Error::Unsendable(_) => return Err(open.unwrap_or(error)),
            // Not executed: not this time.
            Error::NotSent(_) | Error::Unauthorized(_) => {}
            error if error.is_not_executed() => {}
            error => open = open.or(Some(error)),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Err(open.unwrap_or_else(|| Error::NotSent("there was no answer in a minute".to_owned())))
}

/// One look into the list, since a crash may lie behind us, and one send.
async fn try_to_pay(client: &Client, seller: &Access, body: &str) -> Result<Transfer, Error> {
    let frozen: Value = serde_json::from_str(body).unwrap_or_default();
    let request_id = frozen["request_id"].as_str().unwrap_or_default();
    if let Some(transfer) = transfers::find(client, seller, request_id).await? {
        return Ok(transfer);
    }
    let ready = client.ready(seller).await?;
    match transfers::create(client, ready, client.api_version(), body).await {
        // It is told which one it is, while the list may lag.
        Err(Error::Duplicate(refusal)) if refusal.existing_id().is_some() => {
            transfers::get(client, seller, refusal.existing_id().unwrap_or_default()).await
        }
        result => result,
    }
}

/// A business with all that Airwallex asks for before its checks.
fn pottery(identifier: &str) -> NewAccount {
    let mut account = NewAccount::business(identifier, "owner@kiln.example", "Blue Kiln Ltd");
    account.customer_agreements.agreed_to_terms_and_conditions = Some(true);
    let details = &mut account.account_details;
    if let Some(business) = &mut details.business_details {
        business.business_structure = Some(BusinessStructure::Company);
        business.registration_address =
            Some(Address { country_code: Some("GB".to_owned()), ..Address::default() });
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

/// Money from outside, as only a sandbox can.
async fn fund(client: &Client, seller: &Access) -> Result<(), Error> {
    let nick_name = "example home";
    let filter = || global_accounts::Filter { nick_name: Some(nick_name.to_owned()), ..Default::default() };
    let known: Vec<_> = global_accounts::all(client, seller, filter()).try_collect().await?;
    let mut home = match known.into_iter().next() {
        Some(home) => home,
        None => {
            let wanted = global_accounts::NewGlobalAccount {
                request_id: "example-home",
                country_code: "GB",
                required_features: &[global_accounts::Feature { currency: "GBP", transfer_method: "LOCAL" }],
                nick_name: Some(nick_name),
            };
            global_accounts::create(client, seller, &wanted).await?
        }
    };
    for _ in 0..60 {
        if home.status != global_accounts::GlobalAccountStatus::Processing {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        home = global_accounts::get(client, seller, &home.id).await?;
    }
    let deposit = json!({ "global_account_id": home.id, "amount": 100, "payer_name": "Example buyer" });
    simulation::deposit(client, seller, &deposit).await.map(drop)
}

/// Whom to pay: stored once, found again by its label.
async fn payee(client: &Client, seller: &Access) -> Result<String, Error> {
    let filter = beneficiaries::Filter { nick_name: Some("Blue Kiln".to_owned()), ..Default::default() };
    let known: Vec<_> = beneficiaries::all(client, seller, filter).try_collect().await?;
    match known.into_iter().next() {
        Some(known) => Ok(known.id),
        None => Ok(beneficiaries::create(client, seller, &bank_account()).await?.id),
    }
}

fn bank_account() -> Value {
    json!({
        "nickname": "Blue Kiln",
        "transfer_methods": ["LOCAL"],
        "beneficiary": {
            "entity_type": "COMPANY",
            "company_name": "Blue Kiln Ltd",
            "address": {
                "country_code": "GB", "street_address": "1 Harbour Street", "city": "Leeds", "postcode": "LS1 1AA",
            },
            "bank_details": {
                "bank_country_code": "GB",
                "account_currency": "GBP",
                "account_name": "Blue Kiln Ltd",
                "local_clearing_system": "FASTER_PAYMENTS",
                "account_routing_type1": "sort_code",
                "account_routing_value1": "040004",
                "account_number": "31921107",
            },
        },
    })
}

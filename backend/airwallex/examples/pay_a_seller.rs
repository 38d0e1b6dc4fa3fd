//! Opens an account for a seller, has it approved, stores where to pay, and pays out once, come what may.
//!
//! Against the sandbox (`souk sandbox`): `cargo run -p airwallex --example pay_a_seller`. Against Airwallex's
//! demo host the same with `AIRWALLEX_CLIENT_ID` and `AIRWALLEX_API_KEY`.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example lives in the real world and talks to it"
)]

use airwallex::api::account_details::{Address, BusinessPerson, BusinessStructure, NewAccount, Role};
use airwallex::api::accounts::AccountStatus;
use airwallex::api::transfers::{self, ApplicationFee, Given, NewTransfer, Options, Payee, Transfer};
use airwallex::api::{accounts, beneficiaries, global_accounts, simulation};
use airwallex::{Access, Amount, Client, Config, Error, Token};
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
    if account.status == AccountStatus::Created {
        accounts::submit(&client, &account.id).await?;
        simulation::account_status(&client, &account.id, "ACTIVE", true).await?;
    }
    let seller = Access::on_behalf_of(account.id);
    fund(&client, &seller).await?;

    let beneficiary = beneficiaries::create(&client, &seller, &bank_account()).await?;
    let body = serde_json::to_string(&NewTransfer {
        // Of the order, so that whoever starts this again pays once.
        request_id: "example-order-881".to_owned(),
        payee: Payee::stored(beneficiary.id),
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

/// Sends the frozen bytes until Airwallex has said yes or no, with a look into the list before each send: whoever
/// starts this again pays once. What was lost once stays unknown whatever a later send is told; a real sender writes
/// that down and looks again, for days.
async fn pay(client: &Client, seller: &Access, body: &str) -> Result<Transfer, Error> {
    let request_id = serde_json::from_str::<Value>(body).unwrap_or_default();
    let request_id = request_id["request_id"].as_str().unwrap_or_default();
    let mut lost = None;
    for _ in 0..60 {
        if let Ok(Some(transfer)) = transfers::find(client, seller, request_id).await {
            return Ok(transfer);
        }
        let ready = client.ready(seller).await?;
        match transfers::create(client, ready, client.api_version(), body).await {
            Ok(transfer) => return Ok(transfer),
            Err(Error::Refused(refusal)) => return Err(lost.unwrap_or(Error::Refused(refusal))),
            Err(error) => {
                println!("once more: {error}");
                if !error.is_not_executed() && !matches!(error, Error::Duplicate(_) | Error::Unauthorized(_))
                {
                    lost.get_or_insert(error);
                }
            }
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    Err(lost.unwrap_or_else(|| Error::NotSent("there was no answer in a minute".to_owned())))
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
    let wanted = global_accounts::NewGlobalAccount {
        request_id: &format!("example-{}", std::process::id()),
        country_code: "GB",
        required_features: &[global_accounts::Feature { currency: "GBP", transfer_method: "LOCAL" }],
        nick_name: None,
    };
    let mut home = global_accounts::create(client, seller, &wanted).await?;
    while home.status == global_accounts::GlobalAccountStatus::Processing {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        home = global_accounts::get(client, seller, &home.id).await?;
    }
    let deposit = json!({ "global_account_id": home.id, "amount": 100, "payer_name": "Example buyer" });
    simulation::deposit(client, seller, &deposit).await.map(drop)
}

fn bank_account() -> Value {
    json!({
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

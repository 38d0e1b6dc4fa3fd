//! Money, to the minor unit: whatever is paid out, in whatever currencies, nothing appears or vanishes.

use std::collections::BTreeMap;

use chrono::Duration;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::testing::Stage;
use crate::wallet::{self, Booking};
use crate::wire::round;
use crate::world::start::{ACME, PLATFORM};

/// Payees by country, currency and method, each with a valid document.
fn payee(currency: &str) -> Value {
    let bank = |fields: Value| {
        let mut bank = json!({ "account_name": "Tidewater Crafts Ltd", "account_currency": currency });
        crate::wire::merge(&mut bank, &fields);
        bank
    };
    let (bank, method, country, state) = match currency {
        "GBP" => (
            bank(json!({ "bank_country_code": "GB", "local_clearing_system": "FASTER_PAYMENTS",
            "account_routing_type1": "sort_code", "account_routing_value1": "204514",
            "account_number": "31926819" })),
            "LOCAL",
            "GB",
            "GB-XX",
        ),
        "EUR" => (
            bank(json!({ "bank_country_code": "DE", "iban": "DE89370400440532013000",
            "swift_code": "COBADEFF" })),
            "SWIFT",
            "DE",
            "DE-XX",
        ),
        "JPY" => (
            bank(json!({ "bank_country_code": "JP", "account_number": "1234567",
            "swift_code": "BOTKJPJT" })),
            "SWIFT",
            "JP",
            "JP-13",
        ),
        _ => (
            bank(
                json!({ "bank_country_code": "US", "bank_name": "Sample Bank", "local_clearing_system": "ACH",
            "account_routing_type1": "aba", "account_routing_value1": "110000000",
            "account_number": "000123456789", "bank_account_category": "Checking" }),
            ),
            "LOCAL",
            "US",
            "US-CA",
        ),
    };
    json!({
        "transfer_methods": [method],
        "beneficiary": {
            "type": "BANK_ACCOUNT", "entity_type": "COMPANY", "company_name": "Tidewater Crafts Ltd",
            "address": { "country_code": country, "street_address": "12 Harbour Street", "city": "Harbourton",
                "postcode": "94016", "state": state },
            "bank_details": bank,
        },
    })
}

fn sums(stage: &Stage) -> BTreeMap<(String, String), Decimal> {
    let mut sums = BTreeMap::new();
    for account in [ACME, PLATFORM] {
        for currency in ["GBP", "USD", "EUR", "JPY"] {
            sums.insert(
                (account.to_owned(), currency.to_owned()),
                wallet::available(&stage.world, account, currency),
            );
        }
    }
    sums
}

fn change(
    before: &BTreeMap<(String, String), Decimal>,
    stage: &Stage,
    account: &str,
    currency: &str,
) -> Decimal {
    wallet::available(&stage.world, account, currency) - before[&(account.to_owned(), currency.to_owned())]
}

fn number(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().unwrap_or_else(|_| panic!("{value} is no number"))
}

#[derive(Debug, Clone)]
struct Wish {
    source: &'static str,
    transfer: &'static str,
    cents: u32,
    gives_source: bool,
    payee_pays: bool,
    charge_all: bool,
    fixed: Option<u32>,
    percent: Option<u32>,
    widens: Option<u32>,
    fails: bool,
}

fn wishes() -> impl Strategy<Value = Wish> {
    let currency = || prop::sample::select(vec!["GBP", "USD", "EUR", "JPY"]);
    let option = |most: u32| prop::option::of(1..most);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (currency(), currency(), 5_000u32..900_000, flags, option(5_000), option(500), option(1_500)).prop_map(
        |(source, transfer, cents, (gives_source, payee_pays, charge_all, fails), fixed, percent, widens)| {
            Wish {
                source,
                transfer,
                cents,
                gives_source,
                payee_pays,
                charge_all,
                fixed,
                percent,
                widens,
                fails,
            }
        },
    )
}

fn body(wish: &Wish, beneficiary: &str, request_id: &str) -> Value {
    // Fifty to nine thousand dollars or so, in whole units where there are no smaller ones.
    let amount = |currency: &str| match currency {
        "JPY" => Decimal::from(wish.cents),
        _ => Decimal::new(i64::from(wish.cents), 2),
    };
    let mut options = vec![];
    if let Some(cents) = wish.fixed {
        let amount = round(Decimal::new(i64::from(cents), 2), wish.source).max(Decimal::ONE);
        options.push(json!({ "source_type": "TRANSFER", "type": "FIXED", "amount": amount.to_string(), "currency": wish.source }));
    }
    if let Some(hundredths) = wish.percent {
        options.push(json!({ "source_type": "TRANSFER", "type": "PERCENTAGE", "percentage": Decimal::new(i64::from(hundredths), 2).to_string() }));
    }
    if let Some(hundredths) = wish.widens.filter(|_| wish.source != wish.transfer) {
        options.push(json!({ "source_type": "CONVERSION", "type": "PERCENTAGE", "percentage": Decimal::new(i64::from(hundredths), 2).to_string() }));
    }
    let (side, currency) =
        if wish.gives_source { ("source_amount", wish.source) } else { ("transfer_amount", wish.transfer) };
    json!({
        "request_id": request_id,
        "beneficiary_id": beneficiary,
        "source_currency": wish.source,
        "transfer_currency": wish.transfer,
        side: amount(currency).to_string(),
        "fee_paid_by": if wish.payee_pays { "BENEFICIARY" } else { "PAYER" },
        "swift_charge_option": if wish.charge_all { "PAYER" } else { "SHARED" },
        "reason": "goods_purchased",
        "reference": "Order 881",
        "application_fee_options": options,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_paid_is_received_and_earned_to_the_minor_unit(wish in wishes()) {
        let mut stage = Stage::new();
        for currency in ["GBP", "USD", "EUR", "JPY"] {
            let amount = Decimal::from(100_000_000);
            let funds = Booking { account: ACME, currency, amount, kind: "DEPOSIT", source: "test" };
            wallet::book(&mut stage.world, stage.now, &funds);
        }
        let made = stage.post("/api/v1/beneficiaries/create", &[], true, payee(wish.transfer)).expect("a payee");
        let before = sums(&stage);
        let beneficiary = made["id"].as_str().expect("an id");
        let transfer = match stage.post("/api/v1/transfers/create", &[], true, body(&wish, beneficiary, "r-1")) {
            Ok(transfer) => transfer,
            // A yen amount may be below what is dealt in.
            Err(refused) => {
                prop_assert_eq!(refused.code, "amount_below_limit");
                return Ok(());
            }
        };
        prop_assert_eq!(&sums(&stage), &before, "nothing is taken before it is processed");
        let (pays, receives) = (number(&transfer["amount_payer_pays"]), number(&transfer["amount_beneficiary_receives"]));
        let fee = number(&transfer["fee_amount"]);
        if wish.source == wish.transfer {
            prop_assert_eq!(pays, receives + fee);
        }
        let given = if wish.gives_source { number(&transfer["source_amount"]) } else { number(&transfer["transfer_amount"]) };
        prop_assert_eq!(given, number(&body(&wish, "", "")[if wish.gives_source { "source_amount" } else { "transfer_amount" }]));
        let earned = |source: &str, currency: &str| -> Decimal {
            let fees = transfer["application_fees"].as_array().cloned().unwrap_or_default();
            fees.iter().filter(|fee| fee["source_type"] == source && fee["currency"] == currency).map(|fee| number(&fee["amount"])).sum()
        };

        stage.advance(Duration::seconds(1));
        let on_top = earned("TRANSFER", wish.source);
        prop_assert_eq!(change(&before, &stage, ACME, wish.source), -(pays + on_top));
        for currency in ["GBP", "USD", "EUR", "JPY"] {
            if currency != wish.source {
                prop_assert_eq!(change(&before, &stage, ACME, currency), Decimal::ZERO);
            }
            let told = earned("TRANSFER", currency) + earned("CONVERSION", currency);
            prop_assert_eq!(change(&before, &stage, PLATFORM, currency), told);
        }

        let id = transfer["id"].as_str().expect("an id").to_owned();
        let mut go = |next: &str| {
            super::lifecycle::transition(&mut stage.world, &id, next, None, stage.now).map_err(|error| error.message)
        };
        prop_assert_eq!(go("SENT"), Ok(()));
        prop_assert_eq!(go("PAID"), Ok(()));
        if wish.fails {
            prop_assert_eq!(go("FAILED"), Ok(()));
            prop_assert_eq!(change(&before, &stage, ACME, wish.source), -(fee + on_top), "principal back, fees kept");
            prop_assert_eq!(stage.world.transfers.get(&id).map(|row| row.status.as_str()), Some("CANCELLED"));
        }
        let booked: Decimal = stage.world.ledger.values().filter(|row| row.account == ACME && row.currency == wish.source).map(|row| row.amount).sum();
        prop_assert_eq!(booked, wallet::available(&stage.world, ACME, wish.source), "the ledger is the balance");
    }
}

#[test]
fn a_transfer_never_goes_without_its_fee() {
    let mut stage = Stage::new();
    let funds = Booking {
        account: ACME,
        currency: "GBP",
        amount: Decimal::from(100),
        kind: "DEPOSIT",
        source: "test",
    };
    wallet::book(&mut stage.world, stage.now, &funds);
    let made = stage.post("/api/v1/beneficiaries/create", &[], true, payee("GBP")).expect("a payee");
    let wish = Wish {
        source: "GBP",
        transfer: "GBP",
        cents: 10_000,
        gives_source: false,
        payee_pays: false,
        charge_all: false,
        fixed: Some(100),
        percent: None,
        widens: None,
        fails: false,
    };
    let wanted = body(&wish, made["id"].as_str().expect("an id"), "r-1");
    let transfer = stage.post("/api/v1/transfers/create", &[], true, wanted).expect("a transfer");
    stage.advance(Duration::seconds(1));
    let id = transfer["id"].as_str().expect("an id");
    assert_eq!(stage.world.transfers.get(id).expect("it").status, "OVERDUE");
    assert_eq!(wallet::available(&stage.world, ACME, "GBP"), Decimal::from(100));
    let more =
        Booking { account: ACME, currency: "GBP", amount: Decimal::ONE, kind: "DEPOSIT", source: "test" };
    wallet::book(&mut stage.world, stage.now, &more);
    crate::engine::money_came(&mut stage.world, ACME, stage.now);
    stage.advance(Duration::seconds(1));
    assert_eq!(stage.world.transfers.get(id).expect("it").status, "PROCESSING");
    assert_eq!(wallet::available(&stage.world, ACME, "GBP"), Decimal::ZERO);
    assert_eq!(wallet::available(&stage.world, PLATFORM, "GBP"), Decimal::ONE);
}

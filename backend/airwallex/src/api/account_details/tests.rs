use serde_json::{Value, json};

use super::*;

/// The example of part 02 §1.2, with its business and one person filled in.
fn example() -> Value {
    json!({
        "identifier": "seller-000417",
        "nickname": "Blue Kiln",
        "metadata": { "seller_id": "000417" },
        "primary_contact": { "email": "owner@bluekiln.example", "mobile": "61-400111222" },
        "account_details": {
            "legal_entity_type": "BUSINESS",
            "business_details": {
                "business_name": "Blue Kiln Pty Ltd",
                "business_structure": "COMPANY",
                "business_identifiers": [{ "country_code": "AU", "number": "51824753556", "type": "BRN" }],
                "business_start_date": "2019-04-01",
                "registration_address": {
                    "address_line1": "12 Ochre Lane",
                    "suburb": "Fitzroy",
                    "state": "VIC",
                    "postcode": "3065",
                    "country_code": "AU",
                },
                "operating_country": ["AU", "NZ"],
                "industry_category_code": "ICCV3_0001XX",
                "contact_number": "61-390001234",
                "as_trustee": false,
                "account_usage": {
                    "estimated_monthly_revenue": { "amount": "25000.50", "currency": "AUD" },
                    "product_reference": ["COLLECT_MARKETPLACE_PROCEEDS", "MAKE_TRANSFERS"],
                },
                "attachments": {
                    "business_documents": [
                        { "file_id": "ZmlsZS0wMDI", "tag": "COMPANY_PROFILE", "description": "extract" },
                    ],
                },
            },
            "business_person_details": [{
                "roles": ["DIRECTOR", "BENEFICIAL_OWNER"],
                "first_name": "Mira",
                "last_name": "Ellory",
                "date_of_birth": "1984-02-29",
                "nationality": "AU",
                "email": "mira@bluekiln.example",
                "residential_address": { "address_line1": "3 Slip Street", "country_code": "AU" },
                "identifications": {
                    "primary": {
                        "identification_type": "PASSPORT",
                        "issuing_country_code": "AU",
                        "passport": {
                            "number": "PA0940443",
                            "mrz_line1": "P<AUSELLORY<<MIRA",
                            "effective_at": "2021-06-01",
                            "expire_at": "2031-06-01",
                            "front_file_id": "ZmlsZS0wMDE",
                        },
                    },
                    "secondary": null,
                },
            }],
            "individual_details": null,
            "trustee_details": null,
            "store_details": null,
            "attachments": { "additional_files": [{ "file_id": "ZmlsZS0wMDM", "tag": "OTHER" }] },
            "legal_entity_id": null,
        },
        "customer_agreements": {
            "agreed_to_data_usage": true,
            "agreed_to_terms_and_conditions": true,
            "agreed_to_biometrics_consent": true,
            "opt_in_for_marketing": false,
            "terms_and_conditions": {
                "agreed_at": "2026-09-01T03:12:44+00:00",
                "service_agreement_type": "FULL",
                "device_data": { "ip_address": "203.0.113.7", "user_agent": "Mozilla/5.0" },
            },
        },
    })
}

/// What the example leaves out: a person, trustees, a shop.
fn remainder() -> Value {
    json!({
        "legal_entity_type": "INDIVIDUAL",
        "individual_details": {
            "first_name": "Ana",
            "other_names": [{ "first_name": "Annika" }],
            "residential_address_english": { "address_line2": "Flat 9", "country_code": "DE" },
            "occupation": "DESIGNER",
            "employer": {
                "business_name": "Loom Works",
                "business_identifiers": [{ "number": "DE811", "type": "VAT" }],
            },
            "estimated_monthly_income": { "amount": "3100", "currency": "EUR" },
            "identifications": {
                "primary": {
                    "identification_type": "DRIVERS_LICENSE",
                    "drivers_license": { "number": "DL-551", "version": "2", "back_file_id": "ZmlsZS0wMDQ" },
                },
                "secondary": {
                    "identification_type": "MEDICARE_CARD",
                    "medicare_card": { "card_number": "2123", "color": "GREEN" },
                    "tax_id": { "number": "900-70-0000", "type": "ITIN" },
                    "personal_id": { "number": "L01X" },
                },
            },
            "attachments": { "individual_documents": [{ "tag": "SUPPORTIVE_OTHER" }] },
            "has_member_holding_public_office": false,
            "account_usage": {
                "product_reference": ["MARKETPLACE_WALLET"],
                "expected_monthly_transaction_volume": { "amount": "900.00", "currency": "EUR" },
                "collection_country_codes": ["DE"],
                "payout_country_codes": ["AT"],
                "collection_from": ["INCOME_FROM_MARKETPLLACES"],
                "payout_to": ["OWN_BANK_ACCOUNT"],
                "card_usage": ["NO_CARD_USAGE"],
            },
        },
        "trustee_details": {
            "legal_entity_type": "BUSINESS",
            "business_details": { "business_name": "Kiln Trustees", "business_structure": "PARTNERSHIP" },
            "individual_details": [{
                "first_name": "Otto",
                "identification_number": "T-77",
                "attachments": { "identity_files": [{ "file_id": "ZmlsZS0wMDU" }] },
            }],
        },
        "store_details": {
            "store_name": "Blue Kiln Online",
            "operating_models": ["ONLINE_CHECKOUT"],
            "fulfillment_days": 5,
            "cross_border_transaction_percent": "12.5",
            "estimated_transaction_volume": {
                "currency": "EUR",
                "average_amount_per_transaction": "40.00",
                "max_amount_per_transaction": "600.00",
                "monthly_transaction_amount": "9000.00",
            },
            "employee_size": 3,
            "payment_distribution": [{ "payment_type": "OTHER", "percentage": "100" }],
            "store_websites": [{ "url": "https://bluekiln.example" }],
            "store_photos": [{ "file_id": "ZmlsZS0wMDY" }],
        },
    })
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn account() -> NewAccount {
    serde_json::from_value(example()).expect("an account")
}

#[test]
fn every_member_comes_out_as_it_went_in() {
    assert_eq!(serde_json::to_value(account()).expect("JSON"), without_nulls(example()));
    let details: AccountDetails = serde_json::from_value(remainder()).expect("details");
    assert_eq!(serde_json::to_value(details).expect("JSON"), remainder());
}

#[test]
fn unknown_and_missing_members_are_tolerated() {
    let body =
        json!({ "account_details": { "business_details": { "trust_name": "x" } }, "status": "CREATED" });
    let read: NewAccount = serde_json::from_value(body).expect("an account");
    assert_eq!(read.account_details.business_details, Some(BusinessDetails::default()));
    let empty = json!({ "primary_contact": {}, "account_details": {}, "customer_agreements": {} });
    assert_eq!(serde_json::to_value(NewAccount::default()).expect("JSON"), empty);
    assert_eq!(serde_json::to_value(AccountChange::default()).expect("JSON"), json!({}));
}

#[test]
fn the_smallest_bodies_are_the_public_ones() {
    let business = json!({
        "identifier": "seller-1",
        "primary_contact": { "email": "a@b.example" },
        "account_details": {
            "legal_entity_type": "BUSINESS",
            "business_details": { "business_name": "Kiln" },
        },
        "customer_agreements": { "agreed_to_data_usage": true },
    });
    let made = NewAccount::business("seller-1", "a@b.example", "Kiln");
    assert_eq!(serde_json::to_value(made).expect("JSON"), business);
    let individual = json!({
        "identifier": "seller-2",
        "primary_contact": { "email": "c@d.example" },
        "account_details": { "legal_entity_type": "INDIVIDUAL" },
        "customer_agreements": { "agreed_to_data_usage": true },
    });
    let made = NewAccount::individual("seller-2", "c@d.example");
    assert_eq!(serde_json::to_value(made).expect("JSON"), individual);
}

#[test]
fn a_driving_licence_has_one_spelling_for_each_kind_of_person() {
    assert!(BusinessPersonIdentificationType::DriversLicence == "DRIVERS_LICENCE");
    assert!(IndividualIdentificationType::DriversLicense == "DRIVERS_LICENSE");
}

/// Every text in a document but words and codes.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::String(text) if text.len() > 3 => found.push(text.clone()),
        _ => {}
    }
}

#[test]
fn nothing_about_people_is_printed() {
    let account = account();
    let details = &account.account_details;
    let business = details.business_details.as_ref().expect("a business");
    let person = &details.business_person_details[0];
    let proofs = person.identifications.as_ref().expect("proofs");
    let proof = proofs.primary.as_ref().expect("a proof");
    let others: AccountDetails = serde_json::from_value(remainder()).expect("details");
    let individual = others.individual_details.as_ref().expect("a person");
    let individual_proofs = individual.identifications.as_ref().expect("proofs");
    let trustees = others.trustee_details.as_ref().expect("trustees");
    let shop = others.store_details.as_ref().expect("a shop");
    let printed = [
        format!("{account:?}"),
        format!("{details:?} {others:?}"),
        format!("{:?} {:?}", account.primary_contact, account.customer_agreements),
        format!("{business:?} {:?} {:?}", business.account_usage, business.attachments),
        format!("{:?} {:?}", business.registration_address, business.business_identifiers),
        format!("{person:?} {:?} {proofs:?}", person.residential_address),
        format!("{proof:?} {:?}", proof.passport),
        format!("{individual:?} {:?} {:?}", individual.other_names, individual.employer),
        format!("{:?} {:?}", individual.estimated_monthly_income, individual.account_usage),
        format!(
            "{individual_proofs:?} {:?}",
            individual_proofs.primary.as_ref().map(|one| &one.drivers_license)
        ),
        format!("{:?}", individual_proofs.secondary.as_ref().map(|one| (&one.tax_id, &one.personal_id))),
        format!("{:?}", individual_proofs.secondary.as_ref().map(|one| &one.medicare_card)),
        format!("{trustees:?} {:?} {:?}", trustees.business_details, trustees.individual_details),
        format!("{shop:?} {:?} {:?}", shop.estimated_transaction_volume, shop.store_websites),
    ]
    .join("\n");
    let mut found = Vec::new();
    let mut told = example();
    told["customer_agreements"]["terms_and_conditions"]["agreed_at"] = Value::Null;
    texts(&told, &mut found);
    texts(&remainder(), &mut found);
    assert!(found.len() > 70, "the documents hold texts");
    for text in found {
        assert!(!printed.contains(&text), "{text} is printed");
    }
    assert!(printed.contains("Passport(…)") && printed.contains("BusinessDetails(…)"));
    assert!(printed.contains("legal_entity_type: Some(Business)"));
}

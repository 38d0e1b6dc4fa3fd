//! Mutations that move money or say where to, by the client's own calls.

use airwallex::api::{
    batch_transfers, beneficiaries, charges, connected_account_transfers, fx, global_accounts, payers,
    schemas, transfers,
};
use airwallex::{Access, Client};
use serde::Serialize;
use serde_json::Value;

use super::Ended;
use crate::{amount, application_fee, ended, new_transfer};

pub async fn write(
    client: &Client,
    access: &Access,
    is_platform: bool,
    rest: &[&str],
    body: &Value,
) -> Ended {
    let text = |name: &str| body[name].as_str();
    Some(match rest {
        ["batch_transfers", "create"] => {
            let batch = batch_transfers::NewBatch {
                request_id: text("request_id")?,
                name: text("name"),
                remarks: text("remarks"),
                metadata: body["metadata"].clone(),
                transfer_date: text("transfer_date"),
            };
            if !says(&batch, body) {
                return None;
            }
            ended(batch_transfers::create(client, access, &batch).await)
        }
        ["batch_transfers", id, "add_items"] => {
            ended(batch_transfers::add_items(client, access, id, body["items"].as_array()?).await)
        }
        ["batch_transfers", id, "delete_items"] => {
            let ids: Vec<&str> = body["item_ids"].as_array()?.iter().filter_map(Value::as_str).collect();
            ended(batch_transfers::delete_items(client, access, id, &ids).await)
        }
        ["batch_transfers", id, "quote"] => ended(batch_transfers::quote(client, access, id).await),
        ["batch_transfers", id, "submit"] => ended(batch_transfers::submit(client, access, id).await),
        ["batch_transfers", id, "delete"] => ended(batch_transfers::delete(client, access, id).await),
        ["beneficiaries", "create"] => ended(beneficiaries::create(client, access, body).await),
        ["beneficiaries", "validate"] => ended(beneficiaries::validate(client, access, body).await),
        ["beneficiaries", "verify_account"] => {
            ended(beneficiaries::verify_account(client, access, body).await)
        }
        ["beneficiaries", id, "update"] => ended(beneficiaries::update(client, access, id, body).await),
        ["beneficiaries", id, "delete"] => ended(beneficiaries::delete(client, access, id).await),
        ["beneficiary_form_schemas" | "beneficiary_api_schemas", "generate"] => {
            let condition = schemas::Condition {
                bank_country_code: text("bank_country_code")?.to_owned(),
                account_currency: text("account_currency")?.to_owned(),
                transfer_method: text("transfer_method")?.to_owned(),
                local_clearing_system: text("local_clearing_system").map(str::to_owned),
                entity_type: text("entity_type")?.to_owned(),
                account_routing_type1: text("account_routing_type1").map(str::to_owned),
                kind: text("type").map(str::to_owned),
                provider: text("provider").map(str::to_owned),
            };
            if rest[0] == "beneficiary_form_schemas" {
                ended(schemas::form(client, access, &condition).await)
            } else {
                ended(schemas::api(client, access, &condition).await)
            }
        }
        ["charges", "create"] if is_platform => {
            let charge = charges::NewCharge {
                request_id: text("request_id")?,
                amount: amount(&body["amount"]),
                currency: text("currency")?,
                source: text("source")?,
                reason: text("reason")?,
                reference: text("reference")?,
            };
            ended(charges::create(client, &charge).await)
        }
        ["connected_account_transfers", "create"] => {
            let transfer = connected_account_transfers::NewConnectedAccountTransfer {
                request_id: text("request_id")?,
                amount: amount(&body["amount"]),
                currency: text("currency")?,
                destination: text("destination")?,
                reason: text("reason")?,
                reference: text("reference")?,
            };
            ended(connected_account_transfers::create(client, access, &transfer).await)
        }
        ["fx", "conversions", "create"] => {
            let fees = fees(body);
            let wanted = fx::NewConversion {
                request_id: text("request_id")?,
                deal: deal(body)?,
                quote_id: text("quote_id"),
                application_fee_options: &fees,
            };
            if !says(&wanted, body) {
                return None;
            }
            ended(fx::convert(client, access, &wanted).await)
        }
        ["fx", "quotes", "create"] => {
            let fees = fees(body);
            let wanted = fx::NewQuote {
                deal: deal(body)?,
                validity: text("validity")?,
                application_fee_options: &fees,
            };
            if !says(&wanted, body) {
                return None;
            }
            ended(fx::quote(client, access, &wanted).await)
        }
        ["fx", "conversion_amendments", step] => {
            let wanted = fx::Cancellation {
                conversion_id: text("conversion_id")?,
                charge_currency: text("charge_currency"),
            };
            if *step == "quote" {
                ended(fx::quote_cancel(client, access, &wanted).await)
            } else {
                ended(fx::cancel(client, access, text("request_id")?, &wanted).await)
            }
        }
        ["global_accounts", "create"] => {
            let features = body["required_features"].as_array()?;
            let features: Vec<_> = features
                .iter()
                .filter_map(|one| {
                    let (currency, transfer_method) =
                        (one["currency"].as_str()?, one["transfer_method"].as_str()?);
                    Some(global_accounts::Feature { currency, transfer_method })
                })
                .collect();
            let wanted = global_accounts::NewGlobalAccount {
                request_id: text("request_id")?,
                country_code: text("country_code")?,
                required_features: &features,
                nick_name: text("nick_name"),
            };
            ended(global_accounts::create(client, access, &wanted).await)
        }
        ["global_accounts", id, "close"] => ended(global_accounts::close(client, access, id).await),
        ["global_accounts", id, "update"] => {
            ended(global_accounts::rename(client, access, id, text("nick_name")?).await)
        }
        ["payers", "create"] => ended(payers::create(client, access, body).await),
        ["payers", id, "delete"] => ended(payers::delete(client, access, id).await),
        ["transfers", "create"] => {
            let is_told = ["transfer_method", "reason"].iter().all(|name| text(name).is_some())
                && text("beneficiary_id").is_some() != body.get("beneficiary").is_some();
            let is_one = text("source_amount").is_some() != text("transfer_amount").is_some();
            if !is_told || !is_one {
                return None;
            }
            let wanted = new_transfer(body);
            if !says(&wanted, body) {
                return None;
            }
            let ready = client.ready(access).await.expect("a login");
            let frozen = serde_json::to_string(&wanted).expect("JSON");
            ended(transfers::create(client, ready, "2026-08-21", &frozen).await)
        }
        ["transfers", "validate"] => ended(transfers::validate(client, access, body).await),
        ["transfers", id, "cancel"] => ended(transfers::cancel(client, access, id).await),
        _ => return None,
    })
}

fn fees(body: &Value) -> Vec<transfers::ApplicationFee> {
    body["application_fee_options"].as_array().into_iter().flatten().filter_map(application_fee).collect()
}

fn deal(body: &Value) -> Option<fx::Deal<'_>> {
    let given = match (body.get("sell_amount"), body.get("buy_amount")) {
        (Some(sell), None) => fx::Given::Sell { sell_amount: amount(sell) },
        (None, Some(buy)) => fx::Given::Buy { buy_amount: amount(buy) },
        _ => return None,
    };
    Some(fx::Deal {
        sell_currency: body["sell_currency"].as_str()?,
        buy_currency: body["buy_currency"].as_str()?,
        given,
        conversion_date: body["conversion_date"].as_str(),
    })
}

/// Whether the client's own types can say what the document says.
fn says(wanted: &impl Serialize, body: &Value) -> bool {
    serde_json::to_value(wanted).expect("JSON") == *body
}

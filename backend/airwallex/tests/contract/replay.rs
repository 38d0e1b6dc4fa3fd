//! Every case that the client can express, by its method and path: what the client sends is what the document
//! says, and the documented answer leads to the outcome that its status means.

use airwallex::api::{
    accounts, amendments, balances, batch_transfers, beneficiaries, capabilities, charges, components,
    connected_account_transfers, deposits, files, financial_transactions, fx, global_accounts, hosted_flows,
    invitation_links, partner, payers, rfis, schemas, simulation, transfers, webhooks,
};
use airwallex::{Access, Client, Error, Token};
use serde::Serialize;
use serde_json::{Value, json};

use crate::bench::{bench, check_request};
use crate::{amount, application_fee, cases, ended, new_transfer, value};

/// Names that only the sandbox's side fills in stand for themselves here.
fn named(case: &Value) -> Value {
    let mut text = case.to_string();
    while let Some((before, rest)) = text.split_once("{").and_then(|_| {
        text.match_indices('{').find_map(|(at, _)| {
            let name = text[at + 1..].split('}').next()?;
            let is_name =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            is_name
                .then(|| (text[..at].to_owned(), (name.to_owned(), text[at + name.len() + 2..].to_owned())))
        })
    }) {
        let (name, after) = rest;
        text = format!("{before}id-of-{name}{after}");
    }
    serde_json::from_str(&text).expect("JSON")
}

/// Whose authority a request's headers show.
fn access(headers: &Value) -> Option<Access> {
    if headers.get("x-api-version").is_some_and(|version| version != "2026-08-21") {
        return None;
    }
    let given = headers["authorization"].as_str()?;
    let bearer = |name: &str| given.strip_prefix("Bearer ") == Some(value(name));
    match headers["x-on-behalf-of"].as_str() {
        Some(account) if bearer("token") => Some(Access::on_behalf_of(account)),
        Some(_) => None,
        None if bearer("token") => Some(Access::Platform),
        None if bearer("access_token") => Some(Access::Seller(Token::new(value("access_token").to_owned()))),
        None if bearer("partner_token") => Some(Access::Partner),
        None if given == "Basic YXBwaWRfc2FuZGJveDpzYW5kYm94X2FwcF9zZWNyZXQ=" => Some(Access::Application),
        None => None,
    }
}

type Ended = Option<(String, String)>;

/// Plays a request by the client's own call for it; none where the client has no way to say it.
async fn play(client: &Client, access: &Access, request: &Value) -> Ended {
    let path = request["path"].as_str()?;
    let query = request.get("query").cloned().unwrap_or(json!({}));
    let body = request.get("json").cloned().unwrap_or(Value::Null);
    let parts: Vec<&str> = path.trim_start_matches('/').splitn(3, '/').collect();
    let rest: Vec<&str> = parts.get(2)?.split('/').collect();
    let is_platform = matches!(access, Access::Platform);
    match request["method"].as_str()? {
        "GET" => read(client, access, is_platform, &rest, &query).await,
        _ if query.as_object().is_some_and(|query| !query.is_empty()) => None,
        _ => match write_accounts(client, access, is_platform, &rest, &body).await {
            Some(ended) => Some(ended),
            None => write_money(client, access, is_platform, &rest, &body).await,
        },
    }
}

async fn read(client: &Client, access: &Access, is_platform: bool, rest: &[&str], query: &Value) -> Ended {
    let asked: Vec<&str> = query.as_object()?.keys().map(String::as_str).collect();
    let request_id = query["request_id"].as_str().unwrap_or_default();
    Some(match (rest, asked.as_slice()) {
        (["account"], []) => ended(accounts::own(client, access).await),
        (["account", "wallet_info"], []) => ended(accounts::wallet_info(client, access).await),
        (["account", "amendments", id], []) => ended(amendments::get(client, access, id).await),
        (["account_capabilities", id], []) => ended(capabilities::get(client, access, id).await),
        (["accounts", "invitation_links", id], []) if is_platform => {
            ended(invitation_links::get(client, id).await)
        }
        (["accounts", id], []) if is_platform => ended(accounts::get(client, id).await),
        (["balances", "current"], []) => ended(balances::current(client, access).await),
        (["batch_transfers"], ["request_id"]) => {
            ended(batch_transfers::find(client, access, request_id).await)
        }
        (["batch_transfers", id], []) => ended(batch_transfers::get(client, access, id).await),
        (["beneficiaries", id], []) => ended(beneficiaries::get(client, access, id).await),
        (["charges"], ["request_id"]) if is_platform => ended(charges::find(client, request_id).await),
        (["charges", id], []) if is_platform => ended(charges::get(client, id).await),
        (["connected_account_transfers"], ["request_id"]) => {
            ended(connected_account_transfers::find(client, access, request_id).await)
        }
        (["connected_account_transfers", id], []) => {
            ended(connected_account_transfers::get(client, access, id).await)
        }
        (["connections", id], []) if !id.contains('!') => ended(partner::get(client, id).await),
        (["deposits", id], []) => ended(deposits::get(client, access, id).await),
        (["financial_transactions", id], []) => ended(financial_transactions::get(client, access, id).await),
        (["fx", "conversions"], ["request_id"]) => ended(fx::find(client, access, request_id).await),
        (["fx", "conversions", id], []) => ended(fx::get(client, access, id).await),
        (["fx", "conversion_amendments"], ["conversion_id"]) => {
            ended(fx::amendments(client, access, query["conversion_id"].as_str()?).await)
        }
        (["fx", "conversion_amendments", id], []) => ended(fx::get_amendment(client, access, id).await),
        (["fx", "quotes", id], []) => ended(fx::get_quote(client, access, id).await),
        (["fx", "rates", "current"], ["sell_currency", "buy_currency", "sell_amount"]) => {
            let deal = fx::Deal {
                sell_currency: query["sell_currency"].as_str()?,
                buy_currency: query["buy_currency"].as_str()?,
                given: fx::Given::Sell { sell_amount: amount(&query["sell_amount"]) },
                conversion_date: None,
            };
            ended(fx::rate(client, access, &deal).await)
        }
        (["global_accounts", id], []) => ended(global_accounts::get(client, access, id).await),
        (["hosted_flows", id], []) if is_platform => ended(hosted_flows::get(client, id).await),
        (["payers", id], []) => ended(payers::get(client, access, id).await),
        (["rfis", id], []) => ended(rfis::get(client, access, id).await),
        (["transfers"], ["request_id"]) => ended(transfers::find(client, access, request_id).await),
        (["transfers", id], []) => ended(transfers::get(client, access, id).await),
        (["webhooks", id], []) if matches!(access, Access::Application) => {
            ended(webhooks::get(client, id).await)
        }
        _ => return None,
    })
}

async fn write_accounts(
    client: &Client,
    access: &Access,
    is_platform: bool,
    rest: &[&str],
    body: &Value,
) -> Ended {
    let text = |name: &str| body[name].as_str();
    Some(match rest {
        ["account", "amendments", "create"] => {
            let contact = amendments::Change::PrimaryContact(body["primary_contact"].clone());
            ended(amendments::create(client, access, &contact).await)
        }
        ["account_capabilities", id, "enable"] => ended(capabilities::enable(client, access, id).await),
        ["authentication", "authorize"] => {
            let scopes: Vec<&str> = body.get("scope")?.as_array()?.iter().filter_map(Value::as_str).collect();
            let wanted = components::Authorization {
                code_challenge: text("code_challenge")?,
                scope: &scopes,
                identity: text("identity"),
            };
            ended(components::authorize(client, access, &wanted).await)
        }
        ["files", "download_links"] => {
            let ids: Vec<&str> = body["file_ids"].as_array()?.iter().filter_map(Value::as_str).collect();
            ended(files::download_links(client, access, &ids).await)
        }
        ["rfis", id, "respond"] => {
            let given = body["questions"].as_array()?.iter().map(|one| rfis::Answer {
                id: one["id"].as_str().unwrap_or_default().to_owned(),
                answer: one["answer"].clone(),
            });
            ended(rfis::respond(client, access, id, &given.collect::<Vec<_>>()).await)
        }
        ["webhooks", "create"] => {
            let events: Vec<&str> = body["events"].as_array()?.iter().filter_map(Value::as_str).collect();
            let wanted = webhooks::NewWebhook {
                request_id: text("request_id")?,
                url: text("url")?,
                version: text("version")?,
                events: &events,
            };
            ended(webhooks::create(client, &wanted).await)
        }
        ["webhooks", id, "update"] => ended(webhooks::update(client, id, text("url")?).await),
        ["webhooks", id, "connect"] => ended(webhooks::connect(client, id, text("account_id")?).await),
        ["simulation", "transfers", id, "transition"] => {
            let (next, failure) = (text("next_status")?, text("failure_type"));
            ended(simulation::transfer(client, access, id, next, failure).await)
        }
        ["simulation", "deposit", "create"] => ended(simulation::deposit(client, access, body).await),
        _ if !is_platform => return None,
        ["accounts", "create"] => ended(accounts::create(client, body).await),
        ["accounts", "invitation_links", "create"] => {
            let invitation = match text("mode")? {
                "oauth2" => {
                    let asked = &body["oauth2"];
                    let scope: Vec<&str> =
                        asked["scope"].as_array()?.iter().filter_map(Value::as_str).collect();
                    let oauth2 = invitation_links::OAuthInvitation {
                        redirect_uri: asked["redirect_uri"].as_str()?,
                        response_type: "code",
                        scope: &scope,
                        state: asked["state"].as_str(),
                    };
                    let invitation =
                        invitation_links::NewInvitation::Oauth2 { oauth2, identifier: text("identifier") };
                    return Some(ended(invitation_links::create(client, &invitation).await));
                }
                "scale_connect" => invitation_links::NewInvitation::ScaleConnect {
                    account_id: text("account_id")?,
                    scale_connect: invitation_links::ScaleInvitation {
                        redirect_uri: body["scale_connect"]["redirect_uri"].as_str()?,
                    },
                    identifier: text("identifier"),
                },
                _ => return None,
            };
            ended(invitation_links::create(client, &invitation).await)
        }
        ["accounts", id, "clone"] => ended(accounts::duplicate(client, id, &body["metadata"]).await),
        ["accounts", id, "suspend"] => ended(accounts::suspend(client, id, text("message")?).await),
        ["accounts", id, "reactivate"] => ended(accounts::reactivate(client, id, text("message")?).await),
        ["accounts", id, "submit"] => ended(accounts::submit(client, id).await),
        ["accounts", id, "update"] => ended(accounts::update(client, id, body).await),
        ["accounts", id, "terms_and_conditions", "agree"] => {
            ended(accounts::agree_to_terms(client, id, body).await)
        }
        ["hosted_flows", id, "authorize"] => {
            ended(hosted_flows::authorize(client, id, text("identity")?).await)
        }
        ["simulation", "accounts", id, "update_status"] => {
            let force = body["force"].as_bool()?;
            ended(simulation::account_status(client, id, text("next_status")?, force).await)
        }
        _ => return None,
    })
}

async fn write_money(
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
            let is_told =
                ["beneficiary_id", "transfer_method", "reason"].iter().all(|name| text(name).is_some());
            let is_one = text("source_amount").is_some() != text("transfer_amount").is_some();
            if !is_told || !is_one || body.get("beneficiary").is_some() {
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

/// What an answer's status and code mean for the caller.
fn meaning(answer: &Value) -> &'static str {
    let duplicate = answer["json"]["code"].as_str().is_some_and(|code| {
        ["duplicate_request_id", "request_id_duplicate", "batch_request_id_duplicate"].contains(&code)
    });
    match answer["status"].as_u64().expect("a status") {
        200..300 => "ok",
        401 => "unauthorized",
        409 | 429 => "limited",
        400..500 if duplicate => "duplicate",
        400..500 => "refused",
        _ => "unknown",
    }
}

#[tokio::test]
async fn whatever_the_client_can_say_is_sent_as_documented_and_understood() {
    let (mut played, mut partial) = (0, vec![]);
    for (name, case) in cases() {
        let case = named(&case);
        if case["client"].is_string() || case["sides"].is_array() {
            continue;
        }
        let Some(access) = access(&case["request"]["headers"]) else { continue };
        let bench = bench(&case).await;
        let Some((outcome, read)) = play(&bench.client, &access, &case["request"]).await else { continue };
        // Documents name what they are about; some leave out what every such answer has.
        if meaning(&case["answer"]) == "ok" && read.contains("cannot be read: Data") {
            partial.push(name.clone());
        } else {
            assert_eq!(outcome, meaning(&case["answer"]), "{name}: {read}");
        }
        let seen = bench.seen.lock().expect("unpoisoned").clone();
        // A refused token is renewed once, then it is a permission.
        let times = if outcome == "unauthorized" && !matches!(access, Access::Seller(_) | Access::Application)
        {
            2
        } else {
            1
        };
        assert_eq!(seen.len(), times, "{name}");
        check_request(&name, &case["request"], &seen[0]);
        played += 1;
    }
    assert!(partial.len() < 30, "{} cannot be read: {partial:?}", partial.len());
    assert!(played > 250, "only {played} cases are within the client's words");
}

/// Errors that end differently are told apart.
#[test]
fn what_is_lost_names_the_way_to_find_out() {
    let error = Error::Unknown(airwallex::Lost {
        why: "no answer before the deadline".to_owned(),
        recovery: airwallex::Recovery::ByRequestId,
        trace_id: Some("t1".to_owned()),
    });
    assert_eq!(error.to_string(), "outcome unknown: no answer before the deadline, trace t1");
    assert_eq!(error.trace_id(), Some("t1"));
}

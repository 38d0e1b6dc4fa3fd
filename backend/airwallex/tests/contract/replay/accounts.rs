//! Mutations of accounts and what belongs to them, by the client's own calls.

use airwallex::api::{
    accounts, amendments, capabilities, components, files, hosted_flows, invitation_links, platform_reports,
    rfis, simulation, webhooks,
};
use airwallex::{Access, Client};
use serde_json::Value;

use super::Ended;
use crate::{amount, ended};

pub async fn write(
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
        ["account_capabilities", "apply"] => {
            let limits: Vec<_> = body["funding_limits"]
                .as_array()?
                .iter()
                .filter_map(|one| {
                    let (currency, kind) = (one["currency"].as_str()?, one["type"].as_str()?);
                    Some(capabilities::WantedLimit { currency, limit: amount(&one["limit"]), kind })
                })
                .collect();
            ended(capabilities::apply(client, access, text("request_id")?, &limits).await)
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
        ["simulation", "rfis", id, "follow_up"] if body.as_object().is_none_or(serde_json::Map::is_empty) => {
            ended(simulation::follow_up_rfi(client, access, id, body.get("questions")).await)
        }
        ["simulation", "deposits", id, end] => {
            let end = match *end {
                "settle" => simulation::DepositEnd::Settled,
                "reject" => simulation::DepositEnd::Rejected,
                _ => simulation::DepositEnd::Reversed,
            };
            ended(simulation::end_deposit(client, access, id, end).await)
        }
        ["simulation", "deposit", "create"] => ended(simulation::deposit(client, access, body).await),
        _ if !is_platform => return None,
        ["platform_reports", "create"] => {
            let kind = text("type")?.into();
            let wanted = platform_reports::NewReport {
                file_name: text("file_name"),
                from_created_at: text("from_created_at").map(str::to_owned),
                to_created_at: text("to_created_at").map(str::to_owned),
                ..platform_reports::NewReport::of(kind)
            };
            if serde_json::to_value(&wanted).expect("JSON") != *body {
                return None;
            }
            ended(platform_reports::create(client, &wanted).await)
        }
        ["accounts", "create"] => ended(accounts::create(client, body).await),
        ["accounts", "invitation_links", "create"] => {
            let invitation = match text("mode")? {
                "oauth2" => {
                    let asked = &body["oauth2"];
                    let scope: Vec<&str> =
                        asked["scope"].as_array()?.iter().filter_map(Value::as_str).collect();
                    let state = asked["state"].as_str().map(|state| airwallex::Token::new(state.to_owned()));
                    let oauth2 = invitation_links::OAuthInvitation {
                        redirect_uri: asked["redirect_uri"].as_str()?,
                        response_type: "code",
                        scope: &scope,
                        state: state.as_ref(),
                    };
                    let invitation = invitation_links::NewInvitation::Oauth2 {
                        oauth2,
                        identifier: text("identifier"),
                        prefilled_formdata: &[],
                    };
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

//! Reads, by the client's own calls.

use airwallex::api::{
    accounts, amendments, balances, batch_transfers, beneficiaries, capabilities, charges,
    connected_account_transfers, deposits, financial_transactions, fx, global_accounts, hosted_flows,
    invitation_links, partner, payers, platform_reports, reference, rfis, transfers, webhooks,
};
use airwallex::{Access, Client};
use serde_json::Value;

use super::Ended;
use crate::{amount, ended};

pub async fn read(
    client: &Client,
    access: &Access,
    is_platform: bool,
    rest: &[&str],
    query: &Value,
) -> Ended {
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
        (["platform_reports", id], []) if is_platform => ended(platform_reports::get(client, id).await),
        (["reference", "supported_currencies"], []) => {
            ended(reference::supported_currencies(client, access).await)
        }
        (["reference", "invalid_conversion_dates"], ["currency_pair"]) => {
            let pair = query["currency_pair"].as_str()?;
            ended(reference::invalid_conversion_dates(client, access, pair).await)
        }
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

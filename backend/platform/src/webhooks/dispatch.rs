//! One match over events: each goes to the feature that it concerns.

use airwallex::api::transfers::Transfer;
use airwallex::event::Event;
use serde_json::Value;

use crate::kernel::{Failure, System};
use crate::payouts::service::Source;
use crate::platform::Platform;
use crate::{accounts, connections, payouts};

/// What an event turned out to mean.
pub enum Meaning {
    Applied(String),
    /// Known, and nothing to do; or unknown to this version.
    Ignored(String),
    /// It names something that we do not have, or not yet.
    Unmatched(String),
    /// The same, but it says that it is ours: a restore may have lost it.
    Lost(String),
}

/// Acts on an event. May run twice for the same event.
pub async fn act(platform: &Platform, system: &System, event: &Event) -> Result<Meaning, Failure> {
    match event.name.as_str() {
        name if name.starts_with("payout.transfer.") => transfer(platform, system, event).await,
        name if name.starts_with("account.") => account(platform, system, event).await,
        "connection.disconnected" | "partner_connection.disconnected" => {
            disconnected(platform, system, event).await
        }
        name => Ok(Meaning::Ignored(format!("{name} is not known to this version"))),
    }
}

async fn transfer(platform: &Platform, system: &System, event: &Event) -> Result<Meaning, Failure> {
    let Some(transfer) = Transfer::read(event.object()) else {
        return Ok(Meaning::Ignored("the event holds no transfer".to_owned()));
    };
    let source = Source(format!("event {}", event.name));
    let account = event.account_id.as_deref();
    match payouts::service::apply_upstream(platform, system, account, &transfer, &source).await? {
        Some(id) => Ok(Meaning::Applied(id.to_string())),
        None => match event.object()["metadata"]["souk_payout"].as_str() {
            Some(ours) => {
                let id: String = ours.chars().take(64).collect();
                if let Some(account) = account {
                    payouts::service::lost(platform, account, &transfer.id, &id).await?;
                }
                Ok(Meaning::Lost(format!("transfer {} is our {id}, which we do not have", transfer.id)))
            }
            None => Ok(Meaning::Unmatched(format!("no payout for transfer {}", transfer.id))),
        },
    }
}

/// On any account event the account is read: the event is only the reason to look (02 §9).
async fn account(platform: &Platform, system: &System, event: &Event) -> Result<Meaning, Failure> {
    let Some(account) = &event.account_id else {
        return Ok(Meaning::Ignored("the event names no account".to_owned()));
    };
    match connections::service::seller_of_account(platform, system, account).await? {
        Some(seller) => {
            accounts::service::sync_later(platform, system, &seller).await?;
            Ok(Meaning::Applied(seller.to_string()))
        }
        None => Ok(Meaning::Unmatched(format!("no connection for account {account}"))),
    }
}

/// Both generations of the event (01 §e.9).
async fn disconnected(platform: &Platform, system: &System, event: &Event) -> Result<Meaning, Failure> {
    let mut accounts: Vec<String> = event
        .data
        .get("account_ids")
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
        .unwrap_or_default();
    let single =
        event.data.get("account_id").and_then(Value::as_str).map(str::to_owned).or(event.account_id.clone());
    accounts.extend(single);
    if accounts.is_empty() {
        return Ok(Meaning::Ignored("the event names no account".to_owned()));
    }
    let occurred_at = event.created_at.map(|at| at.0);
    for account in &accounts {
        connections::service::disconnected(platform, system, account, occurred_at).await?;
    }
    Ok(Meaning::Applied(accounts.join(", ")))
}

//! What the lists and forms share: a payout in one line, the neighbouring pages, whose rooms these are.

use std::collections::HashMap;

use serde::Serialize;

use super::mark::{Mark, mark_for_seller};
use crate::accounts::{self, Account, AccountStatus};
use crate::beneficiaries;
use crate::connections::Permission;
use crate::db::page::PageRequest;
use crate::kernel::id::{PayoutId, SellerId};
use crate::kernel::{Currency, Error, Money};
use crate::payouts::{PayoutStatus, service, upstream};
use crate::platform::Platform;
use crate::sellers::{self, Seller};
use crate::web::page::Frame;
use crate::web::when::When;
use crate::web::{Browser, WebError};

/// A payout in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub id: String,
    pub at: When,
    pub to: String,
    pub holder: String,
    pub seller: String,
    pub seller_id: String,
    pub reference: String,
    pub mark: Mark,
    pub cause: String,
    pub fee: String,
    pub amount: String,
    pub currency: String,
}

impl Line {
    pub fn sample() -> Self {
        Self {
            id: "payout_1".to_owned(),
            at: When::sample(),
            to: "Harbour Bank, 1107".to_owned(),
            holder: "Blue Kiln Studio".to_owned(),
            seller: "Blue Kiln".to_owned(),
            seller_id: "seller_1".to_owned(),
            reference: "KL-1871".to_owned(),
            mark: mark_for_seller(PayoutStatus::Returned),
            cause: "the account is closed".to_owned(),
            fee: "7.12".to_owned(),
            amount: "565.10".to_owned(),
            currency: "GBP".to_owned(),
        }
    }

    pub fn of(row: service::Row, mark: Mark) -> Self {
        let payout = row.payout;
        let ended_badly = matches!(payout.status, PayoutStatus::Failed | PayoutStatus::Returned);
        let cause = if ended_badly { upstream::reason_for_people(payout.reason.as_deref()) } else { "" };
        let never_reached_airwallex = matches!(payout.status, PayoutStatus::Failed | PayoutStatus::Cancelled)
            && payout.upstream_id.is_none();
        let fee = if never_reached_airwallex { "–".to_owned() } else { payout.fee.for_people() };
        Self {
            id: payout.id.to_string(),
            at: payout.created_at.into(),
            to: row.beneficiary.as_ref().map(beneficiaries::Beneficiary::label).unwrap_or_default(),
            holder: row.beneficiary.map(|one| one.holder).unwrap_or_default(),
            seller: row.seller.map(|one| one.name).unwrap_or_default(),
            seller_id: payout.seller.to_string(),
            reference: payout.reference,
            mark,
            cause: cause.to_owned(),
            fee,
            amount: payout.amount.for_people(),
            currency: payout.amount.currency().to_string(),
        }
    }
}

/// Where the neighbouring pages are, as query strings.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Around {
    pub newest: bool,
    pub older: String,
}

pub async fn seller_of(
    platform: &Platform,
    browser: &Browser,
    id: &str,
) -> Result<(Seller, Frame), WebError> {
    browser.signed_in()?;
    let id = SellerId::parse(id).map_err(|_| WebError::NotFound)?;
    let seller = sellers::service::get(platform, &browser.actor, &id).await?;
    let frame = Frame::of(platform, browser).for_seller(&seller.id, &seller.name).at("payouts");
    Ok((seller, frame))
}

/// What is in the balance: the seller's own currency first, then those of the bank accounts, then the others.
pub async fn balances_of(
    platform: &Platform,
    browser: &Browser,
    seller: &Seller,
) -> Result<Vec<Money>, WebError> {
    let account = accounts::service::of_seller(platform, &browser.actor, &seller.id).await?;
    let Some(account) = account else { return Ok(vec![]) };
    let mut ready = accounts::service::available(platform, &account.id, &seller.country).await?;
    let all = PageRequest::first(100);
    let banks = beneficiaries::service::list(platform, &browser.actor, &seller.id, &all).await?.items;
    let own = Currency::of_country(&seller.country);
    ready.sort_by_key(|money| {
        let currency = money.currency();
        Some(currency) != own && !banks.iter().any(|bank| bank.currency == currency.to_string())
    });
    Ok(ready)
}

/// The account, if payouts can be made from it today.
pub async fn paying_account(
    platform: &Platform,
    browser: &Browser,
    seller: &Seller,
) -> Result<Option<Account>, WebError> {
    match accounts::service::permitted(platform, &browser.actor, &seller.id, Permission::Payouts).await {
        Ok(account) => {
            Ok(Some(account).filter(|account| account.linked && account.status == AccountStatus::Active))
        }
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub fn page_request(query: &HashMap<String, String>, size: u64) -> PageRequest {
    let after = query.get("after").filter(|id| PayoutId::parse(id).is_ok()).cloned();
    PageRequest { after, ..PageRequest::first(size) }
}

pub fn around(page: &crate::db::page::Page<service::Row>) -> Around {
    let last = page.items.last().map(|row| row.payout.id.to_string());
    Around { newest: page.has_newer, older: last.filter(|_| page.has_older).unwrap_or_default() }
}

//! Queries. Every finder begins with its seller, or with the system that syncs.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::{account, balance};
use super::model::{Account, AccountStatus, Balance};
use crate::db::Tx;
use crate::kernel::id::{AccountId, SellerId};
use crate::kernel::{Currency, Failure, Instant, Money, System};

pub(super) fn read(row: account::Model) -> Account {
    Account {
        id: row.id,
        seller: row.seller_id,
        upstream_id: row.upstream_id,
        status: AccountStatus::parse(&row.status).unwrap_or(AccountStatus::Unknown),
        status_text: row.status_text,
        name: row.name,
        wallet_name: row.wallet_name,
        wallet_number: row.wallet_number,
        next_action: row.next_action,
        linked: row.linked,
        synced_at: row.synced_at,
    }
}

pub(super) async fn of_sellers(
    db: &impl ConnectionTrait,
    sellers: &[SellerId],
) -> Result<Vec<Account>, Failure> {
    let rows =
        account::Entity::find().filter(account::Column::SellerId.is_in(sellers.to_vec())).all(db).await?;
    Ok(rows.into_iter().map(read).collect())
}

pub(super) async fn known_since(tx: &Tx, id: &AccountId) -> Result<Option<Instant>, Failure> {
    Ok(account::Entity::find_by_id(id.clone()).one(&**tx).await?.map(|row| row.created_at))
}

#[cfg(test)]
pub(super) async fn known_from(tx: &Tx, id: &AccountId, at: Instant) -> Result<(), Failure> {
    account::Entity::update_many()
        .set(account::ActiveModel { created_at: Set(at), ..Default::default() })
        .filter(account::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// The next accounts after this one, in the order of their ids.
pub(super) async fn after(
    db: &impl ConnectionTrait,
    _: &System,
    id: Option<&AccountId>,
    count: u64,
) -> Result<Vec<Account>, Failure> {
    let mut select = account::Entity::find();
    if let Some(id) = id {
        select = select.filter(account::Column::Id.gt(id.clone()));
    }
    Ok(select.order_by_asc(account::Column::Id).limit(count).all(db).await?.into_iter().map(read).collect())
}

/// Of these sellers, or of any.
pub(super) async fn get(
    db: &impl ConnectionTrait,
    sellers: Option<&[SellerId]>,
    id: &AccountId,
) -> Result<Option<Account>, Failure> {
    let mut select = account::Entity::find_by_id(id.clone());
    if let Some(sellers) = sellers {
        select = select.filter(account::Column::SellerId.is_in(sellers.to_vec()));
    }
    Ok(select.one(db).await?.map(read))
}

pub(super) async fn by_upstream(
    db: &impl ConnectionTrait,
    _: &System,
    id: &str,
) -> Result<Option<Account>, Failure> {
    Ok(account::Entity::find().filter(account::Column::UpstreamId.eq(id)).one(db).await?.map(read))
}

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    _: &System,
    id: &AccountId,
) -> Result<Option<Account>, Failure> {
    Ok(account::Entity::find_by_id(id.clone()).one(db).await?.map(read))
}

pub(super) async fn balances(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<Vec<(AccountId, Balance)>, Failure> {
    let rows = balance::Entity::find()
        .filter(balance::Column::AccountId.is_in(accounts.to_vec()))
        .order_by_asc(balance::Column::Currency)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let currency = Currency::parse(&row.currency).map_err(Failure::new)?;
            let money = |minor| Money::from_minor(minor, currency);
            let balance = Balance {
                available: money(row.available_minor),
                pending: money(row.pending_minor),
                reserved: money(row.reserved_minor),
                as_of: row.as_of,
            };
            Ok((row.account_id, balance))
        })
        .collect()
}

/// The platform's key may not act for the account any more.
pub(super) async fn unlink(tx: &Tx, id: &AccountId, asked_at: Instant) -> Result<(), Failure> {
    account::Entity::update_many()
        .set(account::ActiveModel {
            linked: Set(false),
            synced_at: Set(Some(asked_at)),
            updated_at: Set(asked_at),
            ..Default::default()
        })
        .filter(account::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

//! What keeps payouts back: all of them until a restore has been compared with Airwallex, those of one account until
//! somebody has looked.

use std::collections::HashSet;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};

use super::entity::payout;
use super::entity::payout_hold::{ActiveModel, Column, Entity, Model};
use super::restoring::COMPARE_ACCOUNT;
use crate::accounts;
use crate::db::Tx;
use crate::jobs::{NewJob, enqueue, give_up};
use crate::kernel::id::PayoutHoldId;
use crate::kernel::{Failure, Instant};
use crate::platform::Platform;

/// Lets the payouts of one account go, when staff have looked.
pub const RELEASE: &str = "payouts.release";

/// Whether payouts of this account, or all of them, are kept back.
pub(super) async fn is_kept_back(db: &impl ConnectionTrait, account: &str) -> Result<bool, Failure> {
    let is_meant =
        Condition::any().add(Column::ActingAccount.is_null()).add(Column::ActingAccount.eq(account));
    Ok(Entity::find().filter(Column::ReleasedAt.is_null()).filter(is_meant).one(db).await?.is_some())
}

/// Whether this payout has to wait. An account that is new here since a restore may be an old one whose row was lost: it
/// is compared before its first payout.
pub(super) async fn is_held(platform: &Platform, tx: &Tx, row: &payout::Model) -> Result<bool, Failure> {
    let account = &row.acting_account;
    if is_kept_back(&**tx, account).await? {
        return Ok(true);
    }
    let Some(restore) = newest_restore(&**tx).await? else { return Ok(false) };
    if accounts::service::known_since(tx, &row.account_id).await? <= Some(restore.made_at) {
        return Ok(false);
    }
    let is_compared = Entity::find().filter(Column::Cause.eq(compared(&restore, account))).one(&**tx).await?;
    if is_compared.is_none() {
        enqueue(platform, tx, NewJob::about(COMPARE_ACCOUNT, account)).await?;
    }
    Ok(is_compared.is_none())
}

/// What says that an account has been compared after a restore.
pub(super) fn compared(restore: &Model, account: &str) -> String {
    format!("{} compared {account}", restore.id)
}

/// The hold of the last restore, released or not.
pub(super) async fn newest_restore(db: &impl ConnectionTrait) -> Result<Option<Model>, Failure> {
    let restores = Entity::find().filter(Column::ActingAccount.is_null()).order_by_desc(Column::MadeAt);
    Ok(restores.one(db).await?)
}

/// What is kept back, for staff and the metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    /// The oldest commit that may be lost, while nothing leaves at all.
    pub all_since: Option<Instant>,
    /// Accounts whose payouts wait for somebody to look.
    pub accounts: u64,
}

/// What is kept back now.
pub async fn holds(platform: &Platform) -> Result<Holds, Failure> {
    let rows = Entity::find().filter(Column::ReleasedAt.is_null()).all(platform.db.read()).await?;
    let of_all = rows.iter().filter(|row| row.acting_account.is_none());
    let accounts: HashSet<&str> = rows.iter().filter_map(|row| row.acting_account.as_deref()).collect();
    Ok(Holds { all_since: of_all.map(|row| row.since).min(), accounts: accounts.len() as u64 })
}

/// Keeps payouts back, of one account or of all. `None` when it was done for this cause before.
pub(super) async fn hold(
    platform: &Platform,
    tx: &Tx,
    cause: &str,
    account: Option<&str>,
    since: Instant,
) -> Result<Option<PayoutHoldId>, Failure> {
    let id = PayoutHoldId::generate(&*platform.clock, &*platform.random);
    let row = ActiveModel {
        id: Set(id.clone()),
        cause: Set(cause.to_owned()),
        acting_account: Set(account.map(str::to_owned)),
        since: Set(since),
        made_at: Set(platform.clock.now()),
        looked_to: Set(None),
        released_at: Set(None),
    };
    let once = OnConflict::column(Column::Cause).do_nothing().to_owned();
    let added = Entity::insert(row).on_conflict(once).exec_without_returning(&**tx).await?;
    Ok((added > 0).then_some(id))
}

/// Keeps an account's payouts back until staff have looked. Shown once for each cause.
pub(super) async fn keep_back(
    platform: &Platform,
    tx: &Tx,
    restore: &Model,
    account: &str,
    (cause, why): (&str, &str),
) -> Result<(), Failure> {
    let Some(id) = hold(platform, tx, cause, Some(account), restore.since).await? else { return Ok(()) };
    let why = format!("{why}; until this is run again the payouts of account {account} wait");
    give_up(platform, tx, NewJob::about(RELEASE, &id), &why).await
}

/// A transfer names a payout that is not here. After a restore her next payout might be the same money once more.
pub async fn lost(platform: &Platform, account: &str, transfer: &str, ours: &str) -> Result<(), Failure> {
    platform
        .db
        .write(|tx| async move {
            let Some(restore) = newest_restore(&*tx).await? else { return Ok(()) };
            let why = format!(
                "transfer {transfer} is our {ours}, which a restore has lost: tell the seller, who might ask for the \
                 same money again"
            );
            keep_back(platform, &tx, &restore, account, (transfer, &why)).await
        })
        .await
}

/// Lets the payouts go that this hold keeps back.
pub async fn release(platform: &Platform, id: &PayoutHoldId) -> Result<(), Failure> {
    note(platform, id, ActiveModel { released_at: Set(Some(platform.clock.now())), ..Default::default() })
        .await
}

/// Writes into a hold that still holds.
pub(super) async fn note(platform: &Platform, id: &PayoutHoldId, change: ActiveModel) -> Result<(), Failure> {
    let change = &change;
    platform
        .db
        .write(|tx| async move {
            Entity::update_many()
                .set(change.clone())
                .filter(Column::Id.eq(id.clone()))
                .filter(Column::ReleasedAt.is_null())
                .exec(&*tx)
                .await?;
            Ok(())
        })
        .await
}

//! After a restore or a failover that may have lost commits: the record of a send may be lost, and a whole payout with
//! its send. Nothing is paid until what is here has been compared with what Airwallex has.
//!
//! An open payout is given sends whose outcome nobody knows, at both ends of the time in which the true one may have
//! left; the rules of submission then do what they always do: look first, the same `request_id`, and a person once it
//! may be forgotten. A transfer that names a payout which is not here keeps its account's payouts back until
//! somebody has looked.

use chrono::Duration;
use futures_util::{StreamExt, pin_mut};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};

use airwallex::api::transfers::{self, Filter, Transfer};
use airwallex::{Access, Timestamp};

use super::entity::payout_hold::{ActiveModel, Column, Entity, Model};
use super::sending::is_refusal;
use super::store::{self, Change};
use super::sweeping::take_in;
use super::{PayoutRefusal, PayoutStatus, rules};
use crate::accounts;
use crate::db::Tx;
use crate::jobs::{NewJob, Outcome, enqueue, give_up};
use crate::kernel::id::{PayoutHoldId, PayoutId};
use crate::kernel::{Error, Failure, Instant, System};
use crate::platform::Platform;

/// Compares what is here with what Airwallex has, then lets payouts go.
pub const COMPARE: &str = "payouts.compare";
/// Lets the payouts of one account go, when staff have looked.
pub const RELEASE: &str = "payouts.release";

type Result<T> = std::result::Result<T, Error<PayoutRefusal>>;

/// How many accounts are read from the database at a time.
const ACCOUNTS: u64 = 100;

/// Whether payouts of this account have to wait.
pub(super) async fn is_held(tx: &Tx, account: &str) -> std::result::Result<bool, Failure> {
    let is_meant =
        Condition::any().add(Column::ActingAccount.is_null()).add(Column::ActingAccount.eq(account));
    let found = Entity::find().filter(Column::ReleasedAt.is_null()).filter(is_meant).one(&**tx).await?;
    Ok(found.is_some())
}

/// Keeps every payout back, and notes that each open one may have been sent since. Answers how many are open.
pub async fn hold_since(
    platform: &Platform,
    system: &System,
    since: Instant,
) -> std::result::Result<usize, Failure> {
    let made_at = platform.clock.now();
    let (cause, since) = (&format!("restored at {}", made_at.to_rfc3339()), since.min(made_at));
    platform
        .db
        .write(|tx| async move {
            let id = hold(platform, &tx, cause, None, since).await?;
            enqueue(platform, &tx, NewJob::about(COMPARE, &id)).await
        })
        .await?;
    let open = store::unsubmitted(platform.db.read(), system).await?;
    for id in &open {
        while !doubt(platform, system, id, (since, made_at)).await? {}
    }
    Ok(open.len())
}

async fn hold(
    platform: &Platform,
    tx: &Tx,
    cause: &str,
    account: Option<&str>,
    since: Instant,
) -> std::result::Result<PayoutHoldId, Failure> {
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
    Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(id)
}

/// Records that sends of an open payout may be lost. `false` when somebody else changed it at this moment.
async fn doubt(
    platform: &Platform,
    system: &System,
    id: &PayoutId,
    (since, until): (Instant, Instant),
) -> std::result::Result<bool, Failure> {
    platform
        .db
        .write(|tx| async move {
            let Some(row) = store::row(&*tx, system, id).await? else { return Ok::<_, Failure>(true) };
            let status = store::read(row.clone())?.status;
            if row.upstream_id.is_some() || !rules::may_have_been_sent(status) {
                return Ok(true);
            }
            let earliest = row.created_at.max(since);
            let change = Change {
                status: rules::may_move(status, PayoutStatus::Reconciling)
                    .then_some(PayoutStatus::Reconciling),
                first_sent_at: row.first_sent_at.is_none().then_some(earliest),
                ..Change::default()
            };
            if !store::change(platform, &tx, system, &row, change, "restored").await? {
                return Ok(false);
            }
            let number = store::sends(&*tx, id).await?.iter().map(|send| send.number).max().unwrap_or(0);
            store::record_send(&tx, id, number + 1, earliest).await?;
            store::record_send(&tx, id, number + 2, until.max(earliest)).await?;
            Ok(true)
        })
        .await
}

/// One run of the comparison; goes on where the last one stopped.
pub async fn compare(platform: &Platform, system: &System, id: &PayoutHoldId) -> Result<Outcome> {
    let row = Entity::find_by_id(id.clone()).one(platform.db.read()).await.map_err(Failure::new)?;
    let Some(hold) = row.filter(|row| row.released_at.is_none()) else { return Ok(Outcome::Done) };
    let started = tokio::time::Instant::now();
    let patience = (platform.settings.job_lease / 2).to_std().map_err(Failure::new)?;
    let pause = || Outcome::Later(Duration::seconds(1), "the comparison goes on".to_owned());
    loop {
        let open = store::not_looked_up_since(platform.db.read(), system, hold.made_at).await?;
        if open.is_empty() {
            break;
        }
        for row in &open {
            let access = Access::OnBehalfOf(row.acting_account.clone());
            match transfers::find(&platform.upstream, &access, &row.request_id).await {
                Ok(found) => take_in(platform, system, row, found.as_ref()).await?,
                // Its own sending says what follows from that.
                Err(error) if is_refusal(&error) => take_in(platform, system, row, None).await?,
                Err(error) => return Err(error.into()),
            }
            if started.elapsed() > patience {
                return Ok(pause());
            }
        }
    }
    let mut looked_to = hold.looked_to.clone();
    loop {
        let accounts = accounts::service::after(platform, system, looked_to.as_ref(), ACCOUNTS).await?;
        for account in &accounts {
            find_unknown(platform, system, &hold, &account.upstream_id).await?;
            looked_to = Some(account.id.clone());
            if started.elapsed() > patience {
                note(platform, id, |row| row.looked_to = Set(looked_to.clone())).await?;
                return Ok(pause());
            }
        }
        if accounts.is_empty() {
            break;
        }
    }
    release(platform, id).await?;
    Ok(Outcome::Done)
}

/// Looks for transfers of an account that name a payout which is not here.
async fn find_unknown(platform: &Platform, system: &System, hold: &Model, account: &str) -> Result<()> {
    let access = Access::OnBehalfOf(account.to_owned());
    let filter = Filter { from_created_at: Some(Timestamp(hold.since)), ..Filter::default() };
    let told = transfers::all(&platform.upstream, &access, filter);
    pin_mut!(told);
    while let Some(transfer) = told.next().await {
        match transfer {
            Ok(transfer) => keep_back(platform, system, hold, account, &transfer).await?,
            Err(error) if is_refusal(&error) => {
                tracing::warn!(account, %error, "an account's transfers could not be compared after a restore");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// A transfer that was ours and whose payout is lost: her next payout might be the same money once more.
async fn keep_back(
    platform: &Platform,
    system: &System,
    restore: &Model,
    account: &str,
    transfer: &Transfer,
) -> std::result::Result<(), Failure> {
    let Some(ours) = transfer.metadata["souk_payout"].as_str() else { return Ok(()) };
    let ours: &str = &ours.chars().take(64).collect::<String>();
    platform
        .db
        .write(|tx| async move {
            let request_id = transfer.request_id.as_deref();
            let known =
                store::by_transfer(&*tx, system, Some(account), &transfer.id, request_id).await?.is_some();
            let seen = Entity::find().filter(Column::Cause.eq(&transfer.id)).one(&*tx).await?.is_some();
            if known || seen {
                return Ok::<_, Failure>(());
            }
            let id = hold(platform, &tx, &transfer.id, Some(account), restore.since).await?;
            let why = format!(
                "transfer {} of account {account} is our {ours}, which a restore has lost; tell the seller, then run \
                 this again: until then the account's payouts wait",
                transfer.id
            );
            give_up(platform, &tx, NewJob::about(RELEASE, &id), &why).await
        })
        .await
}

/// Lets the payouts go that this hold keeps back.
pub async fn release(platform: &Platform, id: &PayoutHoldId) -> std::result::Result<(), Failure> {
    note(platform, id, |row| row.released_at = Set(Some(platform.clock.now()))).await
}

async fn note(
    platform: &Platform,
    id: &PayoutHoldId,
    write: impl Fn(&mut ActiveModel) + Send + Sync,
) -> std::result::Result<(), Failure> {
    let mut row = ActiveModel::default();
    write(&mut row);
    let row = &row;
    platform
        .db
        .write(|tx| async move {
            Entity::update_many()
                .set(row.clone())
                .filter(Column::Id.eq(id.clone()))
                .filter(Column::ReleasedAt.is_null())
                .exec(&*tx)
                .await?;
            Ok::<_, Failure>(())
        })
        .await
}

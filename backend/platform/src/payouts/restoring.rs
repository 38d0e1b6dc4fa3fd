//! After a restore or a failover that may have lost commits: the record of a send may be lost, and a whole payout with
//! its send. Nothing is paid until what is here has been compared with what Airwallex has.
//!
//! An open payout is given sends whose outcome nobody knows, at both ends of the time in which the true one may have
//! left; the rules of submission then do what they always do: look first, the same `request_id`, and a person once it
//! may be forgotten. A transfer that names a payout which is not here keeps its account's payouts back until
//! somebody has looked, and so does an account that cannot be compared.

use chrono::Duration;
use futures_util::{StreamExt, pin_mut};
use sea_orm::{ActiveValue::Set, EntityTrait};

use airwallex::api::transfers::{self, Filter, Transfer};
use airwallex::{Access, Timestamp};

use super::entity::payout_hold::{ActiveModel, Entity, Model};
use super::holds::{compared, hold, keep_back, lost, newest_restore, note, release};
use super::sending::is_refusal;
use super::store::{self, Change};
use super::sweeping::take_in;
use super::{PayoutRefusal, PayoutStatus, rules};
use crate::accounts;
use crate::jobs::{NewJob, Outcome, enqueue};
use crate::kernel::id::{PayoutHoldId, PayoutId};
use crate::kernel::{Error, Failure, Instant, System};
use crate::platform::Platform;

/// Compares what is here with what Airwallex has, then lets payouts go.
pub const COMPARE: &str = "payouts.compare";
/// The same for an account that is new here since then.
pub const COMPARE_ACCOUNT: &str = "payouts.compare_account";

type Result<T> = std::result::Result<T, Error<PayoutRefusal>>;

/// How many accounts are read from the database at a time.
const ACCOUNTS: u64 = 100;

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
            let id = id.ok_or_else(|| Failure::new("two restores at the same instant"))?;
            enqueue(platform, &tx, NewJob::about(COMPARE, &id)).await
        })
        .await?;
    let open = store::unsubmitted(platform.db.read(), system).await?;
    for id in &open {
        while !doubt(platform, system, id, (since, made_at)).await? {}
    }
    Ok(open.len())
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

/// How the comparison goes on.
enum Next {
    /// It is through with this part.
    Go,
    Later(Outcome),
}

/// One run of the comparison; goes on where the last one stopped.
pub async fn compare(platform: &Platform, system: &System, id: &PayoutHoldId) -> Result<Outcome> {
    let row = Entity::find_by_id(id.clone()).one(platform.db.read()).await.map_err(Failure::new)?;
    let Some(hold) = row.filter(|row| row.released_at.is_none()) else { return Ok(Outcome::Done) };
    let run = Run { platform, system, hold: &hold, started: tokio::time::Instant::now() };
    if let Next::Later(outcome) = run.look_up_open().await? {
        return Ok(outcome);
    }
    if let Next::Later(outcome) = run.compare_accounts().await? {
        return Ok(outcome);
    }
    release(platform, id).await?;
    Ok(Outcome::Done)
}

/// One run, with the hold as it was when it began.
struct Run<'a> {
    platform: &'a Platform,
    system: &'a System,
    hold: &'a Model,
    started: tokio::time::Instant,
}

impl Run<'_> {
    /// Half the job's lease: somebody else may take it after the whole.
    fn is_tired(&self) -> bool {
        let lease = self.platform.settings.job_lease.to_std().unwrap_or_default();
        self.started.elapsed() > lease / 2
    }

    /// One payout or account that Airwallex does not tell about must not keep everybody else waiting for ever.
    fn has_waited(&self) -> bool {
        self.platform.clock.now() - self.hold.made_at > settled() + rules::HIDDEN
    }

    fn pause() -> Next {
        Next::Later(Outcome::Later(Duration::seconds(1), "the comparison goes on".to_owned()))
    }

    async fn look_up_open(&self) -> Result<Next> {
        let (platform, system) = (self.platform, self.system);
        loop {
            let open = store::not_looked_up_since(platform.db.read(), system, self.hold.made_at).await?;
            if open.is_empty() {
                return Ok(Next::Go);
            }
            for row in &open {
                let access = Access::OnBehalfOf(row.acting_account.clone());
                match transfers::find(&platform.upstream, &access, &row.request_id).await {
                    Ok(found) => take_in(platform, system, row, found.as_ref()).await?,
                    // Its own sending looks again before anything, and says what follows.
                    Err(error) if is_refusal(&error) || self.has_waited() => {
                        take_in(platform, system, row, None).await?;
                    }
                    Err(error) => return Err(error.into()),
                }
                if self.is_tired() {
                    return Ok(Self::pause());
                }
            }
        }
    }

    async fn compare_accounts(&self) -> Result<Next> {
        let (platform, system) = (self.platform, self.system);
        // What was sent last may be executed late, and lists lag: absence means nothing before.
        let left = self.hold.made_at + settled() - platform.clock.now();
        if left > Duration::zero() {
            let why = "what was sent in lost commits may not show yet".to_owned();
            return Ok(Next::Later(Outcome::Later(left, why)));
        }
        let mut looked_to = self.hold.looked_to.clone();
        loop {
            let accounts = accounts::service::after(platform, system, looked_to.as_ref(), ACCOUNTS).await?;
            for account in &accounts {
                let told = find_unknown(platform, system, self.hold, &account.upstream_id).await;
                if let Err(error) = told {
                    let is_final = matches!(&error, Error::Upstream(error) if is_refusal(error));
                    if !is_final && !self.has_waited() {
                        self.remember(looked_to).await?;
                        return Err(error);
                    }
                    self.give_to_staff(&account.upstream_id).await?;
                }
                looked_to = Some(account.id.clone());
                if self.is_tired() {
                    self.remember(looked_to).await?;
                    return Ok(Self::pause());
                }
            }
            if accounts.is_empty() {
                return Ok(Next::Go);
            }
        }
    }

    async fn remember(&self, looked_to: Option<crate::kernel::id::AccountId>) -> Result<()> {
        let change = ActiveModel { looked_to: Set(looked_to), ..Default::default() };
        Ok(note(self.platform, &self.hold.id, change).await?)
    }

    async fn give_to_staff(&self, account: &str) -> Result<()> {
        let cause = &format!("{}/{account}", self.hold.id);
        let why = "Airwallex does not show its transfers, so that nobody can tell what a restore has lost";
        let write = self
            .platform
            .db
            .write(|tx| async move { keep_back(self.platform, &tx, self.hold, account, (cause, why)).await });
        Ok(write.await?)
    }
}

/// How long after a restore what was sent before may still be executed or not be listed.
fn settled() -> Duration {
    rules::LATE + rules::LIST_LAG
}

/// Looks for transfers of an account that name a payout which is not here.
async fn find_unknown(platform: &Platform, system: &System, restore: &Model, account: &str) -> Result<()> {
    let access = Access::OnBehalfOf(account.to_owned());
    // Clocks differ, and what was sent before may be executed late.
    let (from, to) = (restore.since - rules::LATE, restore.made_at + rules::LATE);
    let filter = Filter {
        from_created_at: Some(Timestamp(from)),
        to_created_at: Some(Timestamp(to)),
        ..Filter::default()
    };
    let told = transfers::all(&platform.upstream, &access, filter);
    pin_mut!(told);
    while let Some(transfer) = told.next().await {
        let transfer: Transfer = transfer?;
        let Some(ours) = transfer.metadata["souk_payout"].as_str() else { continue };
        let request_id = transfer.request_id.as_deref();
        let known =
            store::by_transfer(platform.db.read(), system, Some(account), &transfer.id, request_id).await?;
        if known.is_none() {
            let ours: String = ours.chars().take(64).collect();
            lost(platform, account, &transfer.id, &ours).await?;
        }
    }
    Ok(())
}

/// Compares an account that is new here since the last restore, before its first payout.
pub async fn compare_account(platform: &Platform, system: &System, account: &str) -> Result<Outcome> {
    let Some(restore) = &newest_restore(platform.db.read()).await? else { return Ok(Outcome::Done) };
    let left = restore.made_at + settled() - platform.clock.now();
    if left > Duration::zero() {
        return Ok(Outcome::Later(left, "what was sent in lost commits may not show yet".to_owned()));
    }
    match find_unknown(platform, system, restore, account).await {
        Err(Error::Upstream(error)) if is_refusal(&error) => {
            return Ok(Outcome::GiveUp(format!("account {account} cannot be compared: {error}")));
        }
        told => told?,
    }
    let cause = &compared(restore, account);
    platform
        .db
        .write(|tx| async move {
            if let Some(id) = hold(platform, &tx, cause, Some(account), restore.since).await? {
                let over = ActiveModel {
                    id: Set(id),
                    released_at: Set(Some(platform.clock.now())),
                    ..Default::default()
                };
                Entity::update(over).exec(&*tx).await?;
            }
            Ok::<_, Failure>(())
        })
        .await?;
    Ok(Outcome::Done)
}

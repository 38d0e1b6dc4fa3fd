//! Queries, and the one way in which a payout's row changes.

use sea_orm::sea_query::{NullOrdering, Order};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::entity::{payout, payout_event, payout_send};
use super::model::{Payout, PayoutEvent, PayoutStatus};
use super::rules::{self, Send, SendOutcome};
use super::upstream;
use crate::beneficiaries::{Beneficiary, JoinedBeneficiary};
use crate::db::page::{Page, PageRequest, fetch, fetch_each};
use crate::db::{Joined, Tx};
use crate::kernel::id::{PayoutEventId, PayoutId, SellerId};
use crate::kernel::{Actor, Currency, Failure, Instant, Money, System, Who};
use crate::platform::Platform;
use crate::sellers::{JoinedSeller, Seller};
use crate::{audit, live};

pub(super) fn read(row: payout::Model) -> Result<Payout, Failure> {
    let currency = Currency::parse(&row.currency).map_err(Failure::new)?;
    let status = PayoutStatus::parse(&row.status).ok_or_else(|| {
        Failure::new(format!("payout {} holds a status that this version does not know", row.id))
    })?;
    Ok(Payout {
        id: row.id,
        seller: row.seller_id,
        account: row.account_id,
        beneficiary: row.beneficiary_id,
        reference: row.reference,
        status,
        reason: row.reason,
        amount: Money::from_minor(row.amount_minor, currency),
        fee: Money::from_minor(row.fee_minor, currency),
        payee: upstream::payee(&row.body),
        request_id: row.request_id,
        acting_account: row.acting_account,
        upstream_id: row.upstream_id,
        upstream_reference: row.upstream_reference,
        upstream_status: row.upstream_status,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn visible(actor: &Actor) -> Select<payout::Entity> {
    match actor.sellers() {
        None => payout::Entity::find(),
        Some(own) => payout::Entity::find().filter(payout::Column::SellerId.is_in(own)),
    }
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: &PayoutId,
) -> Result<Option<Payout>, Failure> {
    visible(actor).filter(payout::Column::Id.eq(id.clone())).one(db).await?.map(read).transpose()
}

pub(super) async fn row(
    db: &impl ConnectionTrait,
    _: &System,
    id: &PayoutId,
) -> Result<Option<payout::Model>, Failure> {
    Ok(payout::Entity::find_by_id(id.clone()).one(db).await?)
}

/// By Airwallex's id, else by our `request_id`: an event may come before our own commit of the id.
pub(super) async fn by_transfer(
    db: &impl ConnectionTrait,
    _: &System,
    account: Option<&str>,
    id: &str,
    request_id: Option<&str>,
) -> Result<Option<payout::Model>, Failure> {
    if let Some(row) = payout::Entity::find().filter(payout::Column::UpstreamId.eq(id)).one(db).await? {
        return Ok(Some(row));
    }
    let Some(request_id) = request_id else { return Ok(None) };
    let mut select = payout::Entity::find().filter(payout::Column::RequestId.eq(request_id));
    if let Some(account) = account {
        select = select.filter(payout::Column::ActingAccount.eq(account));
    }
    Ok(select.one(db).await?)
}

/// Which neighbours a list fetches in its own statement.
#[derive(Debug, Clone, Copy, Default)]
pub struct Along {
    pub seller: bool,
    pub beneficiary: bool,
}

/// A payout with whatever came along.
#[derive(Debug, Clone)]
pub struct Row {
    pub payout: Payout,
    pub seller: Option<Seller>,
    pub beneficiary: Option<Beneficiary>,
}

/// One statement, whatever comes along.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    actor: &Actor,
    seller: Option<&SellerId>,
    status: Option<PayoutStatus>,
    along: Along,
    request: &PageRequest,
) -> Result<Page<Row>, Failure> {
    let mut select = visible(actor);
    if let Some(seller) = seller {
        select = select.filter(payout::Column::SellerId.eq(seller.clone()));
    }
    if let Some(status) = status {
        select = select.filter(payout::Column::Status.eq(status.as_str()));
    }
    if along.seller {
        select = JoinedSeller::join(select);
    }
    if along.beneficiary {
        select = JoinedBeneficiary::join(select);
    }
    fetch(select, payout::Column::Id, request, |select| async move {
        let rows = db.query_all(QueryTrait::query(&mut { select })).await?;
        rows.iter()
            .map(|row| {
                Ok(Row {
                    payout: read(payout::Model::from_query_result(row, "")?)?,
                    seller: along.seller.then(|| JoinedSeller::read(row)).transpose()?,
                    beneficiary: along.beneficiary.then(|| JoinedBeneficiary::read(row)).transpose()?,
                })
            })
            .collect::<Result<Vec<Row>, Failure>>()
    })
    .await
}

/// The same page of several sellers' lists, in one statement.
pub(super) async fn pages(
    db: &impl ConnectionTrait,
    actor: &Actor,
    sellers: &[SellerId],
    request: &PageRequest,
) -> Result<Vec<Payout>, Failure> {
    let select = visible(actor).filter(payout::Column::SellerId.is_in(sellers.to_vec()));
    let rows = fetch_each(db, select, payout::Column::Id, payout::Column::SellerId, request).await?;
    rows.into_iter().map(read).collect()
}

/// How many payouts stand in each status.
pub(super) async fn count_by_status(db: &impl ConnectionTrait) -> Result<Vec<(String, u64)>, Failure> {
    let counts: Vec<(String, i64)> = payout::Entity::find()
        .select_only()
        .column(payout::Column::Status)
        .column_as(payout::Column::Id.count(), "count")
        .group_by(payout::Column::Status)
        .order_by_asc(payout::Column::Status)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().map(|(status, count)| (status, count.unsigned_abs())).collect())
}

/// Histories of several payouts, oldest step first.
pub(super) async fn history(
    db: &impl ConnectionTrait,
    ids: &[PayoutId],
) -> Result<Vec<(PayoutId, PayoutEvent)>, Failure> {
    let rows = payout_event::Entity::find()
        .filter(payout_event::Column::PayoutId.is_in(ids.to_vec()))
        .order_by_asc(payout_event::Column::PayoutId)
        .order_by_asc(payout_event::Column::Number)
        .all(db)
        .await?;
    let known = |row: payout_event::Model| {
        let status = PayoutStatus::parse(&row.status)?;
        Some((row.payout_id, PayoutEvent { status, cause: row.cause, detail: row.detail, at: row.at }))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

pub(super) async fn sends(
    db: &impl ConnectionTrait,
    id: &PayoutId,
) -> Result<Vec<payout_send::Model>, Failure> {
    Ok(payout_send::Entity::find()
        .filter(payout_send::Column::PayoutId.eq(id.clone()))
        .order_by_asc(payout_send::Column::Number)
        .all(db)
        .await?)
}

pub(super) fn read_send(row: &payout_send::Model) -> Send {
    let outcome = match row.outcome.as_deref() {
        None => SendOutcome::Open,
        Some("REFUSED") => SendOutcome::Refused,
        Some("CREATED" | "DUPLICATE") => SendOutcome::Exists,
        Some(_) => SendOutcome::NotExecuted,
    };
    Send { recorded_at: row.recorded_at, outcome }
}

pub(super) async fn record_send(tx: &Tx, id: &PayoutId, number: i64, now: Instant) -> Result<(), Failure> {
    let row = payout_send::ActiveModel {
        payout_id: Set(id.clone()),
        number: Set(number),
        recorded_at: Set(now),
        outcome: Set(None),
        detail: Set(None),
        resolved_at: Set(None),
    };
    payout_send::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

pub(super) async fn resolve_send(
    tx: &Tx,
    id: &PayoutId,
    number: i64,
    outcome: &str,
    detail: &str,
    now: Instant,
) -> Result<(), Failure> {
    payout_send::Entity::update_many()
        .set(payout_send::ActiveModel {
            outcome: Set(Some(outcome.to_owned())),
            detail: Set(Some(detail.to_owned())),
            resolved_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(payout_send::Column::PayoutId.eq(id.clone()))
        .filter(payout_send::Column::Number.eq(number))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// What is written beside a status.
#[derive(Default)]
pub struct Change {
    pub status: Option<PayoutStatus>,
    pub reason: Option<String>,
    pub upstream_id: Option<String>,
    pub upstream_reference: Option<String>,
    pub upstream_status: Option<String>,
    pub first_sent_at: Option<Instant>,
    pub checked_at: Option<Instant>,
}

/// Changes a payout if nobody else has since `row` was read; writes history, audit and feed with it.
/// `false` means: read again and decide again.
pub(super) async fn change(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    row: &payout::Model,
    change: Change,
    cause: &str,
) -> Result<bool, Failure> {
    let now = platform.clock.now();
    let mut set = payout::ActiveModel { revision: Set(row.revision + 1), ..Default::default() };
    if let Some(status) = change.status {
        set.status = Set(status.as_str().to_owned());
        set.reason = Set(change.reason.clone());
        set.updated_at = Set(now);
    }
    if change.upstream_id.is_some() {
        set.upstream_id = Set(change.upstream_id);
    }
    if change.upstream_reference.is_some() {
        set.upstream_reference = Set(change.upstream_reference);
    }
    if change.upstream_status.is_some() {
        set.upstream_status = Set(change.upstream_status);
    }
    if change.first_sent_at.is_some() {
        set.first_sent_at = Set(change.first_sent_at);
    }
    if change.checked_at.is_some() {
        set.checked_at = Set(change.checked_at);
    }
    let changed = payout::Entity::update_many()
        .set(set)
        .filter(payout::Column::Id.eq(row.id.clone()))
        .filter(payout::Column::Revision.eq(row.revision))
        .exec(&**tx)
        .await?;
    if changed.rows_affected == 0 {
        return Ok(false);
    }
    if let Some(status) = change.status {
        let (revision, reason) = (row.revision + 1, change.reason.as_deref());
        note(platform, tx, who, &row.id, &row.seller_id, revision, status, cause, reason).await?;
    }
    Ok(true)
}

/// Adds a step to the history, with audit entry and feed.
#[expect(clippy::too_many_arguments, reason = "one row of history has this many columns")]
pub(super) async fn note(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    id: &PayoutId,
    seller: &SellerId,
    revision: i64,
    status: PayoutStatus,
    cause: &str,
    detail: Option<&str>,
) -> Result<(), Failure> {
    let event = payout_event::ActiveModel {
        id: Set(PayoutEventId::generate(&*platform.clock, &*platform.random)),
        payout_id: Set(id.clone()),
        number: Set(revision),
        status: Set(status.as_str().to_owned()),
        cause: Set(cause.to_owned()),
        detail: Set(detail.map(str::to_owned)),
        at: Set(platform.clock.now()),
    };
    payout_event::Entity::insert(event).exec_without_returning(&**tx).await?;
    let words = format!("{} {cause}", status.as_str());
    audit::record(platform, tx, who, "payout.changed", id.as_str(), Some(seller), &words).await?;
    live::publish(platform, tx, "payout", id.as_str(), Some(seller)).await
}

/// Notes a look at Airwallex that changed nothing: the next sweep begins with others.
pub(super) async fn note_looked_up(platform: &Platform, tx: &Tx, id: &PayoutId) -> Result<(), Failure> {
    payout::Entity::update_many()
        .set(payout::ActiveModel { checked_at: Set(Some(platform.clock.now())), ..Default::default() })
        .filter(payout::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Payouts that have no transfer yet as far as we know.
pub(super) async fn unsubmitted(db: &impl ConnectionTrait, _: &System) -> Result<Vec<PayoutId>, Failure> {
    Ok(without_transfer().select_only().column(payout::Column::Id).into_tuple().all(db).await?)
}

/// Those of them that were made before and not looked up since; a hundred at most.
pub(super) async fn not_looked_up_since(
    db: &impl ConnectionTrait,
    _: &System,
    since: Instant,
) -> Result<Vec<payout::Model>, Failure> {
    let is_due =
        Condition::any().add(payout::Column::CheckedAt.is_null()).add(payout::Column::CheckedAt.lt(since));
    Ok(without_transfer()
        .filter(payout::Column::CreatedAt.lte(since))
        .filter(is_due)
        .order_by_asc(payout::Column::Id)
        .limit(100)
        .all(db)
        .await?)
}

fn without_transfer() -> Select<payout::Entity> {
    let statuses = PayoutStatus::ALL.iter().filter(|status| rules::may_have_been_sent(**status));
    payout::Entity::find()
        .filter(payout::Column::Status.is_in(statuses.map(|status| status.as_str())))
        .filter(payout::Column::UpstreamId.is_null())
}

/// Payouts on their way that nobody has heard of since `quiet_since`.
pub(super) async fn quiet(
    db: &impl ConnectionTrait,
    _: &System,
    quiet_since: Instant,
) -> Result<Vec<payout::Model>, Failure> {
    let moving = [
        "SUBMITTING",
        "RECONCILING",
        "SUBMITTED",
        "SCHEDULED",
        "PROCESSING",
        "SENT",
        "OVERDUE",
        "CANCELLATION_REQUESTED",
    ];
    Ok(payout::Entity::find()
        .filter(payout::Column::Status.is_in(moving))
        .filter(payout::Column::UpdatedAt.lt(quiet_since))
        .filter(
            Condition::any()
                .add(payout::Column::CheckedAt.is_null())
                .add(payout::Column::CheckedAt.lt(quiet_since)),
        )
        .order_by_with_nulls(payout::Column::CheckedAt, Order::Asc, NullOrdering::First)
        .order_by_asc(payout::Column::Id)
        .limit(200)
        .all(db)
        .await?)
}

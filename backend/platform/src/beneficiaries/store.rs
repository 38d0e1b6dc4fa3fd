//! Queries. Every finder begins with its seller, or with the system that settles.

use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QueryResult, QueryTrait, Select,
};

use super::entity::{ActiveModel, Column, Entity, Model};
use super::model::{Beneficiary, BeneficiaryStatus};
use crate::db::page::{Page, PageRequest, fetch, fetch_each};
use crate::db::{Joined, Tx};
use crate::kernel::id::{BeneficiaryId, SellerId};
use crate::kernel::{Failure, Instant, System};

pub(super) fn read(row: Model) -> Beneficiary {
    Beneficiary {
        id: row.id,
        seller: row.seller_id,
        account: row.account_id,
        status: BeneficiaryStatus::parse(&row.status).unwrap_or(BeneficiaryStatus::Pending),
        upstream_id: row.upstream_id,
        country: row.country,
        currency: row.currency,
        transfer_method: row.transfer_method,
        clearing_system: row.clearing_system,
        entity_type: row.entity_type,
        holder: row.holder,
        bank: row.bank,
        nickname: row.nickname,
        number_last: row.number_last,
        created_at: row.created_at,
    }
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    seller: &SellerId,
    id: &BeneficiaryId,
) -> Result<Option<Beneficiary>, Failure> {
    let row = Entity::find_by_id(id.clone()).filter(Column::SellerId.eq(seller.clone())).one(db).await?;
    Ok(row.map(read))
}

pub(super) async fn row(
    db: &impl ConnectionTrait,
    _: &System,
    id: &BeneficiaryId,
) -> Result<Option<Model>, Failure> {
    Ok(Entity::find_by_id(id.clone()).one(db).await?)
}

pub(super) async fn many(
    db: &impl ConnectionTrait,
    sellers: Option<&[SellerId]>,
    ids: &[BeneficiaryId],
) -> Result<Vec<Beneficiary>, Failure> {
    let mut select = Entity::find().filter(Column::Id.is_in(ids.to_vec()));
    if let Some(sellers) = sellers {
        select = select.filter(Column::SellerId.is_in(sellers.to_vec()));
    }
    Ok(select.order_by_asc(Column::Id).all(db).await?.into_iter().map(read).collect())
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    seller: &SellerId,
    request: &PageRequest,
) -> Result<Page<Beneficiary>, Failure> {
    let select = Entity::find().filter(Column::SellerId.eq(seller.clone()));
    let page = fetch(select, Column::Id, request, |select| async move { select.all(db).await }).await?;
    Ok(page.map(read))
}

/// The same page of several sellers' lists, in one statement.
pub(super) async fn pages(
    db: &impl ConnectionTrait,
    sellers: &[SellerId],
    request: &PageRequest,
) -> Result<Vec<Beneficiary>, Failure> {
    let select = Entity::find().filter(Column::SellerId.is_in(sellers.to_vec()));
    let rows = fetch_each(db, select, Column::Id, Column::SellerId, request).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// Moves a pending beneficiary; one that is settled stays as it is. The document is erased.
pub(super) async fn settle(
    tx: &Tx,
    id: &BeneficiaryId,
    status: BeneficiaryStatus,
    upstream_id: Option<&str>,
    now: Instant,
) -> Result<bool, Failure> {
    let changed = Entity::update_many()
        .set(ActiveModel {
            status: Set(status.as_str().to_owned()),
            upstream_id: Set(upstream_id.map(str::to_owned)),
            document_sealed: Set(None),
            updated_at: Set(now),
            ..Default::default()
        })
        .filter(Column::Id.eq(id.clone()))
        .filter(Column::Status.eq(BeneficiaryStatus::Pending.as_str()))
        .exec(&**tx)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Takes a pending beneficiary away.
pub(super) async fn withdraw(tx: &Tx, id: &BeneficiaryId) -> Result<bool, Failure> {
    let gone = Entity::delete_many()
        .filter(Column::Id.eq(id.clone()))
        .filter(Column::Status.eq(BeneficiaryStatus::Pending.as_str()))
        .exec(&**tx)
        .await?;
    Ok(gone.rows_affected == 1)
}

/// Documents that wait for their creation, sealed.
pub(super) async fn documents(
    db: &impl ConnectionTrait,
    _: &System,
) -> Result<Vec<(BeneficiaryId, String)>, Failure> {
    let rows = Entity::find().filter(Column::DocumentSealed.is_not_null()).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, row.document_sealed?))).collect())
}

/// Puts another sealing in the place of the one that was read.
pub(super) async fn replace_document(
    tx: &Tx,
    id: &BeneficiaryId,
    old: &str,
    new: &str,
) -> Result<u64, Failure> {
    let changed = Entity::update_many()
        .set(ActiveModel { document_sealed: Set(Some(new.to_owned())), ..Default::default() })
        .filter(Column::Id.eq(id.clone()))
        .filter(Column::DocumentSealed.eq(old))
        .exec(&**tx)
        .await?;
    Ok(changed.rows_affected)
}

/// Notes a send before it leaves.
pub(super) async fn note_sent(tx: &Tx, id: &BeneficiaryId, at: Option<Instant>) -> Result<(), Failure> {
    Entity::update_many()
        .set(ActiveModel { sent_at: Set(at), ..Default::default() })
        .filter(Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// The beneficiary of a row that has `beneficiary_id` and `seller_id`, fetched in the same statement.
pub struct JoinedBeneficiary;

const ALIAS: &str = "joined_beneficiary";

impl Joined for JoinedBeneficiary {
    type Model = Beneficiary;

    fn join<E: EntityTrait>(mut select: Select<E>) -> Select<E> {
        let theirs = |column: &str| Expr::col((E::default(), Alias::new(column)));
        let ours = |column: Column| Expr::col((Alias::new(ALIAS), column));
        let on =
            ours(Column::Id).eq(theirs("beneficiary_id")).and(ours(Column::SellerId).eq(theirs("seller_id")));
        let query = QueryTrait::query(&mut select);
        query.join_as(JoinType::InnerJoin, Entity, Alias::new(ALIAS), on);
        for column in COLUMNS {
            query.expr_as(
                Expr::col((Alias::new(ALIAS), Alias::new(column))),
                Alias::new(format!("{ALIAS}_{column}")),
            );
        }
        select
    }

    fn read(row: &QueryResult) -> Result<Beneficiary, DbErr> {
        let prefix = format!("{ALIAS}_");
        let text = |column: &str| row.try_get::<String>(&prefix, column);
        Ok(Beneficiary {
            id: row.try_get(&prefix, "id")?,
            seller: row.try_get(&prefix, "seller_id")?,
            account: row.try_get(&prefix, "account_id")?,
            status: BeneficiaryStatus::parse(&text("status")?).unwrap_or(BeneficiaryStatus::Pending),
            upstream_id: row.try_get(&prefix, "upstream_id")?,
            country: text("country")?,
            currency: text("currency")?,
            transfer_method: text("transfer_method")?,
            clearing_system: row.try_get(&prefix, "clearing_system")?,
            entity_type: text("entity_type")?,
            holder: text("holder")?,
            bank: row.try_get(&prefix, "bank")?,
            nickname: row.try_get(&prefix, "nickname")?,
            number_last: text("number_last")?,
            created_at: row.try_get(&prefix, "created_at")?,
        })
    }
}

const COLUMNS: [&str; 15] = [
    "id",
    "seller_id",
    "account_id",
    "status",
    "upstream_id",
    "country",
    "currency",
    "transfer_method",
    "clearing_system",
    "entity_type",
    "holder",
    "bank",
    "nickname",
    "number_last",
    "created_at",
];

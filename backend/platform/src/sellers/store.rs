//! Queries. Every finder begins with whose sellers may be seen.

use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QueryResult,
    QueryTrait, Select,
};

use super::entity::{Column, Entity, Model};
use super::model::Seller;
use crate::db::Joined;
use crate::db::page::{Page, PageRequest, fetch};
use crate::kernel::id::SellerId;
use crate::kernel::{Actor, Failure};

fn read(row: Model) -> Seller {
    Seller {
        id: row.id,
        name: row.name,
        country: row.country,
        fee_plan: row.fee_plan_id,
        created_at: row.created_at,
    }
}

fn visible(actor: &Actor) -> Select<Entity> {
    match actor.sellers() {
        None => Entity::find(),
        Some(own) => Entity::find().filter(Column::Id.is_in(own)),
    }
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: &SellerId,
) -> Result<Option<Seller>, Failure> {
    Ok(visible(actor).filter(Column::Id.eq(id.clone())).one(db).await?.map(read))
}

pub(super) async fn many(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[SellerId],
) -> Result<Vec<Seller>, Failure> {
    let rows = visible(actor).filter(Column::Id.is_in(ids.to_vec())).order_by_asc(Column::Id).all(db).await?;
    Ok(rows.into_iter().map(read).collect())
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    actor: &Actor,
    request: &PageRequest,
) -> Result<Page<Seller>, Failure> {
    let page =
        fetch(visible(actor), Column::Id, request, |select| async move { select.all(db).await }).await?;
    Ok(page.map(read))
}

/// The seller of a row that has a `seller_id`, fetched in the same statement.
pub struct JoinedSeller;

const ALIAS: &str = "joined_seller";

impl Joined for JoinedSeller {
    type Model = Seller;

    fn join<E: EntityTrait>(mut select: Select<E>) -> Select<E> {
        let owner = Expr::col((E::default(), Alias::new("seller_id")));
        let query = QueryTrait::query(&mut select);
        query.join_as(
            JoinType::InnerJoin,
            Entity,
            Alias::new(ALIAS),
            Expr::col((Alias::new(ALIAS), Column::Id)).eq(owner),
        );
        for column in ["id", "name", "country", "fee_plan_id", "created_at"] {
            query.expr_as(
                Expr::col((Alias::new(ALIAS), Alias::new(column))),
                Alias::new(format!("{ALIAS}_{column}")),
            );
        }
        select
    }

    fn read(row: &QueryResult) -> Result<Seller, DbErr> {
        let prefix = format!("{ALIAS}_");
        Ok(Seller {
            id: row.try_get(&prefix, "id")?,
            name: row.try_get(&prefix, "name")?,
            country: row.try_get(&prefix, "country")?,
            fee_plan: row.try_get(&prefix, "fee_plan_id")?,
            created_at: row.try_get(&prefix, "created_at")?,
        })
    }
}

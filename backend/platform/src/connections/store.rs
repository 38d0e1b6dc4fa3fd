//! Queries about connections and attempts. Token columns are the vault's alone.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::entity::{attempt, chain, connection, connection_event};
use super::model::{Attempt, Connection, ConnectionStatus, Outcome, Reason};
use super::scopes;
use crate::audit;
use crate::db::Tx;
use crate::kernel::id::{AttemptId, ChainId, ConnectionEventId, ConnectionId, SellerId};
use crate::kernel::{Failure, Instant, Who};
use crate::live;
use crate::platform::Platform;

pub(super) fn read(platform: &Platform, row: &connection::Model) -> Result<Connection, Failure> {
    let list = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let unknown =
        || Failure::new(format!("connection {} holds a word that this version does not know", row.id));
    Ok(Connection {
        id: row.id.clone(),
        seller: row.seller_id.clone(),
        status: ConnectionStatus::parse(&row.status).ok_or_else(unknown)?,
        reason: Reason::parse(&row.reason).ok_or_else(unknown)?,
        scopes: list(&row.scopes),
        missing_scopes: scopes::missing(
            &platform.settings.scopes,
            &list(&row.scopes),
            &list(&row.denied_scopes),
        ),
        connected_at: row.connected_at,
        updated_at: row.updated_at,
    })
}

pub(super) fn read_attempt(row: &attempt::Model) -> Attempt {
    Attempt {
        id: row.id.clone(),
        seller: row.seller_id.clone(),
        sign_up: row.sign_up,
        outcome: row.outcome.as_deref().and_then(Outcome::parse),
        is_running: row.status == "USED",
    }
}

pub(super) async fn of_seller(
    db: &impl ConnectionTrait,
    seller: &SellerId,
) -> Result<Option<connection::Model>, Failure> {
    Ok(connection::Entity::find().filter(connection::Column::SellerId.eq(seller.clone())).one(db).await?)
}

pub(super) async fn of_sellers(
    db: &impl ConnectionTrait,
    sellers: &[SellerId],
) -> Result<Vec<connection::Model>, Failure> {
    Ok(connection::Entity::find()
        .filter(connection::Column::SellerId.is_in(sellers.to_vec()))
        .all(db)
        .await?)
}

/// How many connections stand in each status.
pub(super) async fn count_by_status(db: &impl ConnectionTrait) -> Result<Vec<(String, u64)>, Failure> {
    let counts: Vec<(String, i64)> = connection::Entity::find()
        .select_only()
        .column(connection::Column::Status)
        .column_as(connection::Column::Id.count(), "count")
        .group_by(connection::Column::Status)
        .order_by_asc(connection::Column::Status)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().map(|(status, count)| (status, count.unsigned_abs())).collect())
}

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    id: &ConnectionId,
) -> Result<Option<connection::Model>, Failure> {
    Ok(connection::Entity::find_by_id(id.clone()).one(db).await?)
}

/// Histories of several connections, oldest step first.
pub(super) async fn histories(
    db: &impl ConnectionTrait,
    ids: &[ConnectionId],
) -> Result<Vec<connection_event::Model>, Failure> {
    Ok(connection_event::Entity::find()
        .filter(connection_event::Column::ConnectionId.is_in(ids.to_vec()))
        .order_by_asc(connection_event::Column::ConnectionId)
        .order_by_asc(connection_event::Column::Number)
        .all(db)
        .await?)
}

pub(super) async fn chain_of(
    db: &impl ConnectionTrait,
    id: &ConnectionId,
) -> Result<Option<chain::Model>, Failure> {
    Ok(chain::Entity::find().filter(chain::Column::ConnectionId.eq(id.clone())).one(db).await?)
}

pub(super) async fn chain(db: &impl ConnectionTrait, id: &ChainId) -> Result<Option<chain::Model>, Failure> {
    Ok(chain::Entity::find_by_id(id.clone()).one(db).await?)
}

pub(super) async fn chain_of_account(
    db: &impl ConnectionTrait,
    application: &str,
    account: &str,
) -> Result<Option<chain::Model>, Failure> {
    Ok(chain::Entity::find()
        .filter(chain::Column::Application.eq(application))
        .filter(chain::Column::Account.eq(account))
        .one(db)
        .await?)
}

pub(super) async fn attempt(
    db: &impl ConnectionTrait,
    id: &AttemptId,
) -> Result<Option<attempt::Model>, Failure> {
    Ok(attempt::Entity::find_by_id(id.clone()).one(db).await?)
}

pub(super) async fn attempt_by_state(
    db: &impl ConnectionTrait,
    hash: &str,
) -> Result<Option<attempt::Model>, Failure> {
    Ok(attempt::Entity::find().filter(attempt::Column::StateHash.eq(hash)).one(db).await?)
}

/// Whether a code of this seller's was sent since, whose tokens never became hers. A code is marked as used before it
/// leaves, and no refresh is recorded from then until it is over.
pub(super) async fn lost_an_exchange_since(
    db: &impl ConnectionTrait,
    seller: &SellerId,
    since: Instant,
) -> Result<bool, Failure> {
    let lost = Condition::any()
        .add(attempt::Column::Outcome.eq(Outcome::ExchangeLost.as_str()))
        // The code was exchanged, and its pair was given up with the account untold.
        .add(attempt::Column::Outcome.eq(Outcome::AccountUnknown.as_str()))
        .add(attempt::Column::Status.eq("USED"));
    let count = attempt::Entity::find()
        .filter(attempt::Column::SellerId.eq(seller.clone()))
        .filter(attempt::Column::UsedAt.gte(since))
        .filter(attempt::Column::PairSealed.is_null())
        .filter(lost)
        .count(db)
        .await?;
    Ok(count > 0)
}

/// Writes down what the stored tokens permit.
pub(super) async fn grant(tx: &Tx, id: &ConnectionId, scopes: &[String]) -> Result<(), Failure> {
    connection::Entity::update_many()
        .set(connection::ActiveModel {
            scopes: Set(scopes.join(" ")),
            denied_scopes: Set(String::new()),
            ..Default::default()
        })
        .filter(connection::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Writes down that Airwallex refuses, or takes again, what a scope is needed for.
pub(super) async fn deny(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    (id, since): (&ConnectionId, Option<Instant>),
    scope: &str,
    is_denied: bool,
) -> Result<(), Failure> {
    connection::Entity::update_many()
        .col_expr(connection::Column::UpdatedAt, Expr::col(connection::Column::UpdatedAt))
        .filter(connection::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    // What was refused under an earlier consent says nothing about this one.
    let row = by_id(&**tx, id).await?.filter(|row| row.connected_at == since);
    let Some(row) = row else { return Ok(()) };
    let mut denied: Vec<&str> = row.denied_scopes.split_whitespace().filter(|one| *one != scope).collect();
    if is_denied {
        denied.push(scope);
    }
    let denied = denied.join(" ");
    if denied == row.denied_scopes {
        return Ok(());
    }
    connection::Entity::update_many()
        .col_expr(connection::Column::DeniedScopes, Expr::value(denied))
        .filter(connection::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    let action = if is_denied { "connection.scope_denied" } else { "connection.scope_back" };
    audit::record(platform, tx, who, action, id.as_str(), Some(&row.seller_id), scope).await?;
    live::publish(platform, tx, "connection", id.as_str(), Some(&row.seller_id)).await
}

/// Moves a connection and writes the move into its history, the audit log and the live feed.
pub(super) async fn set_status(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    row: &connection::Model,
    status: ConnectionStatus,
    reason: Reason,
) -> Result<(), Failure> {
    let now = platform.clock.now();
    let changed = connection::Entity::update_many()
        .set(connection::ActiveModel {
            status: Set(status.as_str().to_owned()),
            reason: Set(reason.as_str().to_owned()),
            updated_at: Set(now),
            ..Default::default()
        })
        .filter(connection::Column::Id.eq(row.id.clone()))
        .filter(connection::Column::Status.eq(row.status.clone()))
        .filter(connection::Column::UpdatedAt.eq(row.updated_at))
        .exec(&**tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Failure::changed_meanwhile("a connection"));
    }
    note(platform, tx, who, &row.id, &row.seller_id, status, reason, now).await
}

#[expect(clippy::too_many_arguments, reason = "one row of history has this many columns")]
pub(super) async fn note(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    id: &ConnectionId,
    seller: &SellerId,
    status: ConnectionStatus,
    reason: Reason,
    now: Instant,
) -> Result<(), Failure> {
    // Who writes a step holds the connection's row, so nobody counts beside us.
    let earlier = connection_event::Entity::find()
        .filter(connection_event::Column::ConnectionId.eq(id.clone()))
        .count(&**tx)
        .await?;
    let event = connection_event::ActiveModel {
        id: Set(ConnectionEventId::generate(&*platform.clock, &*platform.random)),
        connection_id: Set(id.clone()),
        number: Set(i64::try_from(earlier).map_err(Failure::new)? + 1),
        status: Set(status.as_str().to_owned()),
        reason: Set(reason.as_str().to_owned()),
        at: Set(now),
    };
    connection_event::Entity::insert(event).exec_without_returning(&**tx).await?;
    let detail = format!("{} {}", status.as_str(), reason.as_str());
    audit::record(platform, tx, who, "connection.changed", id.as_str(), Some(seller), &detail).await?;
    live::publish(platform, tx, "connection", id.as_str(), Some(seller)).await
}

//! Moving every token and verifier to the first sealing key, while replicas serve.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::place;
use crate::connections::attempt as attempts;
use crate::connections::entity::{attempt, generation};
use crate::kernel::Failure;
use crate::platform::Platform;

/// How many rows are read at a time.
const BATCH: u64 = 500;

/// Moves every value that is under another key, one value per transaction, so that it may run beside everything else and
/// be stopped and begun again. Answers how many values it moved.
pub async fn reseal(platform: &Platform) -> Result<u64, Failure> {
    Ok(generations(platform).await? + unfinished_attempts(platform).await?)
}

async fn generations(platform: &Platform) -> Result<u64, Failure> {
    let (mut count, mut after) = (0, None);
    loop {
        let mut next = generation::Entity::find()
            .filter(generation::Column::RetiredAt.is_null())
            .order_by_asc(generation::Column::ChainId)
            .limit(BATCH);
        if let Some(after) = after {
            next = next.filter(generation::Column::ChainId.gt(after));
        }
        let rows = next.all(platform.db.read()).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = Some(last.chain_id.clone());
        for row in &rows {
            let place = place(&row.chain_id, row.generation);
            // A pair that was rotated meanwhile is under the first key already.
            let is_the_row = generation::Column::ChainId
                .eq(row.chain_id.clone())
                .and(generation::Column::Generation.eq(row.generation))
                .and(generation::Column::RetiredAt.is_null());
            for (column, old) in [
                (generation::Column::AccessSealed, &row.access_sealed),
                (generation::Column::RefreshSealed, &row.refresh_sealed),
            ] {
                count += replace::<generation::Entity>(platform, &place, column, old, &is_the_row).await?;
            }
        }
    }
}

async fn unfinished_attempts(platform: &Platform) -> Result<u64, Failure> {
    let (mut count, mut after) = (0, None);
    loop {
        let mut next = attempt::Entity::find()
            .filter(attempt::Column::Status.ne("SETTLED"))
            .order_by_asc(attempt::Column::Id)
            .limit(BATCH);
        if let Some(after) = after {
            next = next.filter(attempt::Column::Id.gt(after));
        }
        let rows = next.all(platform.db.read()).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = Some(last.id.clone());
        for row in &rows {
            let place = attempts::place(&row.id);
            let is_the_row = attempt::Column::Id.eq(row.id.clone());
            for (column, old) in [
                (attempt::Column::VerifierSealed, &row.verifier_sealed),
                (attempt::Column::PairSealed, &row.pair_sealed),
            ] {
                count += replace::<attempt::Entity>(platform, &place, column, old, &is_the_row).await?;
            }
        }
    }
}

/// Only what was read and is still there: what is written meanwhile must not be overwritten.
async fn replace<E: EntityTrait>(
    platform: &Platform,
    place: &str,
    column: E::Column,
    old: &Option<String>,
    is_the_row: &Expr,
) -> Result<u64, Failure> {
    let Some(old) = old else { return Ok(0) };
    let Some(new) = &platform.keys.renew(place, old).await? else { return Ok(0) };
    platform
        .db
        .write(|tx| async move {
            let changed = E::update_many()
                .col_expr(column, Expr::value(new.clone()))
                .filter(is_the_row.clone())
                .filter(column.eq(old.clone()))
                .exec(&*tx)
                .await?;
            Ok(changed.rows_affected)
        })
        .await
}

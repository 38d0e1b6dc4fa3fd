//! Moving every token and verifier to the first sealing key, while replicas serve.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::place;
use crate::connections::attempt as attempts;
use crate::connections::entity::{attempt, generation};
use crate::kernel::{Failure, Resealed, checkpoint};
use crate::platform::Platform;

/// How many rows are read at a time.
const BATCH: u64 = 500;

/// Moves every value that is under another key, one row per transaction, so that it may run beside everything else and
/// be stopped and begun again. Fails only when the database does not answer.
pub async fn reseal(platform: &Platform) -> Result<Resealed, Failure> {
    Ok(generations(platform).await?.and(unfinished_attempts(platform).await?))
}

async fn generations(platform: &Platform) -> Result<Resealed, Failure> {
    let (mut resealed, mut after) = (Resealed::default(), None);
    loop {
        let mut next = generation::Entity::find()
            .filter(generation::Column::RetiredAt.is_null())
            .order_by_asc(generation::Column::ChainId)
            .limit(BATCH);
        if let Some(after) = after {
            next = next.filter(generation::Column::ChainId.gt(after));
        }
        let rows = next.all(platform.db.read()).await?;
        let Some(last) = rows.last() else { return Ok(resealed) };
        after = Some(last.chain_id.clone());
        for row in &rows {
            let place = place(&row.chain_id, row.generation);
            // A pair that was rotated meanwhile is under the first key already.
            let is_the_row = generation::Column::ChainId
                .eq(row.chain_id.clone())
                .and(generation::Column::Generation.eq(row.generation))
                .and(generation::Column::RetiredAt.is_null());
            let values = [
                (generation::Column::AccessSealed, row.access_sealed.as_deref()),
                (generation::Column::RefreshSealed, row.refresh_sealed.as_deref()),
            ];
            let moved = replace::<generation::Entity>(platform, &place, values, &is_the_row).await;
            if matches!(moved, Ok(1..)) {
                checkpoint("keys.row_resealed").await;
            }
            resealed.note(&place, moved);
        }
    }
}

async fn unfinished_attempts(platform: &Platform) -> Result<Resealed, Failure> {
    let (mut resealed, mut after) = (Resealed::default(), None);
    loop {
        let mut next = attempt::Entity::find()
            .filter(attempt::Column::Status.ne("SETTLED"))
            .order_by_asc(attempt::Column::Id)
            .limit(BATCH);
        if let Some(after) = after {
            next = next.filter(attempt::Column::Id.gt(after));
        }
        let rows = next.all(platform.db.read()).await?;
        let Some(last) = rows.last() else { return Ok(resealed) };
        after = Some(last.id.clone());
        for row in &rows {
            let place = attempts::place(&row.id);
            let is_the_row = attempt::Column::Id.eq(row.id.clone());
            let values = [
                (attempt::Column::VerifierSealed, row.verifier_sealed.as_deref()),
                (attempt::Column::PairSealed, row.pair_sealed.as_deref()),
            ];
            let moved = replace::<attempt::Entity>(platform, &place, values, &is_the_row).await;
            resealed.note(&place, moved);
        }
    }
}

/// Only what was read and is still there: what is written meanwhile must not be overwritten.
async fn replace<E: EntityTrait>(
    platform: &Platform,
    place: &str,
    values: [(E::Column, Option<&str>); 2],
    is_the_row: &Expr,
) -> Result<u64, Failure> {
    let renewed = &platform.keys.renew(place, values.map(|(_, old)| old)).await?;
    if renewed.iter().all(Option::is_none) {
        return Ok(0);
    }
    platform
        .db
        .write(|tx| async move {
            let mut update = E::update_many().filter(is_the_row.clone());
            let mut count = 0;
            for ((column, old), new) in values.into_iter().zip(renewed) {
                if let (Some(old), Some(new)) = (old, new) {
                    update = update.col_expr(column, Expr::value(new.clone())).filter(column.eq(old));
                    count += 1;
                }
            }
            Ok(count * update.exec(&*tx).await?.rows_affected)
        })
        .await
}

//! Reading plans, and the plans that the operator begins with.

use std::str::FromStr;

use rust_decimal::Decimal;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::{fixed, plan};
use super::model::FeePlan;
pub use super::rules::{fee, most};
use crate::audit;
use crate::kernel::id::FeePlanId;
use crate::kernel::{Currency, Failure, Money, System};
use crate::platform::Platform;

/// The plan of sellers that have none of their own.
pub const DEFAULT_PLAN: &str = "Standard";

/// The plan that applies to a seller.
pub async fn applicable(platform: &Platform, own: Option<&FeePlanId>) -> Result<Option<FeePlan>, Failure> {
    let row = match own {
        Some(id) => plan::Entity::find_by_id(id.clone()).one(platform.db.read()).await?,
        None => {
            plan::Entity::find().filter(plan::Column::Name.eq(DEFAULT_PLAN)).one(platform.db.read()).await?
        }
    };
    let Some(row) = row else { return Ok(None) };
    let parts = fixed::Entity::find()
        .filter(fixed::Column::FeePlanId.eq(row.id.clone()))
        .order_by_asc(fixed::Column::Currency)
        .all(platform.db.read())
        .await?;
    let money = |part: fixed::Model| {
        Currency::parse(&part.currency)
            .map(|currency| Money::from_minor(part.amount_minor, currency))
            .map_err(Failure::new)
    };
    Ok(Some(FeePlan {
        id: row.id,
        name: row.name,
        percentage: Decimal::from_str(&row.percentage).map_err(Failure::new)?,
        fixed: parts.into_iter().map(money).collect::<Result<_, _>>()?,
    }))
}

/// Makes the standard plan unless there is one.
pub async fn provision_standard(
    platform: &Platform,
    system: &System,
    percentage: Decimal,
    parts: &[Money],
) -> Result<(), Failure> {
    match applicable(platform, None).await? {
        Some(_) => Ok(()),
        None => set_standard(platform, system, percentage, parts).await,
    }
}

/// Replaces the standard plan. Payouts keep the fee that was computed when they were made.
pub async fn set_standard(
    platform: &Platform,
    system: &System,
    percentage: Decimal,
    parts: &[Money],
) -> Result<(), Failure> {
    let fresh = &FeePlanId::generate(&*platform.clock, &*platform.random);
    platform
        .db
        .write(|tx| async move {
            let row = plan::ActiveModel {
                id: Set(fresh.clone()),
                name: Set(DEFAULT_PLAN.to_owned()),
                percentage: Set(percentage.to_string()),
                created_at: Set(platform.clock.now()),
            };
            let newest =
                OnConflict::column(plan::Column::Name).update_column(plan::Column::Percentage).to_owned();
            plan::Entity::insert(row).on_conflict(newest).exec_without_returning(&*tx).await?;
            let stored = plan::Entity::find().filter(plan::Column::Name.eq(DEFAULT_PLAN)).one(&*tx).await?;
            let id = stored.ok_or_else(|| Failure::new("the standard fee plan vanished"))?.id;
            fixed::Entity::delete_many().filter(fixed::Column::FeePlanId.eq(id.clone())).exec(&*tx).await?;
            for part in parts {
                let row = fixed::ActiveModel {
                    fee_plan_id: Set(id.clone()),
                    currency: Set(part.currency().code().to_owned()),
                    amount_minor: Set(part.minor()),
                };
                fixed::Entity::insert(row).exec_without_returning(&*tx).await?;
            }
            audit::record(platform, &tx, system, "fee_plan.set", id.as_str(), None, &percentage.to_string())
                .await
        })
        .await
}

//! Reading plans, and the plans that the operator begins with.

use std::str::FromStr;

use rust_decimal::Decimal;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::{fixed, plan};
use super::model::FeePlan;
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

/// Makes a plan unless there is one of that name.
pub async fn provision(
    platform: &Platform,
    _system: &System,
    name: &str,
    percentage: Decimal,
    parts: &[Money],
) -> Result<(), Failure> {
    let id = &FeePlanId::generate(&*platform.clock, &*platform.random);
    platform
        .db
        .write(|tx| async move {
            let row = plan::ActiveModel {
                id: Set(id.clone()),
                name: Set(name.to_owned()),
                percentage: Set(percentage.to_string()),
                created_at: Set(platform.clock.now()),
            };
            let added = plan::Entity::insert(row)
                .on_conflict(OnConflict::column(plan::Column::Name).do_nothing().to_owned())
                .exec_without_returning(&*tx)
                .await?;
            for part in parts.iter().filter(|_| added == 1) {
                let row = fixed::ActiveModel {
                    fee_plan_id: Set(id.clone()),
                    currency: Set(part.currency().code().to_owned()),
                    amount_minor: Set(part.minor()),
                };
                fixed::Entity::insert(row).exec_without_returning(&*tx).await?;
            }
            Ok::<_, Failure>(())
        })
        .await
}

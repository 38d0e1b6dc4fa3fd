//! Making and reading sellers.

use sea_orm::{ActiveValue::Set, EntityTrait};

use super::SellerRefusal;
use super::entity::{ActiveModel, Entity};
use super::model::Seller;
use super::store;
use crate::db::page::{Page, PageRequest};
use crate::kernel::id::SellerId;
use crate::kernel::{Actor, Error, Failure};
use crate::platform::Platform;
use crate::{audit, users};

type Result<T> = std::result::Result<T, Error<SellerRefusal>>;

/// A seller to be made.
#[derive(Debug, Clone)]
pub struct NewSeller {
    pub name: String,
    pub country: String,
}

/// Countries that a seller may be at home in, for now those of the corridors.
pub const COUNTRIES: [(&str, &str); 5] = [
    ("AU", "Australia"),
    ("DE", "Germany"),
    ("SG", "Singapore"),
    ("GB", "United Kingdom"),
    ("US", "United States"),
];

/// Makes a seller; whoever makes it belongs to it.
pub async fn create(platform: &Platform, actor: &Actor, input: NewSeller) -> Result<Seller> {
    let person = match actor {
        Actor::Person { id, .. } => id,
        Actor::Anonymous => return Err(SellerRefusal::SignInFirst.into()),
        Actor::Program { .. } | Actor::Staff(_) => return Err(SellerRefusal::NotAllowed.into()),
    };
    let name = input.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 || name.contains(char::is_control) {
        return Err(SellerRefusal::NameMissing.into());
    }
    if !COUNTRIES.iter().any(|(code, _)| *code == input.country) {
        return Err(SellerRefusal::CountryInvalid.into());
    }
    let seller = Seller {
        id: SellerId::generate(&*platform.clock, &*platform.random),
        name,
        country: input.country,
        fee_plan: None,
        created_at: platform.clock.now(),
    };
    let made = &seller;
    platform
        .db
        .write(|tx| async move {
            let row = ActiveModel {
                id: Set(made.id.clone()),
                name: Set(made.name.clone()),
                country: Set(made.country.clone()),
                fee_plan_id: Set(None),
                created_at: Set(made.created_at),
            };
            Entity::insert(row).exec_without_returning(&*tx).await?;
            audit::record(platform, &tx, actor, "seller.created", made.id.as_str(), Some(&made.id), "")
                .await?;
            users::service::join(platform, &tx, actor, person, &made.id).await
        })
        .await?;
    Ok(seller)
}

/// A seller that the actor may see; somebody else's is not found.
pub async fn get(platform: &Platform, actor: &Actor, id: &SellerId) -> Result<Seller> {
    let found = store::find(platform.db.read(), actor, id).await?;
    Ok(found.ok_or(SellerRefusal::NotFound)?)
}

/// Several at once, for loaders.
pub async fn many(
    platform: &Platform,
    actor: &Actor,
    ids: &[SellerId],
) -> std::result::Result<Vec<Seller>, Failure> {
    store::many(platform.db.read(), actor, ids).await
}

/// The sellers that the actor may see, newest first.
pub async fn list(platform: &Platform, actor: &Actor, request: &PageRequest) -> Result<Page<Seller>> {
    if *actor == Actor::Anonymous {
        return Err(SellerRefusal::SignInFirst.into());
    }
    Ok(store::page(platform.db.read(), actor, request).await?)
}

//! API tokens: shown once, stored as hashes. A seller's token acts for that seller; an operator's,
//! made by staff, for the whole marketplace.

use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::UserRefusal;
use super::entity::api_token::{ActiveModel, Column, Entity};
use super::model::ApiToken;
use super::store;
use crate::audit;
use crate::db::page::{Page, PageRequest};
use crate::kernel::digest::sha256_hex;
use crate::kernel::id::{ApiTokenId, SellerId};
use crate::kernel::{Actor, Error, Failure, ProgramScope, Secret};
use crate::platform::Platform;

type Result<T> = std::result::Result<T, Error<UserRefusal>>;

/// Begins every token, so that leaked ones are recognised by scanners.
const PREFIX: &str = "souk_";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    pub name: String,
    /// `None` asks for the whole marketplace; staff only.
    pub seller: Option<SellerId>,
}

/// Makes a token. The second value is shown once and never again.
pub async fn create(
    platform: &Platform,
    actor: &Actor,
    input: NewApiToken,
) -> Result<(ApiToken, Secret<String>)> {
    let person = signed_in_person(actor)?;
    let name = input.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 || name.contains(char::is_control) {
        return Err(UserRefusal::TokenNameMissing.into());
    }
    match &input.seller {
        Some(seller) if !actor.may_act_for(seller) || actor.as_staff().is_some() => {
            return Err(UserRefusal::SellerNotFound.into());
        }
        None if actor.as_staff().is_none() => return Err(UserRefusal::NotAllowed.into()),
        _ => {}
    }
    let secret = Secret::new(format!("{PREFIX}{}", platform.random.token().expose()));
    let hint: String = secret.expose().chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    let token = ApiToken {
        id: ApiTokenId::generate(&*platform.clock, &*platform.random),
        name,
        hint,
        person,
        seller: input.seller,
        created_at: platform.clock.now(),
        revoked_at: None,
    };
    let (token_ref, hash) = (&token, &sha256_hex(secret.expose()));
    platform
        .db
        .write(|tx| async move {
            let row = ActiveModel {
                id: Set(token_ref.id.clone()),
                name: Set(token_ref.name.clone()),
                token_hash: Set(hash.clone()),
                hint: Set(token_ref.hint.clone()),
                person_id: Set(token_ref.person.clone()),
                seller_id: Set(token_ref.seller.clone()),
                created_at: Set(token_ref.created_at),
                revoked_at: Set(None),
            };
            Entity::insert(row).exec_without_returning(&*tx).await?;
            let seller = token_ref.seller.as_ref();
            audit::record(platform, &tx, actor, "token.created", token_ref.id.as_str(), seller, "").await
        })
        .await?;
    Ok((token, secret))
}

/// Ends a token at once. Ending it twice changes nothing.
pub async fn revoke(platform: &Platform, actor: &Actor, id: &ApiTokenId) -> Result<ApiToken> {
    signed_in_person(actor)?;
    let token = store::token(platform.db.read(), id).await?.filter(|token| may_manage(actor, token));
    let mut token = token.ok_or(UserRefusal::TokenNotFound)?;
    let now = platform.clock.now();
    let seller = token.seller.as_ref();
    let revoked = platform
        .db
        .write(|tx| async move {
            let change = Entity::update_many()
                .set(ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
                .filter(Column::Id.eq(id.clone()))
                .filter(Column::RevokedAt.is_null())
                .exec(&*tx)
                .await?;
            if change.rows_affected == 1 {
                audit::record(platform, &tx, actor, "token.revoked", id.as_str(), seller, "").await?;
            }
            Ok::<_, Failure>(change.rows_affected == 1)
        })
        .await?;
    if revoked {
        token.revoked_at = Some(now);
    }
    Ok(token)
}

/// The tokens that this actor may manage: of one seller, or (staff) the operator's.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    seller: Option<&SellerId>,
    page: &PageRequest,
) -> Result<Page<ApiToken>> {
    signed_in_person(actor)?;
    let which = match seller {
        Some(seller) if actor.may_see(seller) => Condition::all().add(Column::SellerId.eq(seller.clone())),
        Some(_) => return Err(UserRefusal::SellerNotFound.into()),
        None if actor.as_staff().is_some() => Condition::all().add(Column::SellerId.is_null()),
        None => return Err(UserRefusal::NotAllowed.into()),
    };
    Ok(store::tokens(platform.db.read(), which, page).await?)
}

/// Who is behind an API token, as the person who made it is now: a member who left or a staff member
/// who lost the role takes the token's power along.
pub async fn resolve(platform: &Platform, token: &str) -> std::result::Result<Option<Actor>, Failure> {
    let db = platform.db.read();
    let Some(token) = store::live_token(db, &sha256_hex(token)).await? else { return Ok(None) };
    let Some(row) = store::by_id(db, &token.person).await? else { return Ok(None) };
    let scope = match token.seller {
        Some(seller) if store::sellers_of(db, &token.person).await?.contains(&seller) => {
            ProgramScope::Seller { seller, person: token.person }
        }
        Some(_) => return Ok(None),
        None => match store::read(&row).staff_role {
            Some(role) => ProgramScope::Operator(crate::kernel::Staff::new(token.person, role)),
            None => return Ok(None),
        },
    };
    Ok(Some(Actor::program(token.id, scope)))
}

/// Tokens are managed by people, not by tokens.
fn signed_in_person(actor: &Actor) -> Result<crate::kernel::id::PersonId> {
    match actor {
        Actor::Person { id, .. } => Ok(id.clone()),
        Actor::Staff(staff) => Ok(staff.person().clone()),
        Actor::Program { .. } => Err(UserRefusal::NotAllowed.into()),
        Actor::Anonymous => Err(UserRefusal::SignInFirst.into()),
    }
}

fn may_manage(actor: &Actor, token: &ApiToken) -> bool {
    match &token.seller {
        Some(seller) => actor.may_see(seller),
        None => actor.as_staff().is_some(),
    }
}

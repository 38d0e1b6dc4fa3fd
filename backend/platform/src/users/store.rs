//! Queries about people. Private to the feature: whoever calls is about to make an actor or to show a
//! person to herself or to staff.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};

use super::entity::{api_token, email_link, membership, person, web_session};
use super::model::{ApiToken, LinkPurpose, Person};
use crate::db::page::{Page, PageRequest, fetch};
use crate::kernel::id::{ApiTokenId, PersonId, SellerId};
use crate::kernel::{Failure, Instant, StaffRole};

pub(super) fn read(row: &person::Model) -> Person {
    Person {
        id: row.id.clone(),
        email: row.email.clone(),
        name: row.name.clone(),
        staff_role: row.staff_role.as_deref().and_then(StaffRole::parse),
        is_confirmed: row.confirmed_at.is_some(),
    }
}

pub(super) async fn by_email(
    db: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<person::Model>, Failure> {
    Ok(person::Entity::find().filter(person::Column::Email.eq(email)).one(db).await?)
}

pub(super) async fn by_ids(
    db: &impl ConnectionTrait,
    ids: &[PersonId],
) -> Result<Vec<person::Model>, Failure> {
    Ok(person::Entity::find().filter(person::Column::Id.is_in(ids.to_vec())).all(db).await?)
}

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    id: &PersonId,
) -> Result<Option<person::Model>, Failure> {
    Ok(person::Entity::find_by_id(id.clone()).one(db).await?)
}

/// Adds a person unless the address is taken; answers whether she was added.
pub(super) async fn insert(db: &impl ConnectionTrait, row: person::ActiveModel) -> Result<bool, Failure> {
    let added = person::Entity::insert(row)
        .on_conflict(OnConflict::column(person::Column::Email).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(added == 1)
}

/// Lets a later sign-up take over an address nobody has confirmed.
pub(super) async fn replace_unconfirmed(
    db: &impl ConnectionTrait,
    email: &str,
    row: &person::ActiveModel,
) -> Result<(), Failure> {
    let (name, password_hash) = (row.name.clone(), row.password_hash.clone());
    person::Entity::update_many()
        .set(person::ActiveModel { name, password_hash, ..Default::default() })
        .filter(person::Column::Email.eq(email))
        .filter(person::Column::ConfirmedAt.is_null())
        .filter(person::Column::StaffRole.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Whose link this is, while it can be spent.
pub(super) async fn linked(
    db: &impl ConnectionTrait,
    hash: &str,
    purpose: LinkPurpose,
    now: Instant,
) -> Result<Option<person::Model>, Failure> {
    let link = email_link::Entity::find_by_id(hash)
        .filter(email_link::Column::Purpose.eq(purpose.as_str()))
        .filter(email_link::Column::UsedAt.is_null())
        .filter(email_link::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    match link {
        Some(link) => by_id(db, &link.person_id).await,
        None => Ok(None),
    }
}

/// Confirms only while the password that was checked is still the one stored.
pub(super) async fn confirm_with(
    db: &impl ConnectionTrait,
    id: &PersonId,
    password_hash: &str,
    now: Instant,
) -> Result<bool, Failure> {
    let confirmed = person::Entity::update_many()
        .set(person::ActiveModel { confirmed_at: Set(Some(now)), ..Default::default() })
        .filter(person::Column::Id.eq(id.clone()))
        .filter(person::Column::PasswordHash.eq(password_hash))
        .exec(db)
        .await?;
    Ok(confirmed.rows_affected == 1)
}

pub(super) async fn confirm(db: &impl ConnectionTrait, id: &PersonId, now: Instant) -> Result<(), Failure> {
    person::Entity::update_many()
        .set(person::ActiveModel { confirmed_at: Set(Some(now)), ..Default::default() })
        .filter(person::Column::Id.eq(id.clone()))
        .filter(person::Column::ConfirmedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

pub(super) async fn set_password(
    db: &impl ConnectionTrait,
    id: &PersonId,
    hash: &str,
) -> Result<(), Failure> {
    person::Entity::update_many()
        .set(person::ActiveModel { password_hash: Set(hash.to_owned()), ..Default::default() })
        .filter(person::Column::Id.eq(id.clone()))
        .exec(db)
        .await?;
    Ok(())
}

/// Revokes every API token that a person has made.
pub(super) async fn revoke_tokens(
    db: &impl ConnectionTrait,
    id: &PersonId,
    now: Instant,
) -> Result<(), Failure> {
    api_token::Entity::update_many()
        .set(api_token::ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
        .filter(api_token::Column::PersonId.eq(id.clone()))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Makes every link void that was mailed to a person and not used.
pub(super) async fn void_links(
    db: &impl ConnectionTrait,
    id: &PersonId,
    now: Instant,
) -> Result<(), Failure> {
    email_link::Entity::update_many()
        .set(email_link::ActiveModel { used_at: Set(Some(now)), ..Default::default() })
        .filter(email_link::Column::PersonId.eq(id.clone()))
        .filter(email_link::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Uses a mailed link up: only one caller gets its person.
pub(super) async fn spend_link(
    db: &impl ConnectionTrait,
    hash: &str,
    purpose: LinkPurpose,
    now: Instant,
) -> Result<Option<PersonId>, Failure> {
    let spent = email_link::Entity::update_many()
        .set(email_link::ActiveModel { used_at: Set(Some(now)), ..Default::default() })
        .filter(email_link::Column::TokenHash.eq(hash))
        .filter(email_link::Column::Purpose.eq(purpose.as_str()))
        .filter(email_link::Column::UsedAt.is_null())
        .filter(email_link::Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    if spent.rows_affected == 0 {
        return Ok(None);
    }
    Ok(email_link::Entity::find_by_id(hash).one(db).await?.map(|row| row.person_id))
}

pub(super) async fn session(
    db: &impl ConnectionTrait,
    hash: &str,
    now: Instant,
) -> Result<Option<PersonId>, Failure> {
    let found =
        web_session::Entity::find_by_id(hash).filter(web_session::Column::ExpiresAt.gt(now)).one(db).await?;
    Ok(found.map(|row| row.person_id))
}

pub(super) async fn end_sessions(db: &impl ConnectionTrait, which: Condition) -> Result<(), Failure> {
    web_session::Entity::delete_many().filter(which).exec(db).await?;
    Ok(())
}

pub(super) async fn sellers_of(db: &impl ConnectionTrait, id: &PersonId) -> Result<Vec<SellerId>, Failure> {
    let rows = membership::Entity::find()
        .filter(membership::Column::PersonId.eq(id.clone()))
        .order_by_asc(membership::Column::SellerId)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.seller_id).collect())
}

pub(super) async fn members_of(db: &impl ConnectionTrait, seller: &SellerId) -> Result<Vec<Person>, Failure> {
    let rows = membership::Entity::find()
        .filter(membership::Column::SellerId.eq(seller.clone()))
        .order_by_asc(membership::Column::PersonId)
        .all(db)
        .await?;
    let ids: Vec<PersonId> = rows.into_iter().map(|row| row.person_id).collect();
    let people = person::Entity::find()
        .filter(person::Column::Id.is_in(ids))
        .order_by_asc(person::Column::Id)
        .all(db)
        .await?;
    Ok(people.iter().map(read).collect())
}

/// Everybody who works for the operator.
pub(super) async fn staff(db: &impl ConnectionTrait) -> Result<Vec<Person>, Failure> {
    let works = person::Column::StaffRole.is_not_null();
    let people = person::Entity::find().filter(works).order_by_asc(person::Column::Id).all(db).await?;
    Ok(people.iter().map(read).collect())
}

pub(super) fn read_token(row: api_token::Model) -> ApiToken {
    ApiToken {
        id: row.id,
        name: row.name,
        hint: row.hint,
        person: row.person_id,
        seller: row.seller_id,
        created_at: row.created_at,
        revoked_at: row.revoked_at,
    }
}

pub(super) async fn live_token(db: &impl ConnectionTrait, hash: &str) -> Result<Option<ApiToken>, Failure> {
    let found = api_token::Entity::find()
        .filter(api_token::Column::TokenHash.eq(hash))
        .filter(api_token::Column::RevokedAt.is_null())
        .one(db)
        .await?;
    Ok(found.map(read_token))
}

pub(super) async fn tokens(
    db: &impl ConnectionTrait,
    which: Condition,
    page: &PageRequest,
) -> Result<Page<ApiToken>, Failure> {
    let select = api_token::Entity::find().filter(which);
    let page =
        fetch(select, api_token::Column::Id, page, |select| async move { select.all(db).await }).await?;
    Ok(page.map(read_token))
}

pub(super) async fn token(db: &impl ConnectionTrait, id: &ApiTokenId) -> Result<Option<ApiToken>, Failure> {
    Ok(api_token::Entity::find_by_id(id.clone()).one(db).await?.map(read_token))
}

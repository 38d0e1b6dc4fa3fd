//! Signing up, confirming, signing in, resetting; membership of sellers.

use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait};

use super::entity::{membership, person, web_session};
use super::model::{LinkPurpose, Person, normal_email};
use super::throttle::{self, ADDRESS, WRONG_PASSWORDS, WRONG_PASSWORDS_ANYWHERE};
use super::{UserRefusal, mails, password, store};
use crate::audit;
use crate::db::Tx;
use crate::kernel::digest::sha256_hex;
use crate::kernel::id::{PersonId, SellerId};
use crate::kernel::{Actor, Error, Failure, Secret, Staff, StaffRole, System, Who};
use crate::platform::Platform;

type Result<T> = std::result::Result<T, Error<UserRefusal>>;

/// What a visitor enters.
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: Secret<String>,
}

/// Everything that is wrong with what a visitor entered.
pub fn faults(input: &SignUp) -> Vec<UserRefusal> {
    let name = checked_name(&input.name).err();
    let email = normal_email(&input.email).is_none().then_some(UserRefusal::EmailInvalid);
    let password = check_password(&input.password).err();
    [name, email, password].into_iter().flatten().collect()
}

/// Makes an account and wants a link mailed to confirm the address. An address that has an account
/// already gets a mail that says so; the visitor, who comes from `address`, sees the same either way.
pub async fn sign_up(platform: &Platform, input: SignUp, address: &str) -> Result<()> {
    let name = checked_name(&input.name)?;
    let email = normal_email(&input.email).ok_or(UserRefusal::EmailInvalid)?;
    check_password(&input.password)?;
    if !throttle::count(platform, ADDRESS, address).await? {
        return Err(UserRefusal::TooManyTries.into());
    }
    let hash = password::hash(input.password, &*platform.random).await?.ok_or(UserRefusal::Busy)?;
    let id = PersonId::generate(&*platform.clock, &*platform.random);
    let now = platform.clock.now();
    let row = &person::ActiveModel {
        id: Set(id.clone()),
        email: Set(email.clone()),
        name: Set(name.to_owned()),
        password_hash: Set(hash),
        staff_role: Set(None),
        confirmed_at: Set(None),
        created_at: Set(now),
    };
    let actor = &Actor::Anonymous;
    let (id, email) = (&id, &email);
    platform
        .db
        .write(|tx| async move {
            let added = store::insert(&*tx, row.clone()).await?;
            // Whoever signed up before with this address has not shown that it is hers: the newest
            // password counts, and only the one who reads the mail and knows it can confirm.
            if !added {
                store::replace_unconfirmed(&*tx, email, row).await?;
            }
            if added {
                audit::record(platform, &tx, actor, "person.signed_up", id.as_str(), None, "").await?;
            }
            mails::want(platform, &tx, email, LinkPurpose::ConfirmEmail).await?;
            Ok::<_, Failure>(())
        })
        .await?;
    Ok(())
}

/// Confirms an address by its mailed link and the password chosen at sign-up, and answers who she is.
/// The password keeps out whoever signed up with somebody else's address and hopes for her click.
pub async fn confirm(
    platform: &Platform,
    token: &str,
    password: Secret<String>,
    address: &str,
) -> Result<Person> {
    let (hash, now) = (&sha256_hex(token), platform.clock.now());
    let row = store::linked(platform.db.read(), hash, LinkPurpose::ConfirmEmail, now).await?;
    let row = &row.ok_or(UserRefusal::LinkSpent)?;
    if !fits(platform, &row.email, address, password, Some(row.password_hash.clone())).await? {
        return Err(UserRefusal::PasswordWrong.into());
    }
    let id = platform
        .db
        .write(|tx| async move {
            let id = store::spend_link(&*tx, hash, LinkPurpose::ConfirmEmail, now).await?;
            if let Some(id) = &id
                && !store::confirm_with(&*tx, id, &row.password_hash, now).await?
            {
                return Ok(None);
            }
            Ok::<_, Failure>(id)
        })
        .await?
        .ok_or(UserRefusal::LinkSpent)?;
    person(platform, &id).await
}

/// Checks a password and starts a session; the answer is the cookie's value.
pub async fn sign_in(
    platform: &Platform,
    email: &str,
    password: Secret<String>,
    address: &str,
) -> Result<(Person, Secret<String>)> {
    let email = normal_email(email).unwrap_or_default();
    let row = store::by_email(platform.db.read(), &email).await?;
    let hash = row.as_ref().map(|row| row.password_hash.clone());
    let fits = fits(platform, &email, address, password, hash).await?;
    let row = row.filter(|_| fits).ok_or(UserRefusal::SignInRefused)?;
    let person = store::read(&row);
    if !person.is_confirmed {
        let email = &person.email;
        platform
            .db
            .write(|tx| async move { mails::want(platform, &tx, email, LinkPurpose::ConfirmEmail).await })
            .await?;
        return Err(UserRefusal::EmailNotConfirmed.into());
    }
    let token = super::session::start(platform, &person.id).await?;
    Ok((person, token))
}

/// Checks a password. Every try is counted before any work is done for it, by account and by where it
/// comes from, so that many at once are no way around; the right one is taken back.
async fn fits(
    platform: &Platform,
    email: &str,
    address: &str,
    password: Secret<String>,
    hash: Option<String>,
) -> Result<bool> {
    let both = format!("{email} {address}");
    let counted = [(WRONG_PASSWORDS, both.as_str()), (WRONG_PASSWORDS_ANYWHERE, email), (ADDRESS, address)];
    for (limit, whose) in counted {
        if !throttle::count(platform, limit, whose).await? {
            return Err(UserRefusal::TooManyTries.into());
        }
    }
    let fits = password::verify(password, hash).await?;
    if fits != Some(false) {
        for (limit, whose) in counted {
            throttle::give_back(platform, limit, whose).await?;
        }
    }
    fits.ok_or_else(|| UserRefusal::Busy.into())
}

/// Wants a link mailed to choose a new password, if there is such an account.
pub async fn ask_reset(platform: &Platform, email: &str, address: &str) -> Result<()> {
    let email = &normal_email(email).ok_or(UserRefusal::EmailInvalid)?;
    if !throttle::count(platform, ADDRESS, address).await? {
        return Err(UserRefusal::TooManyTries.into());
    }
    platform
        .db
        .write(|tx| async move { mails::want(platform, &tx, email, LinkPurpose::ResetPassword).await })
        .await?;
    Ok(())
}

/// Sets a new password by a mailed link. Whoever had got in is out: every session ends, every API token
/// of hers is revoked, and links mailed before are void.
pub async fn reset(
    platform: &Platform,
    token: &str,
    new_password: Secret<String>,
    address: &str,
) -> Result<()> {
    check_password(&new_password)?;
    let (hash, now) = (&sha256_hex(token), platform.clock.now());
    let linked = store::linked(platform.db.read(), hash, LinkPurpose::ResetPassword, now).await?;
    let email = &linked.ok_or(UserRefusal::LinkSpent)?.email;
    let both = &format!("{email} {address}");
    let new_hash = &password::hash(new_password, &*platform.random).await?.ok_or(UserRefusal::Busy)?;
    let done = platform
        .db
        .write(|tx| async move {
            let Some(id) = store::spend_link(&*tx, hash, LinkPurpose::ResetPassword, now).await? else {
                return Ok::<_, Failure>(false);
            };
            store::set_password(&*tx, &id, new_hash).await?;
            store::confirm(&*tx, &id, now).await?;
            let own = Condition::all().add(web_session::Column::PersonId.eq(id.clone()));
            store::end_sessions(&*tx, own).await?;
            store::revoke_tokens(&*tx, &id, now).await?;
            store::void_links(&*tx, &id, now).await?;
            throttle::forget(&tx, WRONG_PASSWORDS, both).await?;
            throttle::forget(&tx, WRONG_PASSWORDS_ANYWHERE, email).await?;
            let actor = &Actor::Anonymous;
            audit::record(platform, &tx, actor, "person.password_reset", id.as_str(), None, "").await?;
            Ok(true)
        })
        .await?;
    if done { Ok(()) } else { Err(UserRefusal::LinkSpent.into()) }
}

/// Adds a confirmed person, or leaves the one with this address as she is: the seed and the
/// operator's `souk staff add`.
pub async fn provision(
    platform: &Platform,
    system: &System,
    input: SignUp,
    role: Option<StaffRole>,
) -> Result<Person> {
    let name = checked_name(&input.name)?;
    let email = normal_email(&input.email).ok_or(UserRefusal::EmailInvalid)?;
    check_password(&input.password)?;
    if let Some(row) = store::by_email(platform.db.read(), &email).await? {
        return Ok(store::read(&row));
    }
    let hash = password::hash(input.password, &*platform.random).await?.ok_or(UserRefusal::Busy)?;
    let now = platform.clock.now();
    let row = &person::ActiveModel {
        id: Set(PersonId::generate(&*platform.clock, &*platform.random)),
        email: Set(email.clone()),
        name: Set(name.to_owned()),
        password_hash: Set(hash),
        staff_role: Set(role.map(|role| role.as_str().to_owned())),
        confirmed_at: Set(Some(now)),
        created_at: Set(now),
    };
    platform
        .db
        .write(|tx| async move {
            if store::insert(&*tx, row.clone()).await? {
                let id = row.id.as_ref().to_string();
                audit::record(platform, &tx, system, "person.provisioned", &id, None, "").await?;
            }
            Ok::<_, Failure>(())
        })
        .await?;
    let row = store::by_email(platform.db.read(), &email).await?;
    Ok(store::read(&row.ok_or_else(|| Failure::new("a person vanished while being added"))?))
}

/// The person behind an actor.
pub async fn person(platform: &Platform, id: &PersonId) -> Result<Person> {
    let row = store::by_id(platform.db.read(), id).await?;
    Ok(store::read(&row.ok_or(UserRefusal::SignInFirst)?))
}

/// What people are called, for staff.
pub async fn names(
    platform: &Platform,
    _staff: &Staff,
    ids: &[PersonId],
) -> std::result::Result<Vec<(PersonId, String)>, Failure> {
    let rows = store::by_ids(platform.db.read(), ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Makes a person a member of a seller, in the transaction that makes the seller.
pub async fn join(
    platform: &Platform,
    tx: &Tx,
    who: &impl Who,
    person: &PersonId,
    seller: &SellerId,
) -> std::result::Result<(), Failure> {
    let row = membership::ActiveModel {
        seller_id: Set(seller.clone()),
        person_id: Set(person.clone()),
        created_at: Set(platform.clock.now()),
    };
    membership::Entity::insert(row).exec_without_returning(&**tx).await?;
    audit::record(platform, tx, who, "seller.member_joined", person.as_str(), Some(seller), "").await
}

/// The people who belong to a seller; the system mails them.
pub async fn members(
    platform: &Platform,
    _system: &System,
    seller: &SellerId,
) -> std::result::Result<Vec<Person>, Failure> {
    store::members_of(platform.db.read(), seller).await
}

/// The people who work for the operator; the system mails them.
pub async fn staff(platform: &Platform, _system: &System) -> std::result::Result<Vec<Person>, Failure> {
    store::staff(platform.db.read()).await
}

/// Whether a person belongs to a seller right now.
pub async fn is_member(
    platform: &Platform,
    person: &PersonId,
    seller: &SellerId,
) -> std::result::Result<bool, Failure> {
    Ok(store::sellers_of(platform.db.read(), person).await?.contains(seller))
}

/// The actor that a person is right now, for the seed, which walks the product as people would.
pub async fn actor_of(
    platform: &Platform,
    _system: &System,
    person: &Person,
) -> std::result::Result<Actor, Failure> {
    let token = super::session::start(platform, &person.id).await?;
    let resolved = super::session::resolve(platform, token.expose()).await?;
    super::session::end(platform, &token).await?;
    resolved.map(|(actor, _)| actor).ok_or_else(|| Failure::new("a session vanished"))
}

fn checked_name(name: &str) -> std::result::Result<&str, UserRefusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(UserRefusal::NameMissing);
    }
    Ok(name)
}

fn check_password(password: &Secret<String>) -> std::result::Result<(), UserRefusal> {
    match password.expose().chars().count() {
        0..10 => Err(UserRefusal::PasswordTooShort),
        10..=200 => Ok(()),
        _ => Err(UserRefusal::PasswordTooLong),
    }
}

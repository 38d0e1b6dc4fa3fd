//! The same wish twice is granted once: keys chosen by the caller, unique per owner and mutation.
//!
//! A key is stored in the transaction of the object it makes, with a keyed hash of the input. The same
//! input finds the first object, another input is refused, and a refusal does not consume the key.

mod entity;
pub mod jobs;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::db::Tx;
use crate::kernel::Failure;
use crate::platform::Platform;

/// How long a key is remembered.
const KEPT: chrono::Duration = chrono::Duration::days(90);

/// What a key turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// New: go on and make the object.
    New,
    /// Used for the same input: the object it made.
    Same(String),
    /// Used for another input.
    Reused,
}

/// A key and what it is unique in: the owner (a seller) and the mutation.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    pub owner: &'a str,
    pub mutation: &'static str,
    pub key: &'a str,
}

/// Looks a key up before the rules are asked: what it made once stands, whatever has changed since.
pub async fn find(
    platform: &Platform,
    db: &impl ConnectionTrait,
    key: &Key<'_>,
    input: &str,
) -> Result<Claim, Failure> {
    let id = (key.owner.to_owned(), key.mutation.to_owned(), key.key.to_owned());
    let Some(known) = entity::Entity::find_by_id(id).one(db).await? else { return Ok(Claim::New) };
    let same = platform.keys.is_mark_of(&known.input_hash, key.mutation, input).await?;
    Ok(if same { Claim::Same(known.object_id) } else { Claim::Reused })
}

/// Claims a key for `object_id`. Two claims at once wait for each other in the database.
pub async fn claim(
    platform: &Platform,
    tx: &Tx,
    key: &Key<'_>,
    input: &str,
    object_id: &str,
) -> Result<Claim, Failure> {
    let row = entity::ActiveModel {
        owner: Set(key.owner.to_owned()),
        mutation: Set(key.mutation.to_owned()),
        key: Set(key.key.to_owned()),
        input_hash: Set(platform.keys.mark(key.mutation, input).await?),
        object_id: Set(object_id.to_owned()),
        created_at: Set(platform.clock.now()),
    };
    let added = entity::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([entity::Column::Owner, entity::Column::Mutation, entity::Column::Key])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&**tx)
        .await?;
    if added == 1 {
        return Ok(Claim::New);
    }
    match find(platform, &**tx, key, input).await? {
        Claim::New => Err(Failure::new("an idempotency key vanished")),
        known => Ok(known),
    }
}

/// Frees the key of an object that was refused: a refusal does not consume it.
pub async fn release(tx: &Tx, owner: &str, mutation: &str, object_id: &str) -> Result<(), Failure> {
    entity::Entity::delete_many()
        .filter(entity::Column::Owner.eq(owner))
        .filter(entity::Column::Mutation.eq(mutation))
        .filter(entity::Column::ObjectId.eq(object_id))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Forgets keys older than 90 days; answers how many.
pub async fn forget_old(platform: &Platform) -> Result<u64, Failure> {
    let before = platform.clock.now() - KEPT;
    let gone = platform
        .db
        .write(|tx| async move {
            let old = entity::Entity::delete_many().filter(entity::Column::CreatedAt.lt(before));
            Ok::<_, Failure>(old.exec(&*tx).await?)
        })
        .await?;
    Ok(gone.rows_affected)
}

/// Whether a text may be a key: 1 to 100 printable characters.
pub fn is_key(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod forgetting {
    use chrono::Duration;

    use super::*;
    use crate::databases::Engine;
    use crate::testing::TestPlatform;

    on_every_database!(a_key_is_kept_for_ninety_days);

    async fn a_key_is_kept_for_ninety_days(engine: Engine) {
        let test = TestPlatform::start(&engine).await;
        let (platform, key) =
            (&test.platform, &Key { owner: "seller_1", mutation: "createPayout", key: "k" });
        let claimed =
            platform.db.write(|tx| async move { claim(platform, &tx, key, "a", "payout_1").await }).await;
        assert_eq!(claimed.expect("writes"), Claim::New);
        for (days, known) in [(89, Claim::Same("payout_1".to_owned())), (2, Claim::New)] {
            test.advance(Duration::days(days)).await;
            forget_old(platform).await.expect("forgets");
            assert_eq!(find(platform, platform.db.read(), key, "a").await.expect("reads"), known);
        }
        test.work().await;
        test.finish().await;
    }
}

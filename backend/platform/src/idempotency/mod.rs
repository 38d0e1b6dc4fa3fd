//! The same wish twice is granted once: keys chosen by the caller, unique per owner and mutation.
//!
//! A key is stored in the transaction of the object it makes, with a keyed hash of the input. The same
//! input finds the first object, another input is refused, and a refusal does not consume the key.

mod entity;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::db::Tx;
use crate::kernel::Failure;
use crate::platform::Platform;

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

/// Claims `key` for `object_id`. Two claims at once wait for each other in the database.
pub async fn claim(
    platform: &Platform,
    tx: &Tx,
    owner: &str,
    mutation: &'static str,
    key: &str,
    input: &str,
    object_id: &str,
) -> Result<Claim, Failure> {
    let row = entity::ActiveModel {
        owner: Set(owner.to_owned()),
        mutation: Set(mutation.to_owned()),
        key: Set(key.to_owned()),
        input_hash: Set(platform.keys.mark(mutation, input)),
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
    let id = (owner.to_owned(), mutation.to_owned(), key.to_owned());
    let known = entity::Entity::find_by_id(id).one(&**tx).await?;
    let known = known.ok_or_else(|| Failure::new("an idempotency key vanished"))?;
    let same = platform.keys.is_mark_of(&known.input_hash, mutation, input);
    Ok(if same { Claim::Same(known.object_id) } else { Claim::Reused })
}

/// Whether a text may be a key: 1 to 100 printable characters.
pub fn is_key(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

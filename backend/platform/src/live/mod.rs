//! The live feed: "something about this object changed", written in the transaction of the change.
//!
//! It is a hint, not the truth: every replica reads the feed, tells its subscribers, and they read
//! the object again as themselves. Sequence numbers commit out of order, so the tail remembers
//! which ones it has missed and asks for them again for a while.

mod entity;
pub mod jobs;
mod tail;

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter,
};

use crate::db::Tx;
use crate::kernel::Failure;
use crate::kernel::id::SellerId;
use crate::platform::Platform;

pub use tail::{Live, run};

/// One hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What kind of thing changed, such as `payout`.
    pub topic: String,
    pub object_id: String,
    pub seller_id: Option<String>,
}

/// How long hints are kept; every replica has read them long before.
const KEPT: chrono::Duration = chrono::Duration::days(1);

/// Forgets old hints.
pub async fn forget_old(platform: &Platform) -> Result<(), Failure> {
    let before = platform.clock.now() - KEPT;
    platform
        .db
        .write(|tx| async move {
            entity::Entity::delete_many().filter(entity::Column::At.lt(before)).exec(&*tx).await?;
            Ok::<_, Failure>(())
        })
        .await
}

/// Writes a hint that reaches subscribers on every replica after the commit.
pub async fn publish(
    platform: &Platform,
    tx: &Tx,
    topic: &'static str,
    object_id: &str,
    seller: Option<&SellerId>,
) -> Result<(), Failure> {
    let row = entity::ActiveModel {
        seq: NotSet,
        topic: Set(topic.to_owned()),
        object_id: Set(object_id.to_owned()),
        seller_id: Set(seller.map(ToString::to_string)),
        at: Set(platform.clock.now()),
    };
    entity::Entity::insert(row).exec_without_returning(&**tx).await?;
    tx.note_news();
    Ok(())
}

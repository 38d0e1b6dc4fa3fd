//! Token columns: sealed, each bound to its chain and generation. The only file that reads or writes
//! them.

use chrono::Duration;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use airwallex::api::oauth::TokenPair;

use super::entity::{chain, generation};
use crate::db::Tx;
use crate::kernel::digest::sha256_hex;
use crate::kernel::id::ChainId;
use crate::kernel::{Failure, Instant, Sealed, Secret};
use crate::platform::Platform;

/// The stored generation of a chain, without its secrets.
#[derive(Debug, Clone)]
pub struct Stored {
    pub access_expires_at: Instant,
    pub refresh_expires_at: Instant,
    row: generation::Model,
}

/// A pair from the wire. Its lives are counted from before it was asked for, so that we never take it
/// for fresher than Airwallex does.
pub struct Fresh<'a> {
    pub pair: &'a TokenPair,
    pub asked_at: Instant,
}

fn place(chain: &ChainId, generation: i64, column: &str) -> String {
    format!("token_generation/{column}/{chain}/{generation}")
}

/// The generation that the chain points at.
pub async fn stored(db: &impl ConnectionTrait, chain: &chain::Model) -> Result<Stored, Failure> {
    let row = generation::Entity::find_by_id((chain.id.clone(), chain.generation)).one(db).await?;
    let row = row
        .ok_or_else(|| Failure::new(format!("chain {} has no generation {}", chain.id, chain.generation)))?;
    Ok(Stored { access_expires_at: row.access_expires_at, refresh_expires_at: row.refresh_expires_at, row })
}

impl Stored {
    /// Forgotten when the connection ended; only the hash is left.
    pub fn is_retired(&self) -> bool {
        self.row.retired_at.is_some()
    }

    pub fn access(&self, platform: &Platform) -> Result<airwallex::Token, Failure> {
        self.open(platform, "access", self.row.access_sealed.as_ref())
    }

    pub fn refresh(&self, platform: &Platform) -> Result<airwallex::Token, Failure> {
        self.open(platform, "refresh", self.row.refresh_sealed.as_ref())
    }

    fn open(
        &self,
        platform: &Platform,
        column: &str,
        sealed: Option<&String>,
    ) -> Result<airwallex::Token, Failure> {
        let sealed = sealed.ok_or_else(|| Failure::new("a retired token was asked for"))?;
        let place = place(&self.row.chain_id, self.row.generation, column);
        let plain = platform.keys.open(&place, &Sealed::from_stored(sealed.clone()))?;
        Ok(airwallex::Token::new(plain.expose().clone()))
    }
}

/// Inserts a generation and points the chain at it; earlier ones keep hashes only.
pub async fn commit(
    platform: &Platform,
    tx: &Tx,
    chain: &ChainId,
    generation: i64,
    attempt: Option<i64>,
    fresh: &Fresh<'_>,
    retired_by: &str,
) -> Result<(), Failure> {
    let now = platform.clock.now();
    let seal = |column: &str, token: &airwallex::Token| {
        let plain = Secret::new(token.expose().to_owned());
        platform
            .keys
            .seal(&place(chain, generation, column), &plain, &*platform.random)
            .map(|sealed| Some(sealed.into_stored()))
    };
    let life = |life: std::time::Duration| Duration::from_std(life).map_err(Failure::new);
    generation::Entity::update_many()
        .set(generation::ActiveModel {
            access_sealed: Set(None),
            refresh_sealed: Set(None),
            retired_at: Set(Some(now)),
            retired_by: Set(Some(retired_by.to_owned())),
            ..Default::default()
        })
        .filter(generation::Column::ChainId.eq(chain.clone()))
        .filter(generation::Column::RetiredAt.is_null())
        .exec(&**tx)
        .await?;
    let row = generation::ActiveModel {
        chain_id: Set(chain.clone()),
        generation: Set(generation),
        attempt: Set(attempt),
        access_sealed: Set(seal("access", &fresh.pair.access)?),
        refresh_sealed: Set(seal("refresh", &fresh.pair.refresh)?),
        refresh_hash: Set(sha256_hex(fresh.pair.refresh.expose())),
        access_expires_at: Set(fresh.asked_at + life(fresh.pair.access_life)?),
        refresh_expires_at: Set(fresh.asked_at + life(fresh.pair.refresh_life)?),
        committed_at: Set(now),
        retired_at: Set(None),
        retired_by: Set(None),
    };
    generation::Entity::insert(row).exec_without_returning(&**tx).await?;
    chain::Entity::update_many()
        .set(chain::ActiveModel { generation: Set(generation), ..Default::default() })
        .filter(chain::Column::Id.eq(chain.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Chains whose stored pair is older than `since`: nobody has used them for a while.
pub async fn idle(db: &impl ConnectionTrait, since: Instant) -> Result<Vec<(ChainId, i64)>, Failure> {
    let rows = generation::Entity::find()
        .filter(generation::Column::RetiredAt.is_null())
        .filter(generation::Column::CommittedAt.lt(since))
        .limit(500)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.chain_id, row.generation)).collect())
}

/// Chains whose stored pair was committed before `since`.
pub async fn committed_before(db: &impl ConnectionTrait, since: Instant) -> Result<Vec<ChainId>, Failure> {
    let rows = generation::Entity::find()
        .filter(generation::Column::RetiredAt.is_null())
        .filter(generation::Column::CommittedAt.lt(since))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.chain_id).collect())
}

/// Forgets every token of a chain: the connection is over.
pub async fn forget(platform: &Platform, tx: &Tx, chain: &ChainId, why: &str) -> Result<(), Failure> {
    generation::Entity::update_many()
        .set(generation::ActiveModel {
            access_sealed: Set(None),
            refresh_sealed: Set(None),
            retired_at: Set(Some(platform.clock.now())),
            retired_by: Set(Some(why.to_owned())),
            ..Default::default()
        })
        .filter(generation::Column::ChainId.eq(chain.clone()))
        .filter(generation::Column::RetiredAt.is_null())
        .exec(&**tx)
        .await?;
    Ok(())
}

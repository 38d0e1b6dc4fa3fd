//! Token columns: sealed, each bound to its chain and generation. The only module that reads or writes them.

mod kept;
mod looking;
mod resealing;

use chrono::Duration;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use airwallex::api::oauth::TokenPair;

use super::entity::{chain, generation};
use super::rules::renewal;
use crate::db::Tx;
use crate::kernel::digest::sha256_hex;
use crate::kernel::id::ChainId;
use crate::kernel::{Failure, Instant, Sealed, Secret};
use crate::platform::Platform;

pub use kept::{keep_pair, kept_pair};
#[cfg(test)]
pub use looking::retired_with_values;
pub use looking::{Pair, given_up, holding, idle, oldest, origin, pairs, pairs_of};
pub use resealing::reseal;

/// The stored generation of a chain, without its secrets.
#[derive(Debug, Clone)]
pub struct Stored {
    pub access_expires_at: Instant,
    pub refresh_expires_at: Instant,
    row: generation::Model,
}

/// Why a generation's tokens were forgotten. Only what a rotation replaced is burnt: to present it is reuse.
pub const ROTATION: &str = "rotation";
pub const CONSENT: &str = "consent";
pub const PAUSED: &str = "paused";

/// A pair from the wire. Its lives are counted from before it was asked for, so that we never take it
/// for fresher than Airwallex does.
pub struct Fresh<'a> {
    pub pair: &'a TokenPair,
    pub asked_at: Instant,
}

/// What the tokens of a generation are bound to.
fn place(chain: &ChainId, generation: i64) -> String {
    format!("token_generation/{chain}/{generation}")
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

    pub async fn access(&self, platform: &Platform) -> Result<airwallex::Token, Failure> {
        open(platform, &self.row, "access", self.row.access_sealed.as_ref()).await
    }
}

async fn open(
    platform: &Platform,
    row: &generation::Model,
    column: &str,
    sealed: Option<&String>,
) -> Result<airwallex::Token, Failure> {
    let sealed = sealed.ok_or_else(|| Failure::new("a retired token was asked for"))?;
    let place = place(&row.chain_id, row.generation);
    let plain = platform.keys.open(&place, column, &Sealed::from_stored(sealed.clone())).await?;
    Ok(airwallex::Token::new(plain.expose().clone()))
}

/// Whether a refresh token may leave.
pub enum Presentation {
    Allowed(airwallex::Token),
    /// Forgotten for another reason than rotation: not to be presented, but not burnt either.
    Gone,
    /// It was replaced before, or somebody else holds it as well: Airwallex would take it for reuse. Says why.
    Forbidden(String),
}

/// Reads the refresh token of a generation, for the one who presents it, and whether it may be presented at all.
pub async fn to_present(
    platform: &Platform,
    db: &impl ConnectionTrait,
    chain: &ChainId,
    number: i64,
) -> Result<Presentation, Failure> {
    let row = generation::Entity::find_by_id((chain.clone(), number)).one(db).await?;
    let row = row.ok_or_else(|| Failure::new(format!("chain {chain} has no generation {number}")))?;
    match row.retired_by.as_deref() {
        Some(ROTATION) => return Ok(Presentation::Forbidden(format!("generation {number} was rotated"))),
        Some(_) => return Ok(Presentation::Gone),
        None => {}
    }
    let newer = generation::Entity::find()
        .filter(generation::Column::ChainId.eq(chain.clone()))
        .filter(generation::Column::Generation.gt(number))
        .one(db)
        .await?;
    if let Some(newer) = newer {
        let why = format!("generation {} of the chain is newer than generation {number}", newer.generation);
        return Ok(Presentation::Forbidden(why));
    }
    let token = open(platform, &row, "refresh", row.refresh_sealed.as_ref()).await?;
    let hash = sha256_hex(token.expose());
    if hash != row.refresh_hash {
        let why = format!("what generation {number} holds is not what was committed");
        return Ok(Presentation::Forbidden(why));
    }
    let holders = generation::Entity::find().filter(generation::Column::RefreshHash.eq(hash)).all(db).await?;
    // Within a chain the numbers decide: were the token the same as before, Airwallex itself would have given it so.
    let elsewhere = holders.iter().find(|other| other.chain_id != *chain);
    Ok(match elsewhere {
        Some(other) => Presentation::Forbidden(format!(
            "the token of generation {number} is generation {} of chain {} as well",
            other.generation, other.chain_id
        )),
        None => Presentation::Allowed(token),
    })
}

/// Whether this very pair is or was a generation of ours.
pub async fn has_been_stored(tx: &Tx, pair: &TokenPair) -> Result<bool, Failure> {
    let hash = sha256_hex(pair.refresh.expose());
    let known =
        generation::Entity::find().filter(generation::Column::RefreshHash.eq(hash)).one(&**tx).await?;
    Ok(known.is_some())
}

/// The number of a consent's generation: after every one that there is, even if the chain was set back.
pub async fn next_generation(db: &impl ConnectionTrait, chain: &ChainId) -> Result<i64, Failure> {
    let newest = generation::Entity::find()
        .filter(generation::Column::ChainId.eq(chain.clone()))
        .order_by_desc(generation::Column::Generation)
        .one(db)
        .await?;
    Ok(newest.map_or(1, |newest| newest.generation + 1))
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
    let secret = |token: &airwallex::Token| Secret::new(token.expose().to_owned());
    let (access, refresh) = (secret(&fresh.pair.access), secret(&fresh.pair.refresh));
    let values = [("access", &access), ("refresh", &refresh)];
    let sealed = platform.keys.seal_row(&place(chain, generation), values, &*platform.random).await?;
    let [access, refresh] = sealed.map(|sealed| Some(sealed.into_stored()));
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
        access_sealed: Set(access),
        refresh_sealed: Set(refresh),
        refresh_hash: Set(sha256_hex(fresh.pair.refresh.expose())),
        access_expires_at: Set(fresh.asked_at + life(fresh.pair.access_life)?),
        refresh_expires_at: Set(fresh.asked_at + life(fresh.pair.refresh_life)?),
        committed_at: Set(now),
        renew_at: Set(Some(
            fresh.asked_at + renewal(life(fresh.pair.refresh_life)?, platform.random.share()),
        )),
        retired_at: Set(None),
        retired_by: Set(None),
    };
    generation::Entity::insert(row).exec_without_returning(&**tx).await?;
    let moved = chain::Entity::update_many()
        .set(chain::ActiveModel { generation: Set(generation), ..Default::default() })
        .filter(chain::Column::Id.eq(chain.clone()))
        .filter(chain::Column::Generation.lt(generation))
        .exec(&**tx)
        .await?;
    if moved.rows_affected == 0 {
        return Err(Failure::changed_meanwhile("a chain of tokens"));
    }
    Ok(())
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

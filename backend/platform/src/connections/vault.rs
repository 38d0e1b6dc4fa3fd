//! Token columns: sealed, each bound to its chain and generation. The only file that reads or writes
//! them.

use chrono::Duration;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use airwallex::api::oauth::TokenPair;

use super::entity::{attempt, chain, connection, generation, refresh_attempt};
use super::model::ConnectionStatus;
use super::rules::{self, renewal};
use crate::db::Tx;
use crate::kernel::digest::sha256_hex;
use crate::kernel::id::{AttemptId, ChainId};
use crate::kernel::{Failure, Instant, Sealed, Secret};
use crate::platform::Platform;

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
        open(platform, &self.row, "access", self.row.access_sealed.as_ref())
    }
}

fn open(
    platform: &Platform,
    row: &generation::Model,
    column: &str,
    sealed: Option<&String>,
) -> Result<airwallex::Token, Failure> {
    let sealed = sealed.ok_or_else(|| Failure::new("a retired token was asked for"))?;
    let place = place(&row.chain_id, row.generation, column);
    let plain = platform.keys.open(&place, &Sealed::from_stored(sealed.clone()))?;
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
pub async fn to_present(platform: &Platform, chain: &ChainId, number: i64) -> Result<Presentation, Failure> {
    let db = platform.db.read();
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
    let token = open(platform, &row, "refresh", row.refresh_sealed.as_ref())?;
    let hash = sha256_hex(token.expose());
    if hash != row.refresh_hash {
        let why = format!("what generation {number} holds is not what was committed");
        return Ok(Presentation::Forbidden(why));
    }
    let holders = generation::Entity::find().filter(generation::Column::RefreshHash.eq(hash)).all(db).await?;
    let elsewhere = holders.iter().find(|other| other.chain_id != *chain || other.generation != number);
    Ok(match elsewhere {
        Some(other) => Presentation::Forbidden(format!(
            "the token of generation {number} is generation {} of chain {} as well",
            other.generation, other.chain_id
        )),
        None => Presentation::Allowed(token),
    })
}

/// Where the stored generation of a chain came from.
pub struct Origin {
    pub committed_at: Instant,
    /// From a refresh, not from a consent.
    pub is_refreshed: bool,
    /// A send of its parent is still open, so that it may have been overtaken.
    pub is_doubtful: bool,
}

/// Where the stored generation came from, whether it is retired or not.
pub async fn origin(db: &impl ConnectionTrait, chain: &chain::Model) -> Result<Origin, Failure> {
    let row = stored(db, chain).await?.row;
    let open = refresh_attempt::Entity::find()
        .filter(refresh_attempt::Column::ChainId.eq(chain.id.clone()))
        .filter(refresh_attempt::Column::Generation.eq(chain.generation - 1))
        .filter(refresh_attempt::Column::Outcome.is_null())
        .one(db)
        .await?;
    let is_refreshed = row.attempt.is_some();
    Ok(Origin { committed_at: row.committed_at, is_refreshed, is_doubtful: is_refreshed && open.is_some() })
}

fn kept_place(attempt: &AttemptId) -> String {
    format!("oauth_attempt/pair/{attempt}")
}

/// Seals a pair into its attempt until its account is known.
pub async fn keep_pair(
    platform: &Platform,
    tx: &Tx,
    id: &AttemptId,
    fresh: &Fresh<'_>,
) -> Result<(), Failure> {
    let Fresh { pair, asked_at } = fresh;
    let plain = Secret::new(format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        pair.access.expose(),
        pair.refresh.expose(),
        pair.access_life.as_secs(),
        pair.refresh_life.as_secs(),
        asked_at.to_rfc3339(),
        pair.scopes.as_ref().map(|scopes| scopes.join(" ")).unwrap_or_default(),
    ));
    let sealed = platform.keys.seal(&kept_place(id), &plain, &*platform.random)?;
    attempt::Entity::update_many()
        .set(attempt::ActiveModel { pair_sealed: Set(Some(sealed.into_stored())), ..Default::default() })
        .filter(attempt::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// The pair that an attempt keeps, and when it was asked for.
pub fn kept_pair(platform: &Platform, row: &attempt::Model) -> Result<Option<(TokenPair, Instant)>, Failure> {
    let Some(sealed) = row.pair_sealed.clone() else { return Ok(None) };
    let plain = platform.keys.open(&kept_place(&row.id), &Sealed::from_stored(sealed))?;
    let broken = || Failure::new("a kept pair cannot be read");
    let lines: Vec<&str> = plain.expose().split('\n').collect();
    let [access, refresh, access_life, refresh_life, asked_at, scopes] = lines[..] else {
        return Err(broken());
    };
    let seconds = |text: &str| text.parse().map(std::time::Duration::from_secs).map_err(|_| broken());
    let asked_at = Instant::from(chrono::DateTime::parse_from_rfc3339(asked_at).map_err(|_| broken())?);
    let scopes: Vec<String> = scopes.split_whitespace().map(str::to_owned).collect();
    let pair = TokenPair {
        access: airwallex::Token::new(access.to_owned()),
        refresh: airwallex::Token::new(refresh.to_owned()),
        access_life: seconds(access_life)?,
        refresh_life: seconds(refresh_life)?,
        scopes: (!scopes.is_empty()).then_some(scopes),
        account_id: None,
    };
    Ok(Some((pair, asked_at)))
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
        renew_at: Set(Some(
            fresh.asked_at + renewal(life(fresh.pair.refresh_life)?, platform.random.share()),
        )),
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

/// Seals every live token of a chain anew under the first key; answers how many it changed. A pair that
/// was rotated meanwhile is under the first key already.
pub async fn reseal(platform: &Platform, tx: &Tx, row: &generation::Model) -> Result<u64, Failure> {
    let renew = |column: &str, sealed: &Option<String>| -> Result<Option<String>, Failure> {
        let place = place(&row.chain_id, row.generation, column);
        sealed.as_ref().map_or(Ok(None), |sealed| platform.keys.renew(&place, sealed, &*platform.random))
    };
    let (access, refresh) = (renew("access", &row.access_sealed)?, renew("refresh", &row.refresh_sealed)?);
    if access.is_none() && refresh.is_none() {
        return Ok(0);
    }
    let changed = generation::Entity::update_many()
        .set(generation::ActiveModel {
            access_sealed: Set(access.or_else(|| row.access_sealed.clone())),
            refresh_sealed: Set(refresh.or_else(|| row.refresh_sealed.clone())),
            ..Default::default()
        })
        .filter(generation::Column::ChainId.eq(row.chain_id.clone()))
        .filter(generation::Column::Generation.eq(row.generation))
        .filter(generation::Column::RetiredAt.is_null())
        .exec(&**tx)
        .await?;
    Ok(changed.rows_affected)
}

/// The stored pair of every chain, for re-sealing.
pub async fn live(db: &impl ConnectionTrait) -> Result<Vec<generation::Model>, Failure> {
    Ok(generation::Entity::find().filter(generation::Column::RetiredAt.is_null()).all(db).await?)
}

/// Seals what an attempt keeps anew under the first key; answers how many it changed.
pub async fn reseal_attempt(platform: &Platform, tx: &Tx, row: &attempt::Model) -> Result<u64, Failure> {
    let renew = |place: &str, sealed: &Option<String>| -> Result<Option<String>, Failure> {
        sealed.as_ref().map_or(Ok(None), |sealed| platform.keys.renew(place, sealed, &*platform.random))
    };
    let verifier = renew(&super::attempt::place(&row.id), &row.verifier_sealed)?;
    let pair = renew(&kept_place(&row.id), &row.pair_sealed)?;
    if verifier.is_none() && pair.is_none() {
        return Ok(0);
    }
    // Only what was read and is still there: a pair that is kept meanwhile must not be overwritten.
    let mut count = 0;
    for (column, old, new) in [
        (attempt::Column::VerifierSealed, &row.verifier_sealed, verifier),
        (attempt::Column::PairSealed, &row.pair_sealed, pair),
    ] {
        let (Some(old), Some(new)) = (old, new) else { continue };
        let changed = attempt::Entity::update_many()
            .col_expr(column, Expr::value(new))
            .filter(attempt::Column::Id.eq(row.id.clone()))
            .filter(column.eq(old))
            .exec(&**tx)
            .await?;
        count += changed.rows_affected;
    }
    Ok(count)
}

/// Attempts that keep a secret, for re-sealing.
pub async fn attempts_with_secrets(db: &impl ConnectionTrait) -> Result<Vec<attempt::Model>, Failure> {
    Ok(attempt::Entity::find().filter(attempt::Column::Status.ne("SETTLED")).all(db).await?)
}

/// Chains that nobody has used for so long that they are to be renewed, the longest due first.
pub async fn idle(db: &impl ConnectionTrait, now: Instant) -> Result<Vec<(ChainId, i64)>, Failure> {
    let connected = connection::Entity::find()
        .select_only()
        .column(connection::Column::Id)
        .filter(connection::Column::Status.eq(ConnectionStatus::Connected.as_str()));
    let chains = chain::Entity::find()
        .select_only()
        .column(chain::Column::Id)
        .filter(chain::Column::ConnectionId.in_subquery(connected.into_query()));
    // Rows of earlier versions do not say when.
    let unsaid =
        generation::Column::RenewAt.is_null().and(generation::Column::CommittedAt.lt(now - rules::UNSAID));
    let rows = generation::Entity::find()
        .filter(generation::Column::RetiredAt.is_null())
        .filter(Condition::any().add(generation::Column::RenewAt.lte(now)).add(unsaid))
        .filter(generation::Column::ChainId.in_subquery(chains.into_query()))
        .order_by_asc(generation::Column::RenewAt)
        .limit(rules::RENEWALS)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.chain_id, row.generation)).collect())
}

/// Chains whose stored pair the rules may have refreshed by `now`: its access token was near its end, or a
/// send of its parent was open, so that it was to be settled.
pub async fn may_have_been_refreshed(
    db: &impl ConnectionTrait,
    now: Instant,
    constants: &rotation::Constants,
) -> Result<Vec<ChainId>, Failure> {
    let recently = now - constants.grace - constants.settle[1] - rules::SETTLE_PATIENCE - constants.skew;
    let unsettled = refresh_attempt::Entity::find()
        .select_only()
        .column(refresh_attempt::Column::ChainId)
        .filter(refresh_attempt::Column::Outcome.is_null())
        .filter(refresh_attempt::Column::RecordedAt.gt(recently));
    let rows = generation::Entity::find()
        .filter(generation::Column::RetiredAt.is_null())
        .filter(
            Condition::any()
                .add(generation::Column::AccessExpiresAt.lt(now + rules::EARLY + constants.skew))
                .add(generation::Column::ChainId.in_subquery(unsettled.into_query())),
        )
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

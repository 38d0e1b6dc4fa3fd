//! A pair whose account nobody has told yet, sealed in its attempt.

use airwallex::api::oauth::TokenPair;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::Fresh;
use crate::connections::attempt::place;
use crate::connections::entity::attempt;
use crate::db::Tx;
use crate::kernel::id::AttemptId;
use crate::kernel::{Failure, Instant, Sealed, Secret};
use crate::platform::Platform;

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
    let sealed = platform.keys.seal(&place(id), "pair", &plain, &*platform.random).await?;
    attempt::Entity::update_many()
        .set(attempt::ActiveModel { pair_sealed: Set(Some(sealed.into_stored())), ..Default::default() })
        .filter(attempt::Column::Id.eq(id.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// The pair that an attempt keeps, and when it was asked for.
pub async fn kept_pair(
    platform: &Platform,
    row: &attempt::Model,
) -> Result<Option<(TokenPair, Instant)>, Failure> {
    let Some(sealed) = row.pair_sealed.clone() else { return Ok(None) };
    let plain = platform.keys.open(&place(&row.id), "pair", &Sealed::from_stored(sealed)).await?;
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

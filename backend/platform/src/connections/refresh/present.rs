//! The one place from which a refresh token leaves. Before it does, the vault is asked once more whether this very
//! token may be presented: no mistake elsewhere, and no restored or copied row, may turn into reuse at Airwallex.

use std::sync::Arc;

use airwallex::api::oauth::{TokenPair, Turn};
use airwallex::token_transport::{LastLook, TokenError, TokenErrorKind};

use super::super::model::SecurityEventKind;
use super::super::security::{self, Incident, Sender};
use super::super::vault::{self, Presentation};
use super::super::{ending, store};
use super::lease::lock_chain;
use super::permit::{Permit, Why};
use crate::kernel::id::ChainId;
use crate::kernel::{Failure, Instant, System, checkpoint};
use crate::platform::Platform;

/// Presents the permitted token, unless the rules forbid what was read just now. Then nothing leaves, and what looks
/// like reuse closes the connection.
pub(super) async fn present(
    platform: &Platform,
    system: &System,
    turn: Turn<'_>,
    (id, why): (&ChainId, Why),
    permit: &Permit,
) -> Result<TokenPair, TokenError> {
    let verdict = vault::to_present(platform, platform.db.read(), id, permit.generation).await;
    checkpoint("connections.refresh_guarded").await;
    match verdict {
        // However long this took: where the body leaves, the clock is looked at again.
        Ok(Presentation::Allowed(token)) => {
            platform.oauth.refresh(turn, &token, last_look(platform, permit.recorded_at)).await
        }
        Ok(Presentation::Gone) => Err(not_sent("the connection ended meanwhile")),
        Ok(Presentation::Forbidden(_)) => {
            if let Err(failure) = block(platform, system, (id, why), permit.generation).await {
                failure.report();
            }
            Err(not_sent("the rules forbid to present this token"))
        }
        Err(failure) => {
            failure.report();
            Err(not_sent("the vault could not be read"))
        }
    }
}

fn not_sent(why: &str) -> TokenError {
    TokenErrorKind::NotSent(why.to_owned()).into()
}

/// The clock is read again where the body is handed over: a process that was held up does not send.
fn last_look(platform: &Platform, recorded_at: Instant) -> LastLook {
    let clock = platform.clock.clone();
    let (latest, skew) = (platform.settings.rotation.last_look, platform.settings.rotation.skew);
    Arc::new(move || {
        let elapsed = clock.now() - recorded_at;
        elapsed <= latest && elapsed >= -skew
    })
}

/// Closes the connection, if what was seen still holds with the chain in hand.
async fn block(
    platform: &Platform,
    system: &System,
    (id, why): (&ChainId, Why),
    generation: i64,
) -> Result<(), Failure> {
    platform
        .db
        .write(|tx| async move {
            lock_chain(&tx, id).await?;
            let Some(chain) = store::chain(&*tx, id).await? else { return Ok(()) };
            let row = store::by_id(&*tx, &chain.connection_id).await?;
            let Some(row) = row.filter(ending::is_in_use) else { return Ok(()) };
            // A chain that went on meanwhile is not what was judged.
            if chain.generation != generation {
                return Ok(());
            }
            let verdict = vault::to_present(platform, &*tx, id, generation).await?;
            let Presentation::Forbidden(detail) = verdict else { return Ok(()) };
            let incident = Incident {
                kind: SecurityEventKind::ReuseBlocked,
                generation,
                sender: Sender::here(platform, system, why.place()),
                detail,
            };
            security::pause(platform, &tx, system, &chain, &row, incident).await
        })
        .await
}

//! Looking after payouts that nobody has heard of: events may be lost.

use chrono::Duration;

use airwallex::Access;
use airwallex::api::transfers::{self, Transfer};

use super::entity::payout;
use super::reports::{Source, apply, show_stuck};
use super::sending::is_refusal;
use super::{PayoutRefusal, store};
use crate::kernel::{Error, Failure, System};
use crate::platform::Platform;

type Result<T> = std::result::Result<T, Error<PayoutRefusal>>;

/// How long a payout may be silent before we ask.
const QUIET: Duration = Duration::minutes(30);
/// How long a payout may be on its way without our seeing it before a person is told.
const UNSEEN: Duration = Duration::days(3);
/// After so many questions in a row without an answer Airwallex is away, not the payout.
const SILENCES: usize = 3;

/// Asks about payouts that have been quiet for too long, those that were asked about longest ago first.
/// Stops when Airwallex does not answer at all, and in time for its lease: the next sweep goes on.
pub async fn look_up_quiet(platform: &Platform, system: &System) -> Result<()> {
    let started = tokio::time::Instant::now();
    let patience = (platform.settings.job_lease / 2).to_std().map_err(Failure::new)?;
    let rows = store::quiet(platform.db.read(), system, platform.clock.now() - QUIET).await?;
    let mut failures = 0;
    for row in &rows {
        if started.elapsed() > patience || failures == SILENCES {
            break;
        }
        let access = Access::OnBehalfOf(row.acting_account.clone());
        let found = match &row.upstream_id {
            Some(id) => transfers::get(&platform.upstream, &access, id).await.map(Some),
            None => transfers::find(&platform.upstream, &access, &row.request_id).await,
        };
        match found {
            Ok(found) => {
                failures = 0;
                take_in(platform, system, row, found.as_ref()).await?;
            }
            Err(error) => {
                tracing::warn!(payout.id = %row.id, %error, "a quiet payout could not be looked up");
                failures = if is_refusal(&error) { 0 } else { failures + 1 };
                // Its turn is over, so that it does not stand in the others' way.
                take_in(platform, system, row, None).await?;
                if platform.clock.now() - row.updated_at > UNSEEN {
                    let why = "on its way for days, and Airwallex does not show what became of it";
                    show_stuck(platform, &store::read(row.clone())?, why).await?;
                }
            }
        }
    }
    Ok(())
}

/// Applies what was found, or notes that nothing was. A payout that somebody else changes at this moment
/// is not quiet.
pub(super) async fn take_in(
    platform: &Platform,
    system: &System,
    row: &payout::Model,
    found: Option<&Transfer>,
) -> Result<()> {
    let source = &Source("looked up".to_owned());
    platform
        .db
        .write(|tx| async move {
            if let Some(transfer) = found {
                apply(platform, &tx, system, row, transfer, source).await?;
            }
            store::note_looked_up(platform, &tx, &row.id).await
        })
        .await?;
    Ok(())
}

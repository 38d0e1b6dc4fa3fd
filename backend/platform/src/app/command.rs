//! What the operator's commands call.

use crate::kernel::{Failure, Resealed, Secret, StaffRole, System};
use crate::platform::Platform;
use crate::users::service::{SignUp, provision};

/// Adds a staff account, confirmed, with the password given. One that exists stays as it is.
pub async fn add_staff(
    platform: &Platform,
    name: &str,
    email: &str,
    password: Secret<String>,
) -> Result<(), String> {
    let input = SignUp { name: name.to_owned(), email: email.to_owned(), password };
    let added = provision(platform, &System::new("souk staff add"), input, Some(StaffRole::Admin)).await;
    let person = added.map_err(|error| match error.into_problem() {
        Ok(problem) => problem.message,
        Err(failure) => describe(&failure),
    })?;
    match person.staff_role {
        Some(_) => Ok(()),
        None => Err(format!("{email} has an account that is not a staff account; use another address")),
    }
}

fn describe(failure: &Failure) -> String {
    format!("this failed inside: {failure}")
}

/// What a restore keeps back.
pub struct Held {
    /// Connections whose tokens may have been replaced in lost commits; their sellers are asked for consent anew.
    pub connections: usize,
    /// Payouts that may have been sent in lost commits. No payout leaves before these are known.
    pub payouts: usize,
}

/// Keeps back what commits lost since then may have made stale. Payouts come first: whatever happens to the rest,
/// nothing is paid twice.
pub async fn restored(platform: &Platform, since: crate::kernel::Instant) -> Result<Held, Failure> {
    let system = System::new("souk restored");
    let payouts = crate::payouts::service::hold_since(platform, &system, since).await?;
    let connections = crate::connections::service::restored(platform, &system).await?;
    Ok(Held { connections, payouts })
}

/// Replaces the standard fee plan; payouts made before keep the fee that was computed for them.
pub async fn set_standard_fee_plan(
    platform: &Platform,
    percentage: rust_decimal::Decimal,
    fixed: &[crate::kernel::Money],
) -> Result<(), Failure> {
    crate::fees::service::set_standard(platform, &System::new("souk fee-plan"), percentage, fixed).await
}

/// Moves every secret to the first key. The old key may go when this moves and leaves none twice, and idempotency keys
/// older than 90 days have expired.
pub async fn reseal(platform: &Platform) -> Result<Resealed, Failure> {
    let system = System::new("souk keys reseal");
    Ok(crate::connections::service::reseal(platform, &system)
        .await?
        .and(crate::beneficiaries::service::reseal(platform, &system).await?)
        .and(crate::onboarding::service::reseal(platform, &system).await?))
}

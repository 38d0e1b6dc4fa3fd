//! What the operator's commands call.

use crate::kernel::{Failure, Secret, StaffRole, System};
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

/// Holds every connection whose stored tokens may have been replaced by commits that are lost: those
/// that somebody may have refreshed since. They ask their sellers for a new consent.
pub async fn restored(platform: &Platform, since: crate::kernel::Instant) -> Result<usize, Failure> {
    crate::connections::service::restored(platform, &System::new("souk restored"), since).await
}

/// Replaces the standard fee plan; payouts made before keep the fee that was computed for them.
pub async fn set_standard_fee_plan(
    platform: &Platform,
    percentage: rust_decimal::Decimal,
    fixed: &[crate::kernel::Money],
) -> Result<(), Failure> {
    crate::fees::service::set_standard(platform, &System::new("souk fee-plan"), percentage, fixed).await
}

/// Seals every secret anew under the first key; answers how many values it changed. The old key may go
/// when this answers none twice, and idempotency keys older than 90 days have expired.
pub async fn reseal(platform: &Platform) -> Result<u64, Failure> {
    let system = System::new("souk keys reseal");
    Ok(crate::connections::service::reseal(platform, &system).await?
        + crate::beneficiaries::service::reseal(platform, &system).await?
        + crate::onboarding::service::reseal(platform, &system).await?)
}

//! Password hashing: argon2id with the crate's recommended cost, off the async threads, few at once.

use std::sync::LazyLock;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::kernel::{Failure, Random, Secret};

/// A hash takes 19 MiB; more at once would only queue on the processors.
static AT_ONCE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(4));

/// How long one waits for a turn before it is said that we are busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes into a PHC string; `None` when too many want the same at once.
pub async fn hash(password: Secret<String>, random: &dyn Random) -> Result<Option<String>, Failure> {
    let mut salt = [0u8; Salt::RECOMMENDED_LENGTH];
    random.fill(&mut salt);
    run(move || {
        let hash: Result<argon2::password_hash::phc::PasswordHash, _> =
            Argon2::default().hash_password_with_salt(password.expose().as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| Failure::new(error.to_string()))
    })
    .await
}

/// Whether the password makes this hash. Without a hash the same work is done, so that the time taken
/// does not tell whether there is an account. `None` when too many want the same at once.
pub async fn verify(password: Secret<String>, hash: Option<String>) -> Result<Option<bool>, Failure> {
    run(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let hash = PasswordHash::new(&hash).map_err(|error| Failure::new(error.to_string()))?;
        Ok(Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok() && known)
    })
    .await
}

/// A hash that no password makes, of the same cost.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<Option<T>, Failure> {
    let Ok(turn) = tokio::time::timeout(PATIENCE, AT_ONCE.acquire()).await else { return Ok(None) };
    let turn = turn.map_err(Failure::new)?;
    // The turn goes along: a caller that goes away does not make room for work that still runs.
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(Failure::new)?.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::SeededRandom;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let hash = hash(secret("a short sentence"), &SeededRandom::new(1))
            .await
            .expect("hashes")
            .expect("there is a turn");
        assert!(hash.starts_with("$argon2id$"));
        let fits = verify(secret("a short sentence"), Some(hash.clone())).await.expect("verifies");
        assert_eq!(fits, Some(true));
        assert_eq!(verify(secret("another"), Some(hash)).await.expect("verifies"), Some(false));
        assert_eq!(verify(secret("another"), None).await.expect("does the same work"), Some(false));
    }
}

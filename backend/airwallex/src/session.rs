//! One login for all callers of the process: a token of 30 minutes (D, part 01 §b.1), renewed before its end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{Error, Refusal, Token};

/// When a token is renewed, and until when it is good.
const RENEWED_AFTER: Duration = Duration::from_secs(25 * 60);
const GOOD_FOR: Duration = Duration::from_secs(29 * 60);
/// How long a renewal may take while the token is still good, and how long it is left alone once begun.
const RENEWAL: Duration = Duration::from_secs(10);
const REST: Duration = Duration::from_secs(15);
/// How long a refused login speaks for others.
const FRESH: Duration = Duration::from_secs(1);
/// A token of this age has not expired: what refuses it is a permission (D).
const NEW: Duration = Duration::from_secs(60);

/// The token in force, for whoever asks, and the one login that may be under way.
#[derive(Default)]
pub(crate) struct Session {
    held: std::sync::Mutex<Option<Held>>,
    /// Held while logging in; how the last login failed, if it did.
    login: Mutex<Option<Failed>>,
    /// Counts logins. Whoever began to wait before one ended shares its end.
    ended: AtomicU64,
}

#[derive(Clone)]
struct Held {
    token: Token,
    since: Instant,
    /// Not to be renewed before this: somebody began to.
    rests_until: Instant,
}

impl Held {
    /// Whether a refusal means that the token is over, and not that a permission is missing.
    fn is_over(&self, refusal: &Refusal) -> bool {
        let says_so = matches!(refusal.code.as_str(), "credentials_expired" | "credentials_invalid");
        refusal.status == 401
            && !refusal.is_account_not_authorized()
            && (says_so || self.since.elapsed() >= NEW)
    }
}

/// A login that failed.
struct Failed {
    number: u64,
    error: Error,
    at: Instant,
}

impl Failed {
    /// A key that was refused a moment ago is not tried again at once by everybody who comes.
    fn speaks(&self) -> bool {
        matches!(self.error, Error::Unauthorized(_)) && self.at.elapsed() < FRESH
    }
}

impl Session {
    /// The token in force, or one from a login. Nobody waits for a renewal but who does it: the others take the
    /// token as long as it is good.
    pub async fn token(&self, log_in: impl AsyncFnOnce() -> Result<Token, Error>) -> Result<Token, Error> {
        let Some(held) = self.good() else {
            let began = self.ended.load(Ordering::SeqCst);
            let mut login = self.login.lock().await;
            // Somebody's login succeeded meanwhile.
            return match self.good() {
                Some(held) => Ok(held.token),
                None => self.log_in(&mut login, began, log_in).await,
            };
        };
        let now = Instant::now();
        if now - held.since < RENEWED_AFTER || now < held.rests_until {
            return Ok(held.token);
        }
        let Ok(mut login) = self.login.try_lock() else { return Ok(held.token) };
        self.rest(now + REST);
        let began = self.ended.load(Ordering::SeqCst);
        match tokio::time::timeout(RENEWAL, self.log_in(&mut login, began, log_in)).await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(_)) | Err(_) => Ok(held.token),
        }
    }

    /// Another token than the one that was refused. None if the refusal is about a permission: a token that is
    /// brand-new has not expired, unless the refusal says so.
    pub async fn renewed(
        &self,
        refused: &Token,
        refusal: &Refusal,
        log_in: impl AsyncFnOnce() -> Result<Token, Error>,
    ) -> Result<Option<Token>, Error> {
        let other = |held: &Held| held.token.expose() != refused.expose();
        match self.good() {
            Some(held) if other(&held) => return Ok(Some(held.token)),
            Some(held) if !held.is_over(refusal) => return Ok(None),
            _ => {}
        }
        let began = self.ended.load(Ordering::SeqCst);
        let mut login = self.login.lock().await;
        match self.good().filter(other) {
            Some(held) => Ok(Some(held.token)),
            None => self.log_in(&mut login, began, log_in).await.map(Some),
        }
    }

    /// Drops a token that was refused because it is over, so that the next caller logs in.
    pub fn forget(&self, refused: &Token, refusal: &Refusal) {
        let mut held = self.lock();
        let is_held = |held: &&Held| held.token.expose() == refused.expose();
        if held.as_ref().filter(is_held).is_some_and(|held| held.is_over(refusal)) {
            *held = None;
        }
    }

    fn good(&self) -> Option<Held> {
        self.lock().clone().filter(|held| held.since.elapsed() < GOOD_FOR)
    }

    fn rest(&self, until: Instant) {
        if let Some(held) = self.lock().as_mut() {
            held.rests_until = until;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn log_in(
        &self,
        failed: &mut Option<Failed>,
        began: u64,
        log_in: impl AsyncFnOnce() -> Result<Token, Error>,
    ) -> Result<Token, Error> {
        // Somebody's login failed while this caller waited: its end is this one's as well.
        if let Some(failed) = failed
            && (failed.number > began || failed.speaks())
        {
            return Err(failed.error.clone());
        }
        let result = log_in().await;
        let number = self.ended.fetch_add(1, Ordering::SeqCst) + 1;
        let failure = |error: &Error| Failed { number, error: error.clone(), at: Instant::now() };
        *failed = result.as_ref().err().map(failure);
        if let Ok(token) = &result {
            let now = Instant::now();
            *self.lock() = Some(Held { token: token.clone(), since: now, rests_until: now });
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;

    use super::*;

    fn token(text: &str) -> Token {
        Token::new(text.to_owned())
    }

    fn away() -> Error {
        Error::NotSent("no connection".to_owned())
    }

    async fn minutes(minutes: u64) {
        tokio::time::advance(Duration::from_secs(minutes * 60)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_callers_share_a_login_that_fails_and_later_ones_try_anew() {
        let (session, logins) = (Session::default(), Cell::new(0));
        let failing = async || {
            logins.set(logins.get() + 1);
            tokio::time::sleep(Duration::from_secs(1)).await;
            Err(away())
        };
        let answers = join_all((0..20).map(|_| session.token(failing))).await;
        assert!(answers.iter().all(Result::is_err));
        assert_eq!(logins.get(), 1);
        assert!(session.token(failing).await.is_err());
        assert_eq!(logins.get(), 2);
        let refused = async || Err(Error::Unauthorized(Box::default()));
        assert!(session.token(refused).await.is_err());
        let good = async || Ok(token("a"));
        assert!(session.token(good).await.is_err(), "refused a moment ago");
        tokio::time::advance(FRESH).await;
        assert!(session.token(good).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_good_token_outlives_a_renewal_that_fails() {
        let (session, logins) = (Session::default(), Cell::new(0));
        session.token(async || Ok(token("a"))).await.expect("a login");
        let failing = async || {
            logins.set(logins.get() + 1);
            Err(away())
        };
        minutes(24).await;
        assert_eq!(session.token(failing).await.expect("in force").expose(), "a");
        assert_eq!(logins.get(), 0, "not due yet");
        minutes(2).await;
        for _ in 0..10 {
            assert_eq!(session.token(failing).await.expect("still good").expose(), "a");
        }
        assert_eq!(logins.get(), 1, "left alone for a while");
        minutes(1).await;
        let refused = async || Err(Error::Unauthorized(Box::default()));
        assert_eq!(session.token(refused).await.expect("still good").expose(), "a");
        minutes(1).await;
        assert!(session.token(async || Ok(token("b"))).await.is_ok_and(|token| token.expose() == "b"));
        minutes(30).await;
        assert!(session.token(failing).await.is_err(), "nothing good is left");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_renewal_that_hangs() {
        let (session, logins) = (Session::default(), Cell::new(0));
        session.token(async || Ok(token("a"))).await.expect("a login");
        minutes(26).await;
        let hanging = async || {
            logins.set(logins.get() + 1);
            std::future::pending().await
        };
        let started = Instant::now();
        let all = join_all((0..20).map(|_| async {
            let token = session.token(hanging).await.expect("still good");
            (token.expose().to_owned(), started.elapsed())
        }));
        let waited = all.await.into_iter().filter(|(_, waited)| *waited > Duration::ZERO).count();
        assert_eq!((waited, logins.get()), (1, 1), "only whoever renews");
        // A caller who goes away in the middle leaves it alone for a while as well.
        minutes(1).await;
        let gone = tokio::time::timeout(Duration::from_secs(1), session.token(hanging)).await;
        assert!(gone.is_err());
        session.token(hanging).await.expect("still good, at once");
        assert_eq!(logins.get(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_of_a_new_token_is_a_permission_unless_it_says_otherwise() {
        let session = Session::default();
        let first = session.token(async || Ok(token("a"))).await.expect("a login");
        let refusal = |code: &str| Refusal { code: code.to_owned(), status: 401, ..Refusal::default() };
        session.forget(&first, &refusal("unauthorized"));
        assert!(session.good().is_some(), "everybody else's calls are allowed");
        let again = async || Ok(token("b"));
        let renewed = session.renewed(&first, &refusal("unauthorized"), again).await.expect("no login");
        assert!(renewed.is_none());
        let renewed = session.renewed(&first, &refusal("credentials_expired"), again).await.expect("a login");
        assert!(renewed.is_some_and(|token| token.expose() == "b"));
        // Whoever was refused with the token before takes the new one.
        let renewed = session.renewed(&first, &refusal(""), async || Err(away())).await.expect("no login");
        assert!(renewed.is_some_and(|token| token.expose() == "b"));
        minutes(2).await;
        let renewed = session.renewed(&token("b"), &refusal("unauthorized"), async || Ok(token("c"))).await;
        assert!(renewed.expect("a login").is_some_and(|token| token.expose() == "c"));
        session.forget(&token("b"), &refusal("credentials_expired"));
        assert!(session.good().is_some(), "not this one");
        session.forget(&token("c"), &refusal("credentials_expired"));
        assert!(session.good().is_none());
    }
}

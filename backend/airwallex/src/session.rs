//! One login for all callers of the process: a token of 30 minutes (D, part 01 §b.1), renewed before its end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{Error, Refusal, Token};

/// When a token is renewed, and until when it is good.
const RENEWED_AFTER: Duration = Duration::from_secs(25 * 60);
const GOOD_FOR: Duration = Duration::from_secs(29 * 60);
/// How long a renewal that failed is left alone, while the token is still good.
const REST: Duration = Duration::from_secs(15);
/// A token of this age has not expired: what refuses it is a permission (D).
const NEW: Duration = Duration::from_secs(60);

/// The token in force and how the last login ended.
#[derive(Default)]
pub(crate) struct Session {
    /// Held while logging in.
    state: Mutex<State>,
    /// Counts logins. Whoever began to wait before one ended shares its end.
    ended: AtomicU64,
}

#[derive(Default)]
struct State {
    token: Option<Held>,
    failed: Option<(u64, Error)>,
}

struct Held {
    token: Token,
    since: Instant,
    /// Not to be renewed before this, after a renewal that failed.
    rests_until: Option<Instant>,
}

impl Session {
    /// The token in force, or one from a login.
    pub async fn token(&self, log_in: impl AsyncFnOnce() -> Result<Token, Error>) -> Result<Token, Error> {
        let began = self.ended.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        let now = Instant::now();
        let held = state.token.as_ref().filter(|held| now - held.since < GOOD_FOR);
        let Some(held) = held else { return self.log_in(&mut state, began, log_in).await };
        let is_due = now - held.since >= RENEWED_AFTER && held.rests_until.is_none_or(|until| now >= until);
        let token = held.token.clone();
        if !is_due {
            return Ok(token);
        }
        match self.log_in(&mut state, began, log_in).await {
            // A refusal is news: the key is gone, and so will the token be.
            Err(error) if !matches!(error, Error::Unauthorized(_)) => {
                if let Some(held) = &mut state.token {
                    held.rests_until = Some(now + REST);
                }
                Ok(token)
            }
            result => result,
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
        let began = self.ended.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        if let Some(held) = &state.token {
            if held.token.expose() != refused.expose() {
                return Ok(Some(held.token.clone()));
            }
            let says_so = matches!(refusal.code.as_str(), "credentials_expired" | "credentials_invalid");
            if held.since.elapsed() < NEW && !says_so {
                return Ok(None);
            }
        }
        self.log_in(&mut state, began, log_in).await.map(Some)
    }

    /// Drops a token that was refused, so that the next caller logs in.
    pub async fn forget(&self, refused: &Token) {
        let mut state = self.state.lock().await;
        if state.token.as_ref().is_some_and(|held| held.token.expose() == refused.expose()) {
            state.token = None;
        }
    }

    async fn log_in(
        &self,
        state: &mut State,
        began: u64,
        log_in: impl AsyncFnOnce() -> Result<Token, Error>,
    ) -> Result<Token, Error> {
        // Somebody's login failed while this caller waited: its end is this one's as well.
        if let Some((number, error)) = &state.failed
            && *number > began
        {
            return Err(error.clone());
        }
        let result = log_in().await;
        let number = self.ended.fetch_add(1, Ordering::SeqCst) + 1;
        match &result {
            Ok(token) => {
                state.failed = None;
                state.token = Some(Held { token: token.clone(), since: Instant::now(), rests_until: None });
            }
            Err(error) => state.failed = Some((number, error.clone())),
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
        assert!(session.token(async || Ok(token("a"))).await.is_ok());
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
        assert!(session.token(async || Ok(token("b"))).await.is_ok_and(|token| token.expose() == "b"));
        minutes(30).await;
        assert!(session.token(failing).await.is_err(), "nothing good is left");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_of_a_new_token_is_a_permission_unless_it_says_otherwise() {
        let session = Session::default();
        let first = session.token(async || Ok(token("a"))).await.expect("a login");
        let refusal = |code: &str| Refusal { code: code.to_owned(), status: 401, ..Refusal::default() };
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
    }
}

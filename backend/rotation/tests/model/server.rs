//! Airwallex's token endpoint as the documents describe it, in both ways that a replay inside the grace may be
//! answered.

use std::collections::BTreeMap;

/// What a replay inside the grace is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Replay {
    /// A new current pair; the one in between is superseded with a grace of its own.
    Fresh,
    /// The successor that was given before.
    Same,
}

/// A refresh token, by the order in which they were given out.
pub type Token = u8;

/// All times are seconds from now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server {
    pub current: Token,
    /// What took each token's place, and until when it is still good.
    superseded: BTreeMap<Token, (Token, i64)>,
    pub is_revoked: bool,
    /// Ended by the customer, or with the role of whoever consented.
    pub is_over: bool,
}

impl Server {
    pub fn new() -> Self {
        Self { current: 0, superseded: BTreeMap::new(), is_revoked: false, is_over: false }
    }

    /// Executes a refresh; none is `invalid_grant`. A token whose grace is over ends everything.
    pub fn refresh(&mut self, token: Token, grace: i64, replay: Replay) -> Option<Token> {
        if self.is_revoked || self.is_over {
            return None;
        }
        match self.superseded.get(&token) {
            None if token == self.current => Some(self.rotate(grace)),
            Some((successor, until)) if *until > 0 => match replay {
                Replay::Fresh => Some(self.rotate(grace)),
                Replay::Same => Some(*successor),
            },
            _ => {
                self.is_revoked = true;
                None
            }
        }
    }

    fn rotate(&mut self, grace: i64) -> Token {
        let next = self.current + 1;
        self.superseded.insert(self.current, (next, grace));
        self.current = next;
        next
    }

    /// Whether a refresh with this token would be answered with a pair.
    pub fn accepts(&self, token: Token) -> bool {
        let is_in_grace = self.superseded.get(&token).is_some_and(|(_, until)| *until > 0);
        !self.is_revoked && !self.is_over && (token == self.current || is_in_grace)
    }

    /// When tokens cease to be good.
    pub fn ends_of_grace(&self) -> impl Iterator<Item = i64> {
        self.superseded.values().map(|(_, until)| *until)
    }

    /// Lets time pass and forgets what nobody can present any more.
    pub fn pass(&mut self, seconds: i64) {
        self.superseded.values_mut().for_each(|(_, until)| *until -= seconds);
    }

    /// Forgets tokens that are over, and those that nobody can present any more.
    pub fn forget(&mut self, is_presentable: impl Fn(Token) -> bool) {
        self.superseded.retain(|token, (_, until)| *until > 0 && is_presentable(*token));
    }
}

//! Each end of an attempt in words, for pages and programs alike.

use super::model::Outcome;

impl Outcome {
    /// What happened, in one sentence without its full stop.
    pub fn title(self) -> &'static str {
        match self {
            Self::Connected => "Your Airwallex account is connected",
            Self::Declined => "You did not give permission, so nothing was connected",
            Self::Expired => "This took longer than an hour, so nothing was connected",
            Self::ExchangeRefused => "Airwallex did not accept the permission, so nothing was connected",
            Self::NotReached => "We could not reach Airwallex, so nothing was connected",
            Self::ExchangeLost => "We have not heard from Airwallex, so nothing was connected",
            Self::AccountTaken => "This Airwallex account already belongs to another seller here",
            Self::OtherAccount => "This is not the Airwallex account you connected before",
            Self::AccountUnknown => "Airwallex did not tell us which account it is, so nothing was connected",
            Self::NotAMember => "You no longer belong to this seller, so nothing was connected",
            Self::Misconfigured => "Airwallex did not accept our request, so nothing was connected",
        }
    }

    /// What comes next, or what to do.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Connected => {
                "If Airwallex still wants to check who you are, that comes next. Otherwise you can be paid now."
            }
            Self::Declined => "If you changed your mind, start again; it takes a minute.",
            Self::Expired => "Links to Airwallex live for an hour. Start again; it takes a minute.",
            Self::ExchangeRefused => {
                "It may have been older than five minutes. Start again; it takes a minute."
            }
            Self::NotReached => "The permission you gave was not used. Start again in a few minutes.",
            Self::ExchangeLost => {
                "The permission you gave was not used. Start again; if it happens twice, wait ten minutes."
            }
            Self::AccountTaken => {
                "Nothing was connected. Choose another account at Airwallex, or sign in as the other seller."
            }
            Self::OtherAccount => {
                "Nothing was changed. Start again and choose the account that you used the first time."
            }
            Self::AccountUnknown => "Start again in a few minutes.",
            Self::NotAMember => "Ask somebody who does to connect the account.",
            Self::Misconfigured => {
                "This is our mistake, sorry. We have been told and look into it; please try again tomorrow."
            }
        }
    }

    /// As a problem's code; nothing for the one good end.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Connected => None,
            Self::Declined => Some("CONNECTION_DECLINED"),
            Self::Expired => Some("CONNECTION_ATTEMPT_EXPIRED"),
            Self::ExchangeRefused => Some("CONNECTION_EXCHANGE_REFUSED"),
            Self::NotReached => Some("CONNECTION_NOT_REACHED"),
            Self::ExchangeLost => Some("CONNECTION_EXCHANGE_LOST"),
            Self::AccountTaken => Some("CONNECTION_ACCOUNT_TAKEN"),
            Self::OtherAccount => Some("CONNECTION_OTHER_ACCOUNT"),
            Self::AccountUnknown => Some("CONNECTION_ACCOUNT_UNKNOWN"),
            Self::NotAMember => Some("CONNECTION_NOT_A_MEMBER"),
            Self::Misconfigured => Some("CONNECTION_MISCONFIGURED"),
        }
    }
}

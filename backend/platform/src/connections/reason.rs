//! Why a connection stands where it stands, in the seller's words.

use super::model::Reason;

impl Reason {
    /// What happened, in a sentence that stands alone; the marketplace is called "we". Nothing where all is well.
    pub fn what_happened(self) -> &'static str {
        match self {
            Self::NotYet | Self::Consent | Self::Refreshed => "",
            Self::Refused => "Airwallex does not take the permission any more that you gave us.",
            Self::UserDowngraded => {
                "Airwallex does not take the permission any more: whoever gave it no longer has the role for it there. An owner, an admin or a finance admin of your Airwallex account can give it."
            }
            Self::Replaced => {
                "A newer permission took the place of the one we had, and Airwallex’s answer never reached us."
            }
            Self::OutcomeUnknown => {
                "Airwallex did not answer while we renewed your permission, so we cannot use it any more."
            }
            Self::Expired => "The permission that you gave us was not used for so long that it has ended.",
            Self::ByCustomer => "You disconnected your account at Airwallex.",
            Self::Restored => {
                "After a repair on our side we cannot be sure of your permission any more, so we do not use it. Sorry for that."
            }
            Self::RefusedOnRepeat | Self::ReuseBlocked | Self::RevokedAfterRefresh => {
                "We saw something about your permission that should not happen, so we closed the link to be safe. Nobody needs to have done anything wrong."
            }
        }
    }

    /// To staff: the precise matter, in one sentence.
    pub fn to_staff(self) -> &'static str {
        match self {
            Self::NotYet => "No consent yet.",
            Self::Consent => "Consent was given and its tokens are stored.",
            Self::Refreshed => "Given up for not knowing, then a late pair arrived.",
            Self::Refused => "The refresh token was refused (invalid_grant) at its first presentation.",
            Self::UserDowngraded => {
                "Refused (invalid_grant) although the connection stands at Airwallex: most likely the consenting user was removed or downgraded."
            }
            Self::Replaced => {
                "Refused (invalid_grant) after a code exchange whose answer was lost: that consent replaced these tokens."
            }
            Self::OutcomeUnknown => {
                "Every permitted send of the refresh token stayed unanswered; the attempts below show which."
            }
            Self::Expired => "The refresh token's life ended unused.",
            Self::ByCustomer => "The customer disconnected the application at Airwallex.",
            Self::Restored => "Held by `souk restored`: a commit of its tokens may have been lost.",
            Self::RefusedOnRepeat => {
                "Refused (invalid_grant) on a repeat inside the grace, which contradicts Airwallex's documents."
            }
            Self::ReuseBlocked => "A presentation that the rules forbid was blocked before it left.",
            Self::RevokedAfterRefresh => {
                "Airwallex ended what a refresh had given us, and no customer is known to have wished it."
            }
        }
    }
}

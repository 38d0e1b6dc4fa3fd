//! Every refusal of this feature.

use crate::kernel::{Kind, Refusal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionRefusal {
    SignInFirst,
    SellerNotFound,
    NotAllowed,
    AttemptNotFound,
    AttemptOfAnotherBrowser,
    AttemptExpired,
    AttemptUsed,
    AlreadyConnected,
    NotConnected,
    RefreshUnderWay,
    PermissionMissing,
}

impl ConnectionRefusal {
    pub const ALL: [Self; 11] = [
        Self::SignInFirst,
        Self::SellerNotFound,
        Self::NotAllowed,
        Self::AttemptNotFound,
        Self::AttemptOfAnotherBrowser,
        Self::AttemptExpired,
        Self::AttemptUsed,
        Self::AlreadyConnected,
        Self::NotConnected,
        Self::RefreshUnderWay,
        Self::PermissionMissing,
    ];
}

impl Refusal for ConnectionRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SignInFirst => Kind::Unauthenticated,
            Self::SellerNotFound | Self::AttemptNotFound => Kind::NotFound,
            Self::NotAllowed | Self::AttemptOfAnotherBrowser | Self::PermissionMissing => Kind::Forbidden,
            Self::RefreshUnderWay => Kind::Unavailable,
            Self::AttemptExpired | Self::AttemptUsed | Self::AlreadyConnected | Self::NotConnected => {
                Kind::Conflict
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SignInFirst => "SIGN_IN_FIRST",
            Self::SellerNotFound => "SELLER_NOT_FOUND",
            Self::NotAllowed => "CONNECTION_MEMBERS_ONLY",
            Self::AttemptNotFound => "CONNECTION_ATTEMPT_NOT_FOUND",
            Self::AttemptOfAnotherBrowser => "CONNECTION_ATTEMPT_FOREIGN",
            Self::AttemptExpired => "CONNECTION_ATTEMPT_EXPIRED",
            Self::AttemptUsed => "CONNECTION_ATTEMPT_USED",
            Self::AlreadyConnected => "CONNECTION_ALREADY_CONNECTED",
            Self::NotConnected => "CONNECTION_NOT_CONNECTED",
            Self::RefreshUnderWay => "CONNECTION_BUSY",
            Self::PermissionMissing => "CONNECTION_PERMISSION_MISSING",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::SignInFirst => "Sign in first.",
            Self::SellerNotFound => "There is no such seller.",
            Self::NotAllowed => "Only the seller's own people can give this permission.",
            Self::AttemptNotFound => "We do not know this link. Nothing was connected. Start again from your account page.",
            Self::AttemptOfAnotherBrowser => {
                "This link was opened for another person or in another browser. Nothing was connected. Start again here."
            }
            Self::AttemptExpired => "This link is older than an hour. Nothing was connected. Start again; it takes a minute.",
            Self::AttemptUsed => {
                "This link has been opened before, and works once. If your account is not connected yet, start again from your account page."
            }
            Self::AlreadyConnected => "Your Airwallex account is connected already. There is nothing for you to do.",
            Self::NotConnected => "The Airwallex account is not connected. Connect it, then do this again.",
            Self::RefreshUnderWay => "The connection is being renewed. Try again in a minute.",
            Self::PermissionMissing => "The permission that you gave at Airwallex does not cover this. Give it there, then do this again.",
        }
        .to_owned()
    }

    fn field(&self) -> Vec<String> {
        match self {
            Self::SellerNotFound => vec!["sellerId".to_owned()],
            _ => vec![],
        }
    }
}

//! Every refusal of this feature.

use crate::kernel::{Kind, Refusal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRefusal {
    SignInFirst,
    NotAllowed,
    NameMissing,
    EmailInvalid,
    PasswordTooShort,
    PasswordTooLong,
    SignInRefused,
    EmailNotConfirmed,
    LinkSpent,
    PasswordWrong,
    TokenNameMissing,
    TokenNotFound,
    SellerNotFound,
    TooManyTries,
    Busy,
}

impl UserRefusal {
    pub const CODES: [&str; 15] = [
        "SIGN_IN_FIRST",
        "NOT_ALLOWED",
        "USER_NAME_MISSING",
        "USER_EMAIL_INVALID",
        "USER_PASSWORD_TOO_SHORT",
        "USER_PASSWORD_TOO_LONG",
        "USER_SIGN_IN_REFUSED",
        "USER_EMAIL_NOT_CONFIRMED",
        "USER_LINK_SPENT",
        "USER_PASSWORD_WRONG",
        "TOKEN_NAME_MISSING",
        "TOKEN_NOT_FOUND",
        "SELLER_NOT_FOUND",
        "USER_TOO_MANY_TRIES",
        "USER_BUSY",
    ];

    pub const ALL: [Self; 15] = [
        Self::SignInFirst,
        Self::NotAllowed,
        Self::NameMissing,
        Self::EmailInvalid,
        Self::PasswordTooShort,
        Self::PasswordTooLong,
        Self::SignInRefused,
        Self::EmailNotConfirmed,
        Self::LinkSpent,
        Self::PasswordWrong,
        Self::TokenNameMissing,
        Self::TokenNotFound,
        Self::SellerNotFound,
        Self::TooManyTries,
        Self::Busy,
    ];
}

impl Refusal for UserRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SignInFirst => Kind::Unauthenticated,
            Self::NotAllowed => Kind::Forbidden,
            Self::TokenNotFound | Self::SellerNotFound => Kind::NotFound,
            Self::TooManyTries => Kind::Limited,
            Self::Busy => Kind::Unavailable,
            Self::SignInRefused | Self::EmailNotConfirmed | Self::LinkSpent => Kind::Conflict,
            _ => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        Self::ALL.iter().position(|one| one == self).map_or("INTERNAL", |index| Self::CODES[index])
    }

    fn message(&self) -> String {
        match self {
            Self::SignInFirst => "Sign in first.",
            Self::NotAllowed => "Only the operator's staff may do this.",
            Self::NameMissing => "Enter your name.",
            Self::EmailInvalid => "Enter an email address, such as name@studio.example.",
            Self::PasswordTooShort => {
                "The password needs at least ten characters. A short sentence is a good one."
            }
            Self::PasswordTooLong => "The password may have at most 200 characters.",
            Self::SignInRefused => "The email address or the password is not right.",
            Self::EmailNotConfirmed => {
                "Your email address is not confirmed yet. We have sent you a new mail; follow the link in it."
            }
            Self::LinkSpent => "This link has been used or is too old. If it was for your address, sign in: you are confirmed, or we mail you a new one.",
            Self::PasswordWrong => {
                "This is not the password you signed up with last. Try again, or sign up once more."
            }
            Self::TokenNameMissing => "Name the token, so that you recognise it later.",
            Self::TokenNotFound => "There is no such token.",
            Self::SellerNotFound => "There is no such seller.",
            Self::TooManyTries => {
                "There have been too many tries. Wait a quarter of an hour, then try again, or ask for a new password."
            }
            Self::Busy => "Too many people are signing in at this moment. Try again in a minute.",
        }
        .to_owned()
    }

    fn field(&self) -> Vec<String> {
        let field = match self {
            Self::NameMissing | Self::TokenNameMissing => "name",
            Self::EmailInvalid => "email",
            Self::PasswordTooShort | Self::PasswordTooLong | Self::PasswordWrong => "password",
            Self::TokenNotFound => "id",
            Self::SellerNotFound => "sellerId",
            _ => return vec![],
        };
        vec![field.to_owned()]
    }
}

//! Every refusal of this feature.

use crate::kernel::{Kind, Refusal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SellerRefusal {
    SignInFirst,
    NotFound,
    NameMissing,
    CountryInvalid,
    NotAllowed,
}

impl SellerRefusal {
    pub const ALL: [Self; 5] =
        [Self::SignInFirst, Self::NotFound, Self::NameMissing, Self::CountryInvalid, Self::NotAllowed];
}

impl Refusal for SellerRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SignInFirst => Kind::Unauthenticated,
            Self::NotFound => Kind::NotFound,
            Self::NameMissing | Self::CountryInvalid => Kind::Invalid,
            Self::NotAllowed => Kind::Forbidden,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SignInFirst => "SIGN_IN_FIRST",
            Self::NotFound => "SELLER_NOT_FOUND",
            Self::NameMissing => "SELLER_NAME_MISSING",
            Self::CountryInvalid => "SELLER_COUNTRY_INVALID",
            Self::NotAllowed => "SELLER_PEOPLE_ONLY",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::SignInFirst => "Sign in first.",
            Self::NotFound => "There is no such seller.",
            Self::NameMissing => "Enter the name of the shop or studio, at most 200 characters.",
            Self::CountryInvalid => "Choose the country where the business is at home.",
            Self::NotAllowed => "A program cannot do this; a person has to sign in.",
        }
        .to_owned()
    }

    fn field(&self) -> Vec<String> {
        match self {
            Self::NameMissing => vec!["name".to_owned()],
            Self::CountryInvalid => vec!["country".to_owned()],
            Self::NotFound => vec!["sellerId".to_owned()],
            _ => vec![],
        }
    }
}

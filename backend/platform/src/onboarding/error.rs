//! Every refusal of this feature.

use crate::kernel::{Kind, Refusal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnboardingRefusal {
    SellerNotFound,
    MembersOnly,
    NotConnected,
    NotLinked,
    NothingToDo,
    DraftMissing,
    /// The form's values break rules, ours or Airwallex's: field and words of the first one.
    Incomplete {
        field: String,
        message: String,
    },
}

impl OnboardingRefusal {
    pub const ALL: [Self; 7] = [
        Self::SellerNotFound,
        Self::MembersOnly,
        Self::NotConnected,
        Self::NotLinked,
        Self::NothingToDo,
        Self::DraftMissing,
        Self::Incomplete { field: String::new(), message: String::new() },
    ];
}

impl Refusal for OnboardingRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SellerNotFound => Kind::NotFound,
            Self::MembersOnly => Kind::Forbidden,
            Self::Incomplete { .. } => Kind::Invalid,
            _ => Kind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SellerNotFound => "SELLER_NOT_FOUND",
            Self::MembersOnly => "ONBOARDING_MEMBERS_ONLY",
            Self::NotConnected => "CONNECTION_NOT_CONNECTED",
            Self::NotLinked => "ONBOARDING_NOT_LINKED",
            Self::NothingToDo => "ONBOARDING_NOTHING_TO_DO",
            Self::DraftMissing => "ONBOARDING_DRAFT_MISSING",
            Self::Incomplete { .. } => "ONBOARDING_INCOMPLETE",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::SellerNotFound => "There is no such seller.".to_owned(),
            Self::MembersOnly => {
                "Only the seller's own people can answer: Airwallex identifies whoever does.".to_owned()
            }
            Self::NotConnected => "Connect the Airwallex account first.".to_owned(),
            Self::NotLinked => {
                "Airwallex has not linked this account to us yet. Wait a few minutes, then try again."
                    .to_owned()
            }
            Self::NothingToDo => "Airwallex needs nothing from you at the moment.".to_owned(),
            Self::DraftMissing => "Fill in the form first.".to_owned(),
            Self::Incomplete { message, .. } => message.clone(),
        }
    }

    fn field(&self) -> Vec<String> {
        match self {
            Self::SellerNotFound => vec!["sellerId".to_owned()],
            Self::Incomplete { field, .. } if !field.is_empty() => vec![field.clone()],
            _ => vec![],
        }
    }
}

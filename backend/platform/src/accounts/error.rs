//! Every refusal of this feature.

use crate::kernel::{Kind, Refusal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRefusal {
    SellerNotFound,
    NotConnected,
}

impl AccountRefusal {
    pub const ALL: [Self; 2] = [Self::SellerNotFound, Self::NotConnected];
}

impl Refusal for AccountRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SellerNotFound => Kind::NotFound,
            Self::NotConnected => Kind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SellerNotFound => "SELLER_NOT_FOUND",
            Self::NotConnected => "CONNECTION_NOT_CONNECTED",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::SellerNotFound => "There is no such seller.",
            Self::NotConnected => "The Airwallex account is not connected. Connect it, then do this again.",
        }
        .to_owned()
    }

    fn field(&self) -> Vec<String> {
        match self {
            Self::SellerNotFound => vec!["sellerId".to_owned()],
            Self::NotConnected => vec![],
        }
    }
}

//! Every refusal of this feature.

use crate::kernel::{Kind, Refusal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRefusal {
    SellerNotFound,
    NotConnected,
    PermissionMissing,
}

impl AccountRefusal {
    pub const ALL: [Self; 3] = [Self::SellerNotFound, Self::NotConnected, Self::PermissionMissing];
}

impl Refusal for AccountRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SellerNotFound => Kind::NotFound,
            Self::NotConnected => Kind::Conflict,
            Self::PermissionMissing => Kind::Forbidden,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SellerNotFound => "SELLER_NOT_FOUND",
            Self::NotConnected => "CONNECTION_NOT_CONNECTED",
            Self::PermissionMissing => "CONNECTION_PERMISSION_MISSING",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::SellerNotFound => "There is no such seller.",
            Self::NotConnected => "The Airwallex account is not connected. Connect it, then do this again.",
            Self::PermissionMissing => "The permission that you gave at Airwallex does not cover this. Give it there, then do this again.",
        }
        .to_owned()
    }

    fn field(&self) -> Vec<String> {
        match self {
            Self::SellerNotFound => vec!["sellerId".to_owned()],
            Self::NotConnected | Self::PermissionMissing => vec![],
        }
    }
}

//! Every refusal of this feature.

use crate::kernel::money::MoneyError;
use crate::kernel::{Kind, Refusal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutRefusal {
    SignInFirst,
    SellerNotFound,
    NotFound,
    NotConnected,
    PermissionMissing,
    AccountNotActive,
    NotLinked,
    BeneficiaryNotFound,
    BeneficiaryNotReady,
    CurrencyMismatch { takes: String },
    AmountInvalid(MoneyError),
    AmountNotPositive,
    ReferenceInvalid,
    KeyInvalid,
    KeyReused,
    TooLateToCancel,
}

impl PayoutRefusal {
    pub fn all() -> Vec<Self> {
        vec![
            Self::SignInFirst,
            Self::SellerNotFound,
            Self::NotFound,
            Self::NotConnected,
            Self::PermissionMissing,
            Self::AccountNotActive,
            Self::NotLinked,
            Self::BeneficiaryNotFound,
            Self::BeneficiaryNotReady,
            Self::CurrencyMismatch { takes: "GBP".to_owned() },
            Self::AmountInvalid(MoneyError::NotANumber),
            Self::AmountNotPositive,
            Self::ReferenceInvalid,
            Self::KeyInvalid,
            Self::KeyReused,
            Self::TooLateToCancel,
        ]
    }
}

impl Refusal for PayoutRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SignInFirst => Kind::Unauthenticated,
            Self::PermissionMissing => Kind::Forbidden,
            Self::SellerNotFound | Self::NotFound | Self::BeneficiaryNotFound => Kind::NotFound,
            Self::NotConnected
            | Self::AccountNotActive
            | Self::NotLinked
            | Self::BeneficiaryNotReady
            | Self::KeyReused
            | Self::TooLateToCancel => Kind::Conflict,
            Self::CurrencyMismatch { .. }
            | Self::AmountInvalid(_)
            | Self::AmountNotPositive
            | Self::ReferenceInvalid
            | Self::KeyInvalid => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SignInFirst => "SIGN_IN_FIRST",
            Self::SellerNotFound => "SELLER_NOT_FOUND",
            Self::NotFound => "PAYOUT_NOT_FOUND",
            Self::NotConnected => "CONNECTION_NOT_CONNECTED",
            Self::PermissionMissing => "CONNECTION_PERMISSION_MISSING",
            Self::AccountNotActive => "PAYOUT_ACCOUNT_NOT_ACTIVE",
            Self::NotLinked => "ONBOARDING_NOT_LINKED",
            Self::BeneficiaryNotFound => "BENEFICIARY_NOT_FOUND",
            Self::BeneficiaryNotReady => "PAYOUT_BENEFICIARY_NOT_READY",
            Self::CurrencyMismatch { .. } => "PAYOUT_CURRENCY_MISMATCH",
            Self::AmountInvalid(_) => "PAYOUT_AMOUNT_INVALID",
            Self::AmountNotPositive => "PAYOUT_AMOUNT_NOT_POSITIVE",
            Self::ReferenceInvalid => "PAYOUT_REFERENCE_INVALID",
            Self::KeyInvalid => "IDEMPOTENCY_KEY_INVALID",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::TooLateToCancel => "PAYOUT_TOO_LATE_TO_CANCEL",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::SignInFirst => "Sign in first.".to_owned(),
            Self::SellerNotFound => "There is no such seller.".to_owned(),
            Self::NotFound => "There is no such payout.".to_owned(),
            Self::NotConnected => "The Airwallex account is not connected. Connect it, then do this again.".to_owned(),
            Self::PermissionMissing => {
                "The permission that you gave at Airwallex does not cover payouts. Give it there, then do this again. Your money stays in your balance."
                    .to_owned()
            }
            Self::AccountNotActive => {
                "Airwallex does not pay out from this account at the moment. Your account page says why. Your money stays in your balance."
                    .to_owned()
            }
            Self::NotLinked => {
                "Airwallex has not linked this account to us yet. Wait a few minutes, then try again.".to_owned()
            }
            Self::BeneficiaryNotFound => "There is no such bank account. Choose one from the list.".to_owned(),
            Self::BeneficiaryNotReady => {
                "This bank account is still being checked by Airwallex. Look again in a minute.".to_owned()
            }
            Self::CurrencyMismatch { takes } => {
                format!("This bank account takes {takes}. Ask for {takes}, or choose another account.")
            }
            Self::AmountInvalid(error) => {
                let text = error.to_string();
                let mut letters = text.chars();
                let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
                format!("{first}{}.", letters.as_str())
            }
            Self::AmountNotPositive => "Enter an amount above zero.".to_owned(),
            Self::ReferenceInvalid => "A reference has 1 to 140 characters; it shows on the bank statement.".to_owned(),
            Self::KeyInvalid => "An idempotency key has 1 to 100 printable characters and no blanks.".to_owned(),
            Self::KeyReused => "This idempotency key was used for another payout. Take a new one.".to_owned(),
            Self::TooLateToCancel => "This payout is with the bank already and cannot be stopped by us.".to_owned(),
        }
    }

    fn field(&self) -> Vec<String> {
        let field = match self {
            Self::SellerNotFound => "sellerId",
            Self::BeneficiaryNotFound | Self::BeneficiaryNotReady => "beneficiaryId",
            Self::CurrencyMismatch { .. } | Self::AmountInvalid(_) | Self::AmountNotPositive => "amount",
            Self::ReferenceInvalid => "reference",
            Self::KeyInvalid | Self::KeyReused => "idempotencyKey",
            Self::NotFound => "id",
            _ => return vec![],
        };
        vec![field.to_owned()]
    }
}

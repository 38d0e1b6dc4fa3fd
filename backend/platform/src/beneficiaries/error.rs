//! Every refusal of this feature.

use crate::kernel::{Kind, Problem, Refusal};
use crate::web::FieldProblem;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeneficiaryRefusal {
    SellerNotFound,
    NotConnected,
    PermissionMissing,
    NotLinked,
    CorridorUnsupported,
    KeyInvalid,
    KeyReused,
    KeyInUse,
    /// The form's values break rules; every one of them, by path.
    Invalid(Vec<FieldProblem>),
}

impl BeneficiaryRefusal {
    pub const ALL: [Self; 9] = [
        Self::SellerNotFound,
        Self::NotConnected,
        Self::PermissionMissing,
        Self::NotLinked,
        Self::CorridorUnsupported,
        Self::KeyInvalid,
        Self::KeyReused,
        Self::KeyInUse,
        Self::Invalid(vec![]),
    ];
}

impl Refusal for BeneficiaryRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::SellerNotFound => Kind::NotFound,
            Self::PermissionMissing => Kind::Forbidden,
            Self::NotConnected | Self::NotLinked | Self::KeyReused | Self::KeyInUse => Kind::Conflict,
            Self::CorridorUnsupported | Self::KeyInvalid | Self::Invalid(_) => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SellerNotFound => "SELLER_NOT_FOUND",
            Self::NotConnected => "CONNECTION_NOT_CONNECTED",
            Self::PermissionMissing => "CONNECTION_PERMISSION_MISSING",
            Self::NotLinked => "ONBOARDING_NOT_LINKED",
            Self::CorridorUnsupported => "BENEFICIARY_CORRIDOR_UNSUPPORTED",
            Self::KeyInvalid => "IDEMPOTENCY_KEY_INVALID",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::KeyInUse => "IDEMPOTENCY_IN_PROGRESS",
            Self::Invalid(_) => "BENEFICIARY_FIELD_INVALID",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::SellerNotFound => "There is no such seller.",
            Self::NotConnected => "The Airwallex account is not connected. Connect it, then do this again.",
            Self::PermissionMissing => "The permission that you gave at Airwallex does not cover bank accounts. Give it there, then do this again.",
            Self::NotLinked => "Airwallex has not linked this account to us yet. Wait a few minutes, then try again.",
            Self::CorridorUnsupported => {
                "Airwallex does not pay to this combination of country, currency and method. Choose another one."
            }
            Self::KeyInvalid => "An idempotency key has 1 to 100 printable characters and no blanks.",
            Self::KeyReused => "This idempotency key was used for other details. Take a new one.",
            Self::KeyInUse => "A call with this idempotency key is under way. Send it again in a moment.",
            Self::Invalid(_) => "A value breaks its field's rule.",
        }
        .to_owned()
    }

    fn field(&self) -> Vec<String> {
        match self {
            Self::SellerNotFound => vec!["sellerId".to_owned()],
            Self::CorridorUnsupported => vec!["condition".to_owned()],
            Self::KeyInvalid | Self::KeyReused | Self::KeyInUse => vec!["idempotencyKey".to_owned()],
            _ => vec![],
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let one = |message: String, field: Vec<String>| Problem {
            kind: self.kind(),
            code: self.code(),
            message,
            field,
        };
        match self {
            Self::Invalid(problems) if !problems.is_empty() => problems
                .iter()
                .map(|problem| one(problem.message.clone(), vec![problem.field.clone()]))
                .collect(),
            _ => vec![one(self.message(), self.field())],
        }
    }
}

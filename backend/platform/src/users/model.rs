//! People and tokens as other features know them.

use crate::kernel::id::{ApiTokenId, PersonId, SellerId};
use crate::kernel::{Instant, StaffRole};
use crate::mail::is_address;

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    pub staff_role: Option<StaffRole>,
    pub is_confirmed: bool,
}

/// An API token as it may be shown: never the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    pub id: ApiTokenId,
    pub name: String,
    /// The last four characters, to be recognised by.
    pub hint: String,
    pub person: PersonId,
    /// `None` reaches the whole marketplace.
    pub seller: Option<SellerId>,
    pub created_at: Instant,
    pub revoked_at: Option<Instant>,
}

/// What a mailed link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    ConfirmEmail,
    ResetPassword,
}

impl LinkPurpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "CONFIRM_EMAIL",
            Self::ResetPassword => "RESET_PASSWORD",
        }
    }
}

/// A mail address in the form in which it is stored and compared, if the text is one.
pub fn normal_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    let plain = text.len() <= 254 && !local.contains('"') && domain.contains('.');
    (plain && is_address(&text)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::normal_email;

    #[test]
    fn addresses_are_compared_in_one_form() {
        assert_eq!(normal_email(" Hazel@BlueKiln.example ").as_deref(), Some("hazel@bluekiln.example"));
        for wrong in [
            "",
            "hazel",
            "hazel@",
            "@x.example",
            "a b@x.example",
            "a@b@c.example",
            "a@.example",
            "a@nodot",
            "a@x.example\nb",
        ] {
            assert_eq!(normal_email(wrong), None, "{wrong}");
        }
    }
}

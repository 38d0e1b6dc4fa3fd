//! A mail as people get it: a subject that states the fact, text and HTML that say the same.

/// A rendered mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// One address.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

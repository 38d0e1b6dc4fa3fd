//! What a consent permits, and what here needs which permission. Airwallex knows two spellings of most scopes and takes
//! both (D, 01 §a.8).

/// Each thing here that a seller has to permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// How the account stands, and its wallet.
    Account,
    /// What the wallet holds.
    Balances,
    /// Bank accounts are saved at Airwallex.
    BankAccounts,
    /// Money is paid out.
    Payouts,
}

impl Permission {
    pub const ALL: [Self; 4] = [Self::Account, Self::Balances, Self::BankAccounts, Self::Payouts];

    pub fn scope(self) -> &'static str {
        match self {
            Self::Account => "account_details:read",
            Self::Balances => "balance:read",
            Self::BankAccounts => "beneficiary:write",
            Self::Payouts => "transfer:write",
        }
    }

    /// What is missing without it, to the seller, after "may not".
    pub fn words(self) -> &'static str {
        match self {
            Self::Account => "see how your account stands",
            Self::Balances => "see your balance",
            Self::BankAccounts => "save bank accounts for you",
            Self::Payouts => "make payouts for you",
        }
    }

    /// Whether a consent covers it.
    pub fn is_granted(self, granted: &[String]) -> bool {
        granted.iter().any(|scope| covers(scope, self.scope()))
    }

    /// Those of these that are among what is missing.
    pub fn lacking(missing: &[String]) -> Vec<Self> {
        Self::ALL.into_iter().filter(|one| one.is_missing(missing)).collect()
    }

    /// Whether it is among what is missing.
    pub fn is_missing(self, missing: &[String]) -> bool {
        missing.iter().any(|scope| newer(scope) == self.scope())
    }
}

/// What the application asks for and does not have: not granted, or refused in practice.
pub fn missing(asked: &[String], granted: &[String], denied: &[String]) -> Vec<String> {
    let lacks = |scope: &&String| {
        let holds = granted.iter().any(|granted| covers(granted, scope));
        !holds || denied.iter().any(|denied| newer(denied) == newer(scope))
    };
    asked.iter().filter(lacks).cloned().collect()
}

/// Writing includes reading, in the newer spelling (D).
fn covers(granted: &str, scope: &str) -> bool {
    let (granted, scope) = (newer(granted), newer(scope));
    let reading = scope.strip_suffix(":read").is_some_and(|resource| granted == format!("{resource}:write"));
    granted == scope || reading
}

/// The newer spelling of the scopes that Souk needs; any other as it is. Pairs by name (A, 01 §a.8).
fn newer(scope: &str) -> &str {
    match scope {
        "r:awx_action:settings.account_details_view" | "platform_account:read" => "account_details:read",
        "r:awx_action:balances_view" => "balance:read",
        "r:awx_action:contact_management_view" => "beneficiary:read",
        "w:awx_action:contact_management_edit" => "beneficiary:write",
        "r:awx_action:transfers_view" => "transfer:read",
        "w:awx_action:transfers_edit" => "transfer:write",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn both_spellings_are_the_same_permission_and_writing_includes_reading() {
        let asked = list("account_details:read balance:read transfer:read transfer:write");
        let granted = list("r:awx_action:balances_view w:awx_action:transfers_edit");
        assert_eq!(missing(&asked, &granted, &[]), ["account_details:read"]);
        let lacking = missing(&asked, &granted, &list("balance:read"));
        assert_eq!(lacking, ["account_details:read", "balance:read"]);
        assert!(Permission::Balances.is_missing(&lacking));
        assert!(!Permission::Payouts.is_missing(&lacking));
    }

    #[test]
    fn what_the_operator_does_not_ask_for_is_not_missing() {
        assert_eq!(missing(&list("balance:read"), &list("balance:read"), &[]), Vec::<String>::new());
    }
}

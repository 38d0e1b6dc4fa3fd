//! Scopes in both vocabularies (01 §a.8): the old names are read as the new ones.

/// The new name of a scope, if it is one we know.
pub fn canonical(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "account_details:read" | "platform_account:read" | "r:awx_action:settings.account_details_view" => {
            "account_details:read"
        }
        "balance:read" | "r:awx_action:balances_view" => "balance:read",
        "beneficiary:read" | "r:awx_action:contact_management_view" => "beneficiary:read",
        "beneficiary:write" | "w:awx_action:contact_management_edit" => "beneficiary:write",
        "transfer:read" | "r:awx_action:transfers_view" => "transfer:read",
        "transfer:write" | "w:awx_action:transfers_edit" => "transfer:write",
        "risk.rfi:read" | "r:awx_action:rfi_view" => "risk.rfi:read",
        "risk.rfi:write" | "w:awx_action:rfi_edit" => "risk.rfi:write",
        "fx.conversion:read" | "r:awx_action:conversions_view" => "fx.conversion:read",
        "fx.conversion:write" | "w:awx_action:conversions_edit" => "fx.conversion:write",
        "global_account:read" | "r:awx_action:global_accounts_view" => "global_account:read",
        _ => return None,
    })
}

/// What a scope lets the application do, in plain words, and whether it only looks.
pub fn words(scope: &str) -> (&'static str, bool) {
    match canonical(scope) {
        Some("account_details:read") => ("Account details and status", true),
        Some("balance:read") => ("Balances and their history", true),
        Some("beneficiary:read") => ("Beneficiaries", true),
        Some("beneficiary:write") => ("Add and change beneficiaries", false),
        Some("transfer:read") => ("Transfers", true),
        Some("transfer:write") => ("Create transfers", false),
        Some("risk.rfi:read") => ("Questions about your account", true),
        Some("risk.rfi:write") => ("Answer questions about your account", false),
        Some("fx.conversion:read") => ("Conversions", true),
        Some("fx.conversion:write") => ("Convert currencies", false),
        Some("global_account:read") => ("Global accounts", true),
        _ => ("Something this sandbox does not know", false),
    }
}

/// Whether the granted scopes cover the wanted one; writing covers reading (D).
pub fn covers(granted: &[String], wanted: &str) -> bool {
    granted.iter().filter_map(|scope| canonical(scope)).any(|scope| {
        scope == wanted
            || wanted.strip_suffix(":read").is_some_and(|stem| scope.strip_suffix(":write") == Some(stem))
    })
}

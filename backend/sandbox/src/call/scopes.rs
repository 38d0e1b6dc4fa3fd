//! Scopes in both vocabularies (01 §a.8): the old names are read as the new ones (A: the pairs go by name).

/// New name, old names, in plain words.
const SCOPES: &[(&str, &[&str], &str)] = &[
    (
        "account_details:read",
        &["platform_account:read", "r:awx_action:settings.account_details_view"],
        "Account details and status",
    ),
    ("balance:read", &["r:awx_action:balances_view"], "Balances and their history"),
    ("global_account:read", &["r:awx_action:global_accounts_view"], "Global accounts"),
    ("global_account:write", &["w:awx_action:global_accounts_edit"], "Open and change global accounts"),
    ("financial_transaction:read", &[], "Financial transactions"),
    ("financial_report:read", &[], "Financial reports"),
    ("financial_report:write", &[], "Create financial reports"),
    ("beneficiary:read", &["r:awx_action:contact_management_view"], "Beneficiaries"),
    ("beneficiary:write", &["w:awx_action:contact_management_edit"], "Add and change beneficiaries"),
    ("transfer:read", &["r:awx_action:transfers_view"], "Transfers"),
    ("transfer:write", &["w:awx_action:transfers_edit"], "Create transfers"),
    ("fx.conversion:read", &["r:awx_action:conversions_view"], "Conversions"),
    ("fx.conversion:write", &["w:awx_action:conversions_edit"], "Convert currencies"),
    ("payment_acceptance:read", &["r:awx_action:pa_view"], "Payments from customers"),
    ("payment_acceptance:write", &["w:awx_action:pa_edit"], "Take payments from customers"),
    ("payment_link:read", &["r:awx_action:payment_links_view"], "Payment links"),
    ("payment_link:write", &["w:awx_action:payment_links_edit"], "Create payment links"),
    ("payment_dispute:read", &["r:awx_action:payment_dispute_view"], "Disputed payments"),
    ("payment_dispute:write", &["w:awx_action:payment_dispute_edit"], "Answer disputed payments"),
    ("funds_split:read", &[], "Split payments"),
    ("funds_split:write", &[], "Split payments between accounts"),
    ("pos_terminal:read", &[], "Card terminals"),
    ("pos_terminal:write", &[], "Manage card terminals"),
    ("issuing.card:read", &["r:awx_action:issuing_cards_view"], "Cards"),
    ("issuing.card:write", &["w:awx_action:issuing_cards_edit"], "Issue and change cards"),
    ("issuing.cardholder:read", &["r:awx_action:issuing_cardholders_view"], "Cardholders"),
    ("issuing.cardholder:write", &["w:awx_action:issuing_cardholders_edit"], "Add and change cardholders"),
    ("issuing.transaction:read", &["r:awx_action:issuing_transactions_view"], "Card transactions"),
    ("issuing.merchant_brand:read", &[], "Merchants’ brands"),
    ("risk.rfi:read", &["r:awx_action:rfi_view"], "Questions about your account"),
    ("risk.rfi:write", &["w:awx_action:rfi_edit"], "Answer questions about your account"),
    ("simulation:write", &["w:awx_action:simulation_edit"], "Simulate events"),
    ("reference.order_item:read", &[], "Orders"),
    ("reference.order_item:write", &[], "Add and change orders"),
    ("commerce_store:read", &[], "Stores"),
    ("file:upload", &[], "Upload files"),
    ("deposit:read", &["r:awx_action:deposits_view"], "Deposits"),
    ("deposit:write", &["w:awx_action:deposits_create"], "Make deposits"),
    ("direct_debit:read", &["r:awx_action:direct_debits_view"], "Direct debits"),
    ("linked_account:read", &["r:awx_action:linked_accounts_view"], "Linked accounts"),
    ("linked_account:write", &["w:awx_action:linked_accounts_edit"], "Link accounts"),
];

/// What nothing here ever asks for: areas with a read and a write for each of their resources, and how the
/// old vocabulary spells them.
const AREAS: &[(&str, &str, &[&str])] = &[
    (
        "billing",
        "Billing",
        &[
            "checkout",
            "customer",
            "credit_note",
            "discount",
            "invoice",
            "payment_source",
            "price",
            "product",
            "subscription",
            "usage_metering",
            "transaction",
        ],
    ),
    ("spend", "Spending", &["bill", "expense", "purchase_order", "vendor"]),
];

/// The words for a scope of an area, if it is one, and its new name: `billing.invoice:read`,
/// `w:org_action:billing.invoice_edit`, `r:org_action:spend.bill:api_view`.
fn area(scope: &str) -> Option<(&'static str, String)> {
    let resource = match scope.split_once(":org_action:") {
        Some(("r", rest)) => rest.strip_suffix(":api_view").or_else(|| rest.strip_suffix("_view"))?,
        Some(("w", rest)) => rest.strip_suffix(":api_edit").or_else(|| rest.strip_suffix("_edit"))?,
        Some(_) => return None,
        None => scope.strip_suffix(":read").or_else(|| scope.strip_suffix(":write"))?,
    };
    let (name, resource) = resource.split_once('.')?;
    let (_, words, resources) = AREAS.iter().find(|(known, ..)| *known == name)?;
    let may_write = name != "billing" || resource != "transaction";
    let is_writing = scope.ends_with(":write") || scope.starts_with("w:");
    let new = format!("{name}.{resource}:{}", if is_writing { "write" } else { "read" });
    (resources.contains(&resource) && (may_write || !is_writing)).then_some((*words, new))
}

/// Scopes that only embedded components ask for (01 §a.8, D).
pub const COMPONENT: [&str; 9] = [
    "w:awx_action:onboarding",
    "w:awx_action:kyb",
    "w:awx_action:transfers_edit",
    "r:awx_action:rfi_view",
    "w:awx_action:rfi_edit",
    "r:awx_action:sca_view",
    "w:awx_action:sca_edit",
    "r:awx_action:tax_form_view",
    "w:awx_action:tax_form_edit",
];

/// What only keys may hold: nothing of it can be granted through OAuth (D by absence).
const KEYS_ONLY: [&str; 6] = [
    "connected_account:read",
    "connected_account:write",
    "connected_account_transfer:read",
    "connected_account_transfer:write",
    "charge:read",
    "charge:write",
];

fn known(scope: &str) -> Option<&'static (&'static str, &'static [&'static str], &'static str)> {
    SCOPES.iter().find(|(new, old, _)| *new == scope || old.contains(&scope))
}

/// Whether a key may hold it.
pub fn is_key_permission(scope: &str) -> bool {
    known(scope).is_some() || KEYS_ONLY.contains(&scope)
}

/// Whether an application may ask for it; they are case-sensitive (D).
pub fn is_known(scope: &str) -> bool {
    known(scope).is_some() || area(scope).is_some()
}

/// Whether two spellings mean one scope.
pub fn are_the_same(one: &str, other: &str) -> bool {
    one == other || known(one).zip(known(other)).is_some_and(|(one, other)| one.0 == other.0)
}

/// What a scope lets the application do, in plain words, and whether it only looks.
pub fn words(scope: &str) -> (&'static str, bool) {
    let looks = scope.ends_with(":read") || scope.starts_with("r:");
    let words = known(scope).map(|(_, _, words)| *words).or_else(|| area(scope).map(|(words, _)| words));
    (words.unwrap_or("Something this sandbox does not know"), looks)
}

/// Whether the granted scopes cover the wanted one; writing covers reading (D).
pub fn covers(granted: &[String], wanted: &str) -> bool {
    let canonical = |scope: &String| {
        let keys_only = || KEYS_ONLY.iter().find(|known| *known == scope).map(|known| (*known).to_owned());
        known(scope)
            .map(|(new, ..)| (*new).to_owned())
            .or_else(|| area(scope).map(|(_, new)| new))
            .or_else(keys_only)
    };
    granted.iter().filter_map(canonical).any(|scope| {
        scope == wanted
            || wanted.strip_suffix(":read").is_some_and(|stem| scope.strip_suffix(":write") == Some(stem))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_vocabularies_name_the_same_permission_and_writing_covers_reading() {
        let granted = ["w:awx_action:transfers_edit".to_owned(), "balance:read".to_owned()];
        assert!(covers(&granted, "transfer:write") && covers(&granted, "transfer:read"));
        assert!(covers(&granted, "balance:read") && !covers(&granted, "beneficiary:read"));
        assert!(is_known("r:awx_action:balances_view") && !is_known("Balance:read"));
        assert_eq!(words("w:awx_action:transfers_edit"), ("Create transfers", false));
    }

    #[test]
    fn areas_that_nothing_asks_for_are_known_by_their_resources() {
        for scope in
            ["billing.invoice:read", "r:org_action:billing.invoice_view", "r:org_action:spend.bill:api_view"]
        {
            assert!(is_known(scope), "{scope}");
        }
        for scope in ["billing.", "billing.invoices:read", "billing.transaction:write", "spend.bill"] {
            assert!(!is_known(scope), "{scope}");
        }
        assert_eq!(words("w:awx_action:transfers_edit"), ("Create transfers", false));
    }

    #[test]
    fn every_scope_is_told_in_words_of_its_own() {
        let words: std::collections::BTreeSet<_> = SCOPES.iter().map(|(_, _, words)| words).collect();
        assert_eq!(words.len(), SCOPES.len());
    }
}

//! Why payouts fail (03 §c.7; the codes of bank information by 01 §d.4).

use crate::world::money::Failure;

/// Type, code, words. Types without a published code use 99902 (A).
const KINDS: &[(&str, &str, &str)] = &[
    ("ACCOUNT_CLOSED", "90701", "Account closed"),
    ("ACCOUNT_CURRENCY_MISMATCH", "90302", "Account currency mismatch"),
    ("ACCOUNT_INACTIVE_OR_DORMANT", "90702", "Account inactive or dormant"),
    ("ACCOUNT_UNDER_RESTRICTION", "90703", "Account restricted"),
    ("BENEFICIARY_BANK_RETURNED", "90802", "Returned by the payee's bank"),
    ("BENEFICIARY_NAME_MISMATCH", "90301", "Beneficiary name mismatch"),
    ("BENEFICIARY_REQUESTED", "90801", "Returned at the payee's request"),
    ("CARD_ISSUER_ERROR", "91201", "Card issuer error"),
    ("CHANNEL_POLICY", "90501", "Channel policy"),
    ("CHANNEL_TIMEOUT", "91402", "Channel time-out"),
    ("CLIENT_REQUESTED", "91002", "Recalled at the client's request"),
    ("DUPLICATION_RETURN", "91301", "Returned as a duplicate"),
    ("EXCEEDED_TRANSACTION_AMOUNT_OR_LIMIT", "99902", "Amount or limit exceeded"),
    ("INBOUND_2B_CARD_NOT_SUPPORTED", "99902", "Card not supported"),
    // Their spelling.
    ("INBOUND_BENFICIARY_VALIDATION_ERROR", "99902", "Beneficiary validation error"),
    ("INBOUND_COMPANY_REGISTRATION_NUMBER_ERROR", "99902", "Company registration number error"),
    ("INBOUND_ORDER_ERROR", "99902", "Order error"),
    ("INSUFFICIENT_FUNDS", "99902", "Insufficient funds"),
    ("INVALID_ACCOUNT_NAME_OR_NUMBER", "90101", "Account name or number invalid"),
    ("INVALID_BANK_INFORMATION", "90204", "Bank information invalid"),
    ("INVALID_BANK_OR_BRANCH_CODE", "90201", "Bank or branch code invalid"),
    ("INVALID_BENEFICIARY_DETAILS", "90401", "Beneficiary details invalid"),
    ("INVALID_CORRESPONDENT_BANK_INFORMATION", "90203", "Correspondent bank invalid"),
    ("INVALID_PAYMENT_PURPOSE", "99902", "Payment purpose invalid"),
    ("INVALID_SPECIAL_CHARACTER", "90402", "Special character invalid"),
    ("INVALID_SWIFT_BIC_CODE", "90202", "SWIFT code invalid"),
    ("OTHER", "99902", "Other"),
    ("RECALL_REQUESTED", "91001", "Recall requested"),
    ("SYSTEM_ERROR", "99902", "System error"),
    ("TM_SUSPENDED", "90502", "Suspended by transaction monitoring"),
    ("TRANSACTION_AMOUNT_NOT_COVERING_FEE", "99902", "Amount does not cover the fee"),
    ("UNABLE_TO_APPLY", "99902", "Unable to apply"),
];

/// A failure of a type, if there is such a type.
pub fn of_kind(kind: &str) -> Option<Failure> {
    let (kind, code, message) = KINDS.iter().find(|(known, ..)| *known == kind)?;
    Some(Failure { code: (*code).to_owned(), message: (*message).to_owned(), kind: (*kind).to_owned() })
}

/// The types that can be ordered.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(kind, ..)| *kind)
}

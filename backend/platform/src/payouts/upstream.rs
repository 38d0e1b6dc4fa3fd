//! Payouts in Airwallex's words and transfers in ours. Calls nothing.

use airwallex::Amount;
use airwallex::api::transfers::{ApplicationFee, Given, NewTransfer, Options, Payee, Transfer};
use serde_json::json;

use super::model::{Payout, PayoutStatus};
use super::rules::Report;
use crate::kernel::id::PayoutId;
use crate::kernel::{Failure, Money};

/// The exact body that will be sent, frozen as text. A fee of zero sends none.
pub fn body(
    id: &PayoutId,
    request_id: &str,
    beneficiary: &str,
    method: &str,
    amount: Money,
    fee: Money,
    reference: &str,
) -> Result<String, Failure> {
    let currency = amount.currency().code().to_owned();
    let application_fee_options = if fee.is_zero() {
        vec![]
    } else {
        vec![ApplicationFee::fixed(Amount(fee.amount()), fee.currency().code().to_owned())]
    };
    let transfer = NewTransfer {
        request_id: request_id.to_owned(),
        payee: Payee::stored(beneficiary),
        source_currency: currency.clone(),
        transfer_currency: currency,
        given: Given::Transfer { transfer_amount: Amount(amount.amount()) },
        transfer_method: method.to_owned(),
        // The seller pays out what is hers, to her own account.
        reason: "transfer_to_own_account".to_owned(),
        reference: reference.to_owned(),
        application_fee_options,
        metadata: json!({ "souk_payout": id.as_str() }),
        options: Options::default(),
    };
    Ok(serde_json::to_string(&transfer)?)
}

/// What a transfer's status says.
pub fn report(transfer: &Transfer) -> Report {
    match transfer.status.as_str() {
        "IN_APPROVAL" => Report::Is(PayoutStatus::Submitted),
        "SCHEDULED" => Report::Is(PayoutStatus::Scheduled),
        "OVERDUE" => Report::Is(PayoutStatus::Overdue),
        "PROCESSING" => Report::Is(PayoutStatus::Processing),
        "SENT" => Report::Is(PayoutStatus::Sent),
        "PAID" => Report::Is(PayoutStatus::Paid),
        "CANCELLATION_REQUESTED" => Report::Is(PayoutStatus::CancellationRequested),
        word @ ("APPROVAL_RECALLED" | "APPROVAL_REJECTED" | "APPROVAL_BLOCKED") => {
            Report::Failed(Some(word.to_owned()))
        }
        "FAILED" => Report::Failed(transfer.failure_code()),
        // The sandbox of Airwallex cancels a failed transfer within moments (03 §c.6).
        "CANCELLED" if transfer.has_failure() => Report::Failed(transfer.failure_code()),
        "CANCELLED" => Report::Cancelled,
        other => Report::Unknown(other.to_owned()),
    }
}

/// Whom a frozen body pays.
pub fn payee(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Some(body.get("beneficiary_id")?.as_str()?.to_owned())
}

/// Whether a transfer found upstream is the one we froze. A mismatch is a break for staff.
pub fn is_ours(payout: &Payout, transfer: &Transfer) -> bool {
    let same_id = transfer.request_id.as_ref().is_none_or(|id| *id == payout.request_id);
    let same_amount = transfer.transfer_amount.is_none_or(|amount| amount.0 == payout.amount.amount());
    let same_currency =
        transfer.transfer_currency.as_ref().is_none_or(|code| code == payout.amount.currency().code());
    let same_payee = match (&transfer.beneficiary_id, &payout.payee) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => true,
    };
    same_id && same_amount && same_currency && same_payee
}

/// Why the money did not arrive, in words for the seller.
pub fn reason_for_people(reason: Option<&str>) -> &'static str {
    match reason {
        Some("90101") => "the account number or the name does not fit",
        Some("90201" | "90202" | "90203" | "90204") => "the bank's code does not fit",
        Some("90301") => "the name does not match the account",
        Some("90302") => "the account takes another currency",
        Some("90701") => "the account is closed",
        Some("90702") => "the account has not been used for long",
        Some("90703") => "the account is restricted",
        Some("90801" | "90802") => "the bank sent it back",
        Some("APPROVAL_RECALLED" | "APPROVAL_REJECTED" | "APPROVAL_BLOCKED") => {
            "it was not approved at Airwallex"
        }
        _ => "the bank did not accept it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(transfer: serde_json::Value) -> Report {
        let mut object = json!({ "id": "t-1" });
        for (name, value) in transfer.as_object().into_iter().flatten() {
            object[name] = value.clone();
        }
        report(&Transfer::read(&object).expect("a transfer"))
    }

    #[test]
    fn every_status_of_a_transfer_has_its_word_here() {
        for (theirs, ours) in [
            ("IN_APPROVAL", PayoutStatus::Submitted),
            ("SCHEDULED", PayoutStatus::Scheduled),
            ("OVERDUE", PayoutStatus::Overdue),
            ("PROCESSING", PayoutStatus::Processing),
            ("SENT", PayoutStatus::Sent),
            ("PAID", PayoutStatus::Paid),
            ("CANCELLATION_REQUESTED", PayoutStatus::CancellationRequested),
        ] {
            assert_eq!(told(json!({ "status": theirs })), Report::Is(ours));
        }
        assert_eq!(told(json!({ "status": "DREAMING" })), Report::Unknown("DREAMING".to_owned()));
    }

    #[test]
    fn a_cancelled_transfer_with_a_failure_has_failed() {
        let failure = json!({ "code": "90701", "message": "closed" });
        let failed = Report::Failed(Some("90701".to_owned()));
        assert_eq!(told(json!({ "status": "FAILED", "failure": failure })), failed);
        assert_eq!(told(json!({ "status": "CANCELLED", "failure": failure })), failed);
        assert_eq!(told(json!({ "status": "CANCELLED" })), Report::Cancelled);
        assert_eq!(told(json!({ "status": "FAILED" })), Report::Failed(None));
        let recalled = Report::Failed(Some("APPROVAL_RECALLED".to_owned()));
        assert_eq!(told(json!({ "status": "APPROVAL_RECALLED" })), recalled);
    }
}

//! What a payout takes from wallets, and what comes back.

use rust_decimal::Decimal;

use super::draft::fees_in;
use crate::clock::Instant;
use crate::wallet::{self, Booking};
use crate::world::World;
use crate::world::money::Transfer;
use crate::world::start::PLATFORM;

/// The platform's share that the payer pays on top; a conversion's is in its rate already.
fn on_top(transfer: &Transfer) -> Vec<crate::world::money::ApplicationFee> {
    transfer.application_fees.iter().filter(|fee| fee.source_type == "TRANSFER").cloned().collect()
}

/// Whether the wallet covers principal and fees: never a payout without its fee (A).
fn is_covered(world: &World, transfer: &Transfer) -> bool {
    let (amounts, fees) = (&transfer.amounts, on_top(transfer));
    let source = amounts.payer_pays + fees_in(&fees, &amounts.source_currency);
    let has =
        |currency: &str, needed: Decimal| wallet::available(world, &transfer.account, currency) >= needed;
    has(&amounts.source_currency, source)
        && fees
            .iter()
            .filter(|fee| fee.currency != amounts.source_currency)
            .all(|fee| has(&fee.currency, fees_in(&fees, &fee.currency)))
}

/// Takes everything that a payout costs, or nothing. Answers whether the wallet had enough.
pub fn take(world: &mut World, transfer: &Transfer, now: Instant) -> bool {
    if !is_covered(world, transfer) {
        return false;
    }
    let amounts = &transfer.amounts;
    let account = transfer.account.as_str();
    let mut book = |account: &str, currency: &str, amount: Decimal, kind: &str| {
        wallet::book(world, now, &Booking { account, currency, amount, kind, source: &transfer.id });
    };
    if amounts.source_currency != amounts.transfer_currency {
        book(account, &amounts.source_currency, -(amounts.payer_pays - amounts.fee), "CONVERSION_SELL");
        book(account, &amounts.transfer_currency, amounts.beneficiary_receives, "CONVERSION_BUY");
    }
    book(account, &amounts.transfer_currency, -amounts.beneficiary_receives, "PAYOUT");
    book(account, &amounts.source_currency, -amounts.fee, "FEE");
    for fee in on_top(transfer) {
        book(account, &fee.currency, -fee.amount, "FEE");
    }
    for fee in &transfer.application_fees {
        book(PLATFORM, &fee.currency, fee.amount, "FEE");
    }
    true
}

/// The principal comes back, at the rate at which it went; fees are kept (D: non-refundable).
pub fn give_back(world: &mut World, transfer: &Transfer, now: Instant) {
    let amounts = &transfer.amounts;
    let account = transfer.account.as_str();
    let mut book = |currency: &str, amount: Decimal, kind: &str| {
        wallet::book(world, now, &Booking { account, currency, amount, kind, source: &transfer.id });
    };
    book(&amounts.transfer_currency, amounts.beneficiary_receives, "PAYOUT_REVERSAL");
    if amounts.source_currency != amounts.transfer_currency {
        book(&amounts.transfer_currency, -amounts.beneficiary_receives, "CONVERSION_REVERSAL");
        book(&amounts.source_currency, amounts.payer_pays - amounts.fee, "CONVERSION_REVERSAL");
    }
}

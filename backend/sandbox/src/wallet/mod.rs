//! Wallets (03 §f.1–f.2): what is in them, and every movement.

mod lists;

use rust_decimal::Decimal;

use crate::call::{Endpoint, Needs};
use crate::clock::Instant;
use crate::world::World;
use crate::world::money::Entry;

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/balances/current", Needs::Scope("balance:read"), lists::current),
    Endpoint::get("/api/v1/balances/history", Needs::Scope("balance:read"), lists::history),
    Endpoint::get(
        "/api/v1/financial_transactions",
        Needs::Scope("financial_transaction:read"),
        lists::transactions,
    ),
    Endpoint::get(
        "/api/v1/financial_transactions/{id}",
        Needs::Scope("financial_transaction:read"),
        lists::transaction,
    ),
];

/// A movement to book: whose money, and why.
pub struct Booking<'a> {
    pub account: &'a str,
    pub currency: &'a str,
    /// Positive into the wallet, negative out of it.
    pub amount: Decimal,
    /// As financial transactions name it, such as `PAYOUT_REVERSAL`.
    pub kind: &'a str,
    /// The id of the resource behind it.
    pub source: &'a str,
}

/// Moves money in a wallet and writes it down. Nothing is booked for nothing.
pub fn book(world: &mut World, now: Instant, booking: &Booking<'_>) {
    book_at(world, now, booking, None);
}

/// The same for a leg of a conversion, with its pair and rate.
pub fn book_at(world: &mut World, now: Instant, booking: &Booking<'_>, rate: Option<(&str, Decimal)>) {
    if booking.amount.is_zero() {
        return;
    }
    let Some(owner) = world.accounts.get_mut(booking.account) else { return };
    let wallet = owner.balances.entry(booking.currency.to_owned()).or_default();
    wallet.available += booking.amount;
    let balance = wallet.available;
    let (id, sequence) = (world.uuid(), world.sequence());
    let entry = Entry {
        id,
        at: now,
        account: booking.account.to_owned(),
        currency: booking.currency.to_owned(),
        amount: booking.amount,
        balance,
        kind: booking.kind.to_owned(),
        source: booking.source.to_owned(),
        currency_pair: rate.map(|(pair, _)| pair.to_owned()),
        rate: rate.map(|(_, rate)| rate),
    };
    world.ledger.insert(format!("{} {sequence:012}", booking.account), entry);
}

/// What can be spent of a currency.
pub fn available(world: &World, account: &str, currency: &str) -> Decimal {
    let wallet = world.accounts.get(account).and_then(|owner| owner.balances.get(currency));
    wallet.map_or(Decimal::ZERO, |wallet| wallet.available)
}

/// Shows money as on its way in, or no longer.
pub fn expect(world: &mut World, account: &str, currency: &str, amount: Decimal) {
    if let Some(owner) = world.accounts.get_mut(account) {
        owner.balances.entry(currency.to_owned()).or_default().pending += amount;
    }
}

/// 10,000 in each corridor currency (`--auto`).
pub fn endow(world: &mut World, account: &str, now: Instant) {
    for currency in crate::beneficiaries::currencies() {
        let amount = Decimal::from(10_000);
        book(world, now, &Booking { account, currency, amount, kind: "DEPOSIT", source: "endowment" });
    }
}

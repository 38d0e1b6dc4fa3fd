//! What stands in a report. Only the balance report's columns are documented; the others' are assumed (A).

use serde_json::Value;

use crate::clock::Instant;
use crate::wire::stamp;
use crate::world::World;
use crate::world::money::{ApplicationFee, Report};
use crate::world::start::PLATFORM;

pub const KINDS: [&str; 5] = [
    "TRANSACTION_RECON_REPORT",
    "PAYOUT_REPORT",
    "BALANCE_REPORT",
    "ACCOUNT_REPORT",
    "APPLICATION_FEE_REPORT",
];

type Row = Vec<String>;

/// The whole report, with its line of headings.
pub fn csv(world: &World, report: &Report) -> String {
    let (columns, rows) = match report.kind.as_str() {
        "BALANCE_REPORT" => balances(world),
        "ACCOUNT_REPORT" => accounts(world, report),
        "PAYOUT_REPORT" => payouts(world, report),
        "APPLICATION_FEE_REPORT" => application_fees(world, report),
        _ => transactions(world, report),
    };
    let mut writer = csv::Writer::from_writer(vec![]);
    let headings = columns.split(',').map(str::to_owned).collect();
    for row in std::iter::once(headings).chain(rows) {
        // Into memory, and rows of one length: it cannot fail.
        let _ = writer.write_record(&row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The platform's own and the accounts that are linked to it.
fn covers(world: &World, account: &str) -> bool {
    account == PLATFORM || world.accounts.get(account).is_some_and(|known| known.linked)
}

fn is_wanted(report: &Report, created_at: Instant, updated_at: Instant) -> bool {
    report.created.holds(created_at) && report.updated.holds(updated_at)
}

fn balances(world: &World) -> (&'static str, Vec<Row>) {
    let covered = world.accounts.values().filter(|account| covers(world, &account.id));
    let rows = covered.flat_map(|account| {
        account.balances.iter().map(|(currency, balance)| {
            let booked = world.ledger.under(&format!("{} ", account.id)).map(|(_, entry)| entry);
            let last = booked.filter(|entry| entry.currency == *currency).map(|entry| entry.at).max();
            vec![
                account.id.clone(),
                currency.clone(),
                balance.available.to_string(),
                "0".to_owned(),
                (balance.available + balance.pending).to_string(),
                stamp(last.unwrap_or(account.created_at)),
            ]
        })
    });
    ("account_id,currency,available_balance,reserved_balance,total_balance,last_update", rows.collect())
}

fn accounts(world: &World, report: &Report) -> (&'static str, Vec<Row>) {
    let covered = world.accounts.values().filter(|account| covers(world, &account.id));
    let rows = covered.filter(|account| is_wanted(report, account.created_at, account.created_at));
    let row = |account: &crate::world::accounts::Account| {
        let word = |name: &str| account.document[name].as_str().unwrap_or_default().to_owned();
        vec![
            account.id.clone(),
            word("identifier"),
            word("nickname"),
            account.status.clone(),
            stamp(account.created_at),
        ]
    };
    ("account_id,identifier,nickname,status,created_at", rows.map(row).collect())
}

fn payouts(world: &World, report: &Report) -> (&'static str, Vec<Row>) {
    let covered = world.transfers.values().filter(|transfer| covers(world, &transfer.account));
    let mut wanted: Vec<_> =
        covered.filter(|transfer| is_wanted(report, transfer.created_at, transfer.updated_at)).collect();
    wanted.sort_by_key(|transfer| transfer.sequence);
    let rows = wanted.into_iter().map(|transfer| {
        let amounts = &transfer.amounts;
        vec![
            transfer.id.clone(),
            transfer.account.clone(),
            transfer.short_reference_id.clone(),
            transfer.request_id.clone(),
            transfer.status.clone(),
            amounts.source_currency.clone(),
            amounts.source.to_string(),
            amounts.transfer_currency.clone(),
            amounts.transfer.to_string(),
            amounts.fee.to_string(),
            stamp(transfer.created_at),
            stamp(transfer.updated_at),
        ]
    });
    let columns = "transfer_id,account_id,short_reference_id,request_id,status,source_currency,source_amount,\
                   transfer_currency,transfer_amount,fee_amount,created_at,last_update";
    (columns, rows.collect())
}

/// What a fee was taken of.
struct Source<'a> {
    id: &'a str,
    account: &'a str,
    currency: &'a str,
    amount: String,
    status: &'a str,
    options: &'a Value,
    at: (Instant, Instant),
}

fn application_fees(world: &World, report: &Report) -> (&'static str, Vec<Row>) {
    let mut rows = vec![];
    for transfer in world.transfers.values().filter(|transfer| covers(world, &transfer.account)) {
        let source = Source {
            id: &transfer.id,
            account: &transfer.account,
            currency: &transfer.amounts.source_currency,
            amount: transfer.amounts.source.to_string(),
            status: &transfer.status,
            options: &transfer.echo["application_fee_options"],
            at: (transfer.created_at, transfer.updated_at),
        };
        fee_rows(report, &source, &transfer.application_fees, &mut rows);
    }
    for conversion in world.conversions.values().filter(|conversion| covers(world, &conversion.account)) {
        let source = Source {
            id: &conversion.id,
            account: &conversion.account,
            currency: &conversion.deal.sell_currency,
            amount: conversion.deal.sell_amount.to_string(),
            status: &conversion.status,
            options: &conversion.deal.application_fee_options,
            at: (conversion.created_at, conversion.updated_at),
        };
        fee_rows(report, &source, &conversion.deal.application_fees, &mut rows);
    }
    let columns = "fee_id,account_id,source_type,source_id,source_currency,source_amount,type,percentage,amount,\
                   currency,status,created_at,last_update";
    (columns, rows)
}

fn fee_rows(report: &Report, source: &Source<'_>, fees: &[ApplicationFee], rows: &mut Vec<Row>) {
    if !is_wanted(report, source.at.0, source.at.1) {
        return;
    }
    for (index, fee) in fees.iter().enumerate() {
        let asked = source.options.as_array().into_iter().flatten();
        let option = asked
            .clone()
            .find(|option| option["source_type"] == fee.source_type.as_str())
            .or_else(|| asked.clone().next());
        let word = |name: &str| match option.map(|option| &option[name]) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        rows.push(vec![
            format!("{}-{index}", source.id),
            source.account.to_owned(),
            fee.source_type.clone(),
            source.id.to_owned(),
            source.currency.to_owned(),
            source.amount.clone(),
            word("type"),
            word("percentage"),
            fee.amount.to_string(),
            fee.currency.clone(),
            source.status.to_owned(),
            stamp(source.at.0),
            stamp(source.at.1),
        ]);
    }
}

fn transactions(world: &World, report: &Report) -> (&'static str, Vec<Row>) {
    let covered = world.ledger.values().filter(|entry| covers(world, &entry.account));
    let rows = covered.filter(|entry| is_wanted(report, entry.at, entry.at)).map(|entry| {
        vec![
            entry.id.clone(),
            entry.account.clone(),
            entry.kind.clone(),
            entry.source.clone(),
            entry.currency.clone(),
            entry.amount.to_string(),
            entry.balance.to_string(),
            stamp(entry.at),
        ]
    });
    let columns = "transaction_id,account_id,transaction_type,source_id,currency,amount,balance,created_at";
    (columns, rows.collect())
}

//! End to end: real `souk` and sandbox processes, SQLite and a real PostgreSQL, a real browser. The
//! tests speak HTTP, GraphQL and the browser only, and wait for conditions, never for a fixed time.

#![expect(clippy::disallowed_methods, reason = "tests start processes and tasks of their own")]

#[macro_use]
#[path = "../support/databases.rs"]
mod databases;
mod support;

mod access_rules;
mod beneficiary_form;
mod client_meets_sandbox;
mod commands;
mod compose;
mod connection_ends;
mod crash_and_restart;
mod graphql_http;
mod payout_is_paid;
mod replicas;
mod seller_connects;
mod seller_onboards;
mod token_rotation;
mod upstream_trouble;
mod webhook_delivery;

//! Global accounts: receiving details of one's own (03 §f.3), and the deposits that come in on them (§f.4).

mod accounts;
mod deposits;

pub use accounts::open;
pub use deposits::{Outcome, conclude};

use crate::call::{Endpoint, Needs};

const READ: Needs = Needs::Scope("global_account:read");
const WRITE: Needs = Needs::Active("global_account:write");
const SIMULATE: Needs = Needs::Scope("simulation:write");

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/global_accounts", READ, accounts::list),
    Endpoint::post("/api/v1/global_accounts/create", WRITE, accounts::MEMBERS, accounts::create),
    Endpoint::get("/api/v1/global_accounts/{id}", READ, accounts::get),
    Endpoint::post(
        "/api/v1/global_accounts/{id}/update",
        Needs::Scope("global_account:write"),
        &["nick_name", "deposit_conversion_currency"],
        accounts::update,
    ),
    // The older spelling (D).
    Endpoint::post(
        "/api/v1/global_accounts/update/{id}",
        Needs::Scope("global_account:write"),
        &["nick_name", "deposit_conversion_currency"],
        accounts::update,
    ),
    Endpoint::post(
        "/api/v1/global_accounts/{id}/close",
        Needs::Scope("global_account:write"),
        &[],
        accounts::close,
    ),
    Endpoint::get("/api/v1/global_accounts/{id}/transactions", READ, accounts::transactions),
    Endpoint::post("/api/v1/global_accounts/{id}/generate_statement_letter", READ, &[], accounts::letter),
    Endpoint::get("/api/v1/global_accounts/{id}/mandates", READ, accounts::mandates),
    Endpoint::get("/api/v1/deposits", Needs::Scope("deposit:read"), deposits::list),
    Endpoint::post(
        "/api/v1/deposits/create",
        Needs::Active("deposit:write"),
        deposits::MEMBERS,
        deposits::create,
    ),
    Endpoint::get("/api/v1/deposits/{id}", Needs::Scope("deposit:read"), deposits::get),
    Endpoint::post("/api/v1/simulation/deposit/create", SIMULATE, deposits::SIMULATED, deposits::simulate),
    Endpoint::post("/api/v1/simulation/deposits/{id}/settle", SIMULATE, &[], deposits::simulate_settle),
    Endpoint::post("/api/v1/simulation/deposits/{id}/reject", SIMULATE, &[], deposits::simulate_reject),
    Endpoint::post("/api/v1/simulation/deposits/{id}/reverse", SIMULATE, &[], deposits::simulate_reverse),
];

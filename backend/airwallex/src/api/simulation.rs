//! What only Airwallex's demo host lets one do (D, part 02 §5, 03 §c.12): the other side's decisions.

use serde_json::{Value, json};

use super::accounts::Account;
use super::rfis::Rfi;
use super::transfers::Transfer;
use crate::call::{Call, Recovery};
use crate::{Access, Client, Error};

/// Ends an account's review: `ACTIVE`, `SUSPENDED` or `ACTION_REQUIRED`. Without `force`, unmet conditions turn
/// ACTIVE into ACTION_REQUIRED.
pub async fn account_status(
    client: &Client,
    id: &str,
    next_status: &str,
    force: bool,
) -> Result<Account, Error> {
    let call = Call::post("/api/v1/simulation/accounts/{}/update_status", &[id], Recovery::ByStatus);
    client.send(&Access::Platform, call.json(&json!({ "next_status": next_status, "force": force }))?).await
}

/// Decides an amendment, a moment later.
pub async fn decide_amendment(
    client: &Client,
    access: &Access,
    id: &str,
    approve: bool,
) -> Result<(), Error> {
    let route = if approve {
        "/api/v1/simulation/account/amendments/{}/approve"
    } else {
        "/api/v1/simulation/account/amendments/{}/reject"
    };
    client.send_unit(access, Call::post(route, &[id], Recovery::ByStatus)).await
}

/// Asks the account questions of a type; which ones, Airwallex chooses unless they are given, each with the
/// `type` of its answer: `[{ "answer": { "type": "TEXT" } }]` (D).
pub async fn rfi(
    client: &Client,
    access: &Access,
    kind: &str,
    questions: Option<&Value>,
) -> Result<Rfi, Error> {
    let mut body = json!({ "type": kind });
    if let Some(questions) = questions {
        body["questions"] = questions.clone();
    }
    let call = Call::post("/api/v1/simulation/rfis/create", &[], Recovery::ByFingerprint);
    client.send(access, call.json(&body)?).await
}

/// Closes questions, answered or not (A); the account's status stays as it is (D).
pub async fn close_rfi(client: &Client, access: &Access, id: &str) -> Result<Rfi, Error> {
    client.send(access, Call::post("/api/v1/simulation/rfis/{}/close", &[id], Recovery::ByStatus)).await
}

/// Moves a transfer on; to where it stands already changes nothing.
pub async fn transfer(
    client: &Client,
    access: &Access,
    id: &str,
    next_status: &str,
    failure_type: Option<&str>,
) -> Result<Transfer, Error> {
    let mut body = json!({ "next_status": next_status });
    if let Some(kind) = failure_type {
        body["failure_type"] = json!(kind);
    }
    let call = Call::post("/api/v1/simulation/transfers/{}/transition", &[id], Recovery::ByStatus);
    client.send(access, call.json(&body)?).await
}

/// A bank sends something in on a global account.
pub async fn deposit(client: &Client, access: &Access, deposit: &Value) -> Result<Value, Error> {
    let call = Call::post("/api/v1/simulation/deposit/create", &[], Recovery::ByFingerprint);
    client.send(access, call.json(deposit)?).await
}

/// Asks once more about what was answered: `[{ "id": …, "answer": { "type": "TEXT" } }]`, or what Airwallex
/// chooses (D).
pub async fn follow_up_rfi(
    client: &Client,
    access: &Access,
    id: &str,
    questions: Option<&Value>,
) -> Result<Rfi, Error> {
    let body = questions.map_or_else(|| json!({}), |questions| json!({ "questions": questions }));
    let call = Call::post("/api/v1/simulation/rfis/{}/follow_up", &[id], Recovery::ByStatus);
    client.send(access, call.json(&body)?).await
}

/// What becomes of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepositEnd {
    /// The money is in the wallet.
    Settled,
    /// It never comes.
    Rejected,
    /// After it was settled.
    Reversed,
}

/// Ends a deposit. A lost answer is recovered by reading the deposit.
pub async fn end_deposit(client: &Client, access: &Access, id: &str, end: DepositEnd) -> Result<(), Error> {
    let route = match end {
        DepositEnd::Settled => "/api/v1/simulation/deposits/{}/settle",
        DepositEnd::Rejected => "/api/v1/simulation/deposits/{}/reject",
        DepositEnd::Reversed => "/api/v1/simulation/deposits/{}/reverse",
    };
    client.send_unit(access, Call::post(route, &[id], Recovery::ByStatus)).await
}

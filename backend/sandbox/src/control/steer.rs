//! Clock, reset, wallets.

use std::str::FromStr;

use axum::extract::State;
use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use serde_json::json;

use super::Input;
use crate::clock::Clock;
use crate::engine;
use crate::store::{Sandbox, fresh_world};
use crate::wallet::{self, Booking};
use crate::wire::{ApiError, Kind, Reply, amount_in, check_kinds, flag_at, is_currency, ok, text_at};

pub async fn clock(State(sandbox): State<Sandbox>) -> Reply {
    ok(json!({ "now": sandbox.lock().now().to_rfc3339() }))
}

/// `advance_seconds`, `freeze`, `set`, or `real` for the time of this machine; what becomes due runs before the answer.
pub async fn move_clock(State(sandbox): State<Sandbox>, input: Input) -> Reply {
    let body = input.only(&["advance_seconds", "freeze", "real", "set"])?;
    let mut state = sandbox.lock();
    let broken = |error: std::io::Error| ApiError::new(500, "internal_error", error.to_string());
    let nowhere = |name: &str| ApiError::invalid(name, "there is no such time: years 2000 to 8999");
    let set = match text_at(&body, "set") {
        None => None,
        Some(text) => {
            let at = DateTime::parse_from_rfc3339(&text)
                .map_err(|_| ApiError::invalid("set", "an RFC 3339 instant"))?;
            let at = at.with_timezone(&Utc);
            Some(at).filter(|at| Clock::may_stand_at(*at)).ok_or_else(|| nowhere("set")).map(Some)?
        }
    };
    let advance = match text_at(&body, "advance_seconds") {
        None => None,
        Some(text) => Some(read_seconds(&text)?),
    };
    check_kinds(
        &body,
        &[
            ("freeze", Kind::Flag),
            ("real", Kind::Flag),
            ("set", Kind::Text),
            ("advance_seconds", Kind::Number),
        ],
    )?;
    let is_real = flag_at(&body, "real").unwrap_or(false);
    let by = advance.unwrap_or_default();
    // Nothing is moved if not all of it can be.
    if is_real && (set.is_some() || advance.is_some() || flag_at(&body, "freeze").is_some()) {
        return Err(ApiError::invalid("real", "goes with nothing else"));
    }
    let target = set.unwrap_or_else(|| state.now()).checked_add_signed(by);
    if advance.is_some() && !target.is_some_and(Clock::may_stand_at) {
        return Err(nowhere("advance_seconds"));
    }
    if is_real {
        state.clock.go_real().map_err(broken)?;
    }
    if let Some(freeze) = flag_at(&body, "freeze") {
        state.clock.freeze(freeze).map_err(broken)?;
    }
    if let Some(at) = set {
        state.clock.set(at).map_err(broken)?;
    }
    if let Some(by) = advance
        && !state.clock.advance(by).map_err(broken)?
    {
        return Err(nowhere("advance_seconds"));
    }
    if set.is_some() || advance.is_some() || is_real {
        state.jumped_to = Some(state.now());
    }
    engine::run_due(&mut state);
    ok(json!({ "now": state.now().to_rfc3339() }))
}

fn read_seconds(text: &str) -> Result<Duration, ApiError> {
    let wrong = || ApiError::invalid("advance_seconds", "a number of seconds");
    let seconds = Decimal::from_str(text).map_err(|_| wrong())?;
    let micros = seconds.checked_mul(Decimal::from(1_000_000)).ok_or_else(wrong)?;
    i64::try_from(micros).map(Duration::microseconds).map_err(|_| wrong())
}

pub async fn reset(State(sandbox): State<Sandbox>, input: Input) -> Reply {
    input.only(&[])?;
    let mut state = sandbox.lock();
    let world = fresh_world(&sandbox.options, state.now());
    state.begin_anew(world);
    ok(json!({}))
}

pub async fn top_up(State(sandbox): State<Sandbox>, input: Input) -> Reply {
    let body = input.only(&["account_id", "currency", "amount"])?;
    let (account, currency) = (ApiError::need(&body, "account_id")?, ApiError::need(&body, "currency")?);
    if !is_currency(&currency) {
        return Err(ApiError::invalid("currency", "there is no such currency"));
    }
    let amount = amount_in(&body, "amount", &currency)?.ok_or_else(|| ApiError::required("amount"))?;
    let mut state = sandbox.lock();
    let now = state.now();
    if !state.world.accounts.contains(&account) {
        return Err(ApiError::not_found("the account"));
    }
    let deposit =
        Booking { account: &account, currency: &currency, amount, kind: "DEPOSIT", source: "control" };
    wallet::book(&mut state.world, now, &deposit);
    engine::money_came(&mut state.world, &account, now);
    engine::run_due(&mut state);
    ok(json!({}))
}

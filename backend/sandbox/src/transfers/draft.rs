//! Reading a transfer's body by the rules of 03 §c.2, for one transfer or an item of a batch.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::amounts::{self, Asked};
use super::lifecycle;
use crate::beneficiaries::{self, Rail, Wanted};
use crate::call::Call;
use crate::fx::rates::Given;
use crate::wire::{ApiError, FieldFault, Kind, amount_in, check_kinds, put, text_at};
use crate::world::money::{Amounts, ApplicationFee, Draft};

/// The longest reference (D).
const REFERENCE: usize = 140;
/// How far ahead a transfer may be dated (A).
const AHEAD: u64 = 365;

const REASONS: [&str; 23] = [
    "audio_visual_services",
    "bill_payment",
    "business_expenses",
    "construction",
    "donation_charitable_contribution",
    "education_training",
    "family_support",
    "freight",
    "goods_purchased",
    "investment_capital",
    "investment_proceeds",
    "living_expenses",
    "loan_credit_repayment",
    "medical_services",
    "pension",
    "personal_remittance",
    "professional_business_services",
    "real_estate",
    "taxes",
    "technical_services",
    "transfer_to_own_account",
    "travel",
    "wages_salary",
];

/// What is echoed as it came.
const ECHOED: [&str; 10] = [
    "reason",
    "reference",
    "remarks",
    "metadata",
    "beneficiary_id",
    "payer_id",
    "application_fee_options",
    "lock_rate_on_create",
    "swift_charge_option",
    "quote_id",
];

fn check_types(body: &Value) -> Result<(), ApiError> {
    let kinds = [
        ("application_fee_options", Kind::List),
        ("lock_rate_on_create", Kind::Flag),
        ("metadata", Kind::Texts),
    ];
    // Null is as good as nothing.
    let told = kinds.into_iter().filter(|(name, _)| body.get(name).is_some_and(|value| !value.is_null()));
    check_kinds(body, &told.collect::<Vec<_>>())?;
    let outcome = body["metadata"]["sim.outcome"].as_str();
    if outcome.is_some_and(|word| !lifecycle::is_outcome(word)) {
        return Err(ApiError::invalid("metadata.sim.outcome", "the sandbox knows no such outcome"));
    }
    Ok(())
}

/// Reads a body; the first kind of fault that it has is told.
pub fn read(call: &Call<'_>, body: &Value) -> Result<Draft, ApiError> {
    check_types(body)?;
    let faults = field_faults(body);
    if !faults.is_empty() {
        return Err(ApiError::fields(&faults));
    }
    let (beneficiary, rail) = payee(call, body)?;
    let transfer_currency = ApiError::need(body, "transfer_currency")?;
    let account_currency = text_at(&beneficiary, "bank_details.account_currency");
    if account_currency.is_some_and(|currency| currency != transfer_currency) {
        let message = "the payee's account takes another currency";
        return Err(ApiError::new(400, "unsupported_currency", message).at("transfer_currency"));
    }
    let source_currency = text_at(body, "source_currency").unwrap_or_else(|| transfer_currency.clone());
    let asked = Asked {
        given: given(body, &source_currency, &transfer_currency)?,
        source_currency,
        transfer_currency,
        fee_paid_by: text_at(body, "fee_paid_by").unwrap_or_else(|| "PAYER".to_owned()),
        charge_option: text_at(body, "swift_charge_option"),
    };
    let (amounts, deal) = amounts::work_out(call, body, &asked, &rail)?;
    check_limit(&rail, &amounts)?;
    check_capability(call, &rail)?;
    check_interac(&rail, body)?;
    let application_fees = amounts::application_fees(call, body, &amounts, deal.as_ref())?;
    if !application_fees.is_empty() && text_at(&beneficiary, "type").as_deref() == Some("DIGITAL_WALLET") {
        let message = "not for payouts to wallets";
        return Err(ApiError::invalid("application_fee_options", message));
    }
    let mut echo = json!({});
    for name in ECHOED {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            put(&mut echo, name, value.clone());
        }
    }
    if text_at(body, "quote_id").is_some() && deal.is_none() {
        return Err(ApiError::new(
            400,
            "invalid_quote",
            "there is no conversion: the currencies are the same",
        )
        .at("quote_id"));
    }
    if asked.source_currency != asked.transfer_currency && echo.get("lock_rate_on_create").is_none() {
        put(&mut echo, "lock_rate_on_create", json!(true));
    }
    Ok(Draft {
        amounts,
        deal,
        application_fees,
        echo,
        transfer_method: rail.method,
        transfer_date: date(call, body)?,
        beneficiary,
        payer: payer(call, body)?,
    })
}

/// Fields that are missing or wrong by themselves, all at once.
fn field_faults(body: &Value) -> Vec<FieldFault> {
    let mut faults = vec![];
    for path in ["reason", "reference", "transfer_currency"] {
        if text_at(body, path).is_none() {
            faults.push(FieldFault::missing(path));
        }
    }
    if text_at(body, "beneficiary_id").is_none() && body.get("beneficiary").is_none_or(Value::is_null) {
        faults.push(FieldFault::missing("beneficiary_id"));
    }
    if text_at(body, "reference").is_some_and(|text| text.chars().count() > REFERENCE) {
        faults.push(FieldFault::new("reference", "021", json!({ "length_max": REFERENCE.to_string() })));
    }
    let choices: [(&str, &[&str]); 4] = [
        ("reason", &REASONS),
        ("fee_paid_by", &["PAYER", "BENEFICIARY"]),
        ("swift_charge_option", &["SHARED", "PAYER"]),
        ("transfer_method", &["LOCAL", "SWIFT"]),
    ];
    for (path, options) in choices {
        if text_at(body, path).is_some_and(|value| !options.contains(&value.as_str())) {
            faults.push(FieldFault::new(path, "011", json!({ "value_options": options.join(",") })));
        }
    }
    faults
}

/// Exactly one of the two amounts, fitting its currency's minor unit.
fn given(body: &Value, source: &str, transfer: &str) -> Result<Given, ApiError> {
    match (amount_in(body, "source_amount", source)?, amount_in(body, "transfer_amount", transfer)?) {
        (None, Some(amount)) => Ok(Given::Buy(amount)),
        (Some(amount), None) => Ok(Given::Sell(amount)),
        (None, None) => Err(ApiError::fields(&[FieldFault::missing("transfer_amount")])),
        (Some(_), Some(_)) => Err(ApiError::invalid("source_amount", "one of the two amounts, not both")),
    }
}

/// The payee as stored or as sent, and the way to pay it.
fn payee(call: &Call<'_>, body: &Value) -> Result<(Value, Rail), ApiError> {
    let document = match text_at(body, "beneficiary_id") {
        Some(_) if body.get("beneficiary").is_some_and(Value::is_object) => {
            return Err(ApiError::invalid("beneficiary", "beneficiary_id or beneficiary, not both"));
        }
        Some(id) => {
            let found = call.world.beneficiaries.get(&id).filter(|found| found.account == call.account());
            let found =
                found.ok_or_else(|| ApiError::invalid("beneficiary_id", "the beneficiary does not exist"))?;
            found.document.clone()
        }
        None => {
            let method = text_at(body, "transfer_method")
                .ok_or_else(|| ApiError::fields(&[FieldFault::missing("transfer_method")]))?;
            let inline = json!({ "beneficiary": body["beneficiary"], "transfer_methods": [method] });
            let corridors = beneficiaries::checked(call, &inline)?;
            beneficiaries::relevant_document(&corridors, &inline)
        }
    };
    let method = text_at(body, "transfer_method").or_else(|| beneficiaries::method_of(&document));
    let method = method.unwrap_or_else(|| "LOCAL".to_owned());
    let is_offered =
        document["transfer_methods"].as_array().is_some_and(|all| all.iter().any(|one| *one == method));
    let rail = beneficiaries::rail(&Wanted::from_document(&document, &method), call.version);
    match rail.filter(|_| is_offered) {
        Some(rail) => Ok((document["beneficiary"].clone(), rail)),
        None => {
            let message = "the beneficiary cannot be paid this way";
            Err(ApiError::new(400, "unsupported_transfer_method", message).at("transfer_method"))
        }
    }
}

/// The account itself unless somebody else is named (D).
fn payer(call: &Call<'_>, body: &Value) -> Result<Value, ApiError> {
    let inline = body.get("payer").filter(|payer| !payer.is_null());
    if let Some(id) = text_at(body, "payer_id") {
        if inline.is_some() {
            return Err(ApiError::invalid("payer", "payer_id or payer, not both"));
        }
        let found = call.world.payers.get(&id).filter(|found| found.account == call.account());
        let found = found.ok_or_else(|| ApiError::invalid("payer_id", "the payer does not exist"))?;
        return Ok(found.document["payer"].clone());
    }
    if let Some(payer) = inline {
        let faults = beneficiaries::payer_faults(payer, "payer");
        return if faults.is_empty() { Ok(payer.clone()) } else { Err(ApiError::fields(&faults)) };
    }
    let document = call.world.accounts.get(call.account()).map(|account| &account.document);
    let business = document.and_then(|document| document.pointer("/account_details/business_details"));
    Ok(json!({
        "entity_type": "COMPANY",
        "company_name": business.map(|business| business["business_name"].clone()),
    }))
}

/// Today or later; the older code said payment (D).
fn date(call: &Call<'_>, body: &Value) -> Result<NaiveDate, ApiError> {
    dated(body, call.now.date_naive(), "invalid_transfer_date")
}

/// A transfer's or a batch's date, which refuse a wrong one each by its own code (D).
pub fn dated(body: &Value, today: NaiveDate, code: &str) -> Result<NaiveDate, ApiError> {
    let Some(text) = text_at(body, "transfer_date") else { return Ok(today) };
    let wrong = |words: &str| ApiError::new(400, code, words).at("transfer_date");
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").map_err(|_| wrong("a date reads YYYY-MM-DD"))?;
    if date < today || date > today + Days::new(AHEAD) {
        return Err(wrong("today, or at most a year ahead"));
    }
    Ok(date)
}

/// The most that goes this way (D).
fn check_limit(rail: &Rail, amounts: &Amounts) -> Result<(), ApiError> {
    let Some((most, currency)) = &rail.limit else { return Ok(()) };
    if *currency == amounts.transfer_currency && amounts.transfer > *most {
        let message = format!("at most {most} {currency} this way");
        return Err(ApiError::new(400, "amount_above_limit", message).at("transfer_amount"));
    }
    Ok(())
}

/// Some corridors ask for a capability of the account (D: local yuan).
fn check_capability(call: &Call<'_>, rail: &Rail) -> Result<(), ApiError> {
    let Some(wanted) = &rail.capability else { return Ok(()) };
    let account = call.world.accounts.get(call.account());
    if account.and_then(|account| account.capabilities.get(wanted)).is_some_and(|status| status == "ENABLED")
    {
        return Ok(());
    }
    let message = format!("the account lacks the capability {wanted}");
    Err(ApiError::new(400, "unsupported_transfer_method", message).at("transfer_method"))
}

/// A question and its answer, unless the payee takes deposits by themselves (C).
fn check_interac(rail: &Rail, body: &Value) -> Result<(), ApiError> {
    if rail.system.as_deref() != Some("INTERAC") {
        return Ok(());
    }
    let question = text_at(body, "security_question");
    let Some(answer) = text_at(body, "security_answer") else {
        return if question.is_none() {
            Ok(())
        } else {
            Err(ApiError::fields(&[FieldFault::missing("security_answer")]))
        };
    };
    if question.is_none_or(|question| question.chars().count() > 40) {
        return Err(ApiError::fields(&[FieldFault::new(
            "security_question",
            "002",
            json!({ "length_min": "1", "length_max": "40" }),
        )]));
    }
    let is_fit = (3..=25).contains(&answer.len()) && answer.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_fit {
        return Ok(());
    }
    Err(ApiError::fields(&[FieldFault::new(
        "security_answer",
        "003",
        json!({ "pattern": "^[0-9A-Za-z]{3,25}$" }),
    )]))
}

/// The sum of fees of a currency.
pub fn fees_in(fees: &[ApplicationFee], currency: &str) -> Decimal {
    fees.iter().filter(|fee| fee.currency == currency).map(|fee| fee.amount).sum()
}

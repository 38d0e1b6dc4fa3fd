//! The demo's data: loaded through services, walking the hosted pages as a browser would.
//!
//! Running it twice changes nothing: whatever is there already is left as it is. Never in production.

use std::collections::HashMap;
use std::time::Duration;

use airwallex::api::schemas::Condition;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;

use super::{Customer, Walker};
use crate::accounts::AccountStatus;
use crate::beneficiaries::service::NewBeneficiary;
use crate::connections::ConnectionStatus;
use crate::connections::model::Outcome;
use crate::connections::service::Return;
use crate::db::page::PageRequest;
use crate::kernel::id::SellerId;
use crate::kernel::{Actor, Currency, Error, Failure, Money, Refusal, Secret, StaffRole, System};
use crate::payouts::service::NewPayout;
use crate::platform::Platform;
use crate::users::Person;
use crate::users::service::SignUp;
use crate::web::Cookies;
use crate::{accounts, beneficiaries, connections, fees, onboarding, payouts, sellers, users};

/// The demo, as `seed/demo.json` holds it.
#[derive(Deserialize)]
struct Demo {
    password: String,
    plan: Plan,
    staff: Vec<Someone>,
    sellers: Vec<DemoSeller>,
}

#[derive(Deserialize)]
struct Plan {
    percentage: Decimal,
    fixed: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Someone {
    name: String,
    email: String,
}

#[derive(Deserialize)]
struct DemoSeller {
    name: String,
    country: String,
    person: Someone,
    /// How far the seller has come: `new`, `connected`, `submitted`, `active`.
    state: String,
    #[serde(default)]
    beneficiaries: Vec<DemoBeneficiary>,
    #[serde(default)]
    payouts: Vec<DemoPayout>,
}

impl DemoSeller {
    /// What a newcomer finds there.
    fn story(&self) -> &'static str {
        match self.state.as_str() {
            "new" => "not connected yet",
            "connected" => "connected, checks not begun",
            "submitted" => "checked a moment ago, nothing paid yet",
            "asked" => "Airwallex has a question",
            "disconnected" => "took the permission back",
            _ => "paid out before",
        }
    }
}

#[derive(Deserialize)]
struct DemoBeneficiary {
    country: String,
    currency: String,
    values: HashMap<String, String>,
}

#[derive(Deserialize)]
struct DemoPayout {
    currency: String,
    amount: String,
    reference: String,
}

/// A sign-in of the demo, to be printed.
pub struct SignIn {
    pub who: String,
    pub email: String,
    pub password: String,
}

fn broken<R: Refusal>(error: Error<R>) -> Failure {
    match error.into_problem() {
        Ok(problem) => Failure::new(format!("the seed was refused: {} {}", problem.code, problem.message)),
        Err(failure) => failure,
    }
}

/// Loads the demo. Needs the sandbox within reach; the worker may run beside it.
pub async fn load(platform: &Platform, source: &str) -> Result<Vec<SignIn>, Failure> {
    if platform.settings.production {
        return Err(Failure::new("demo data never goes into production"));
    }
    let demo: Demo = serde_json::from_str(source)?;
    let system = System::new("seed");
    let mut fixed = vec![];
    for (code, amount) in &demo.plan.fixed {
        let currency = Currency::parse(code).map_err(Failure::new)?;
        fixed.push(Money::parse(amount, currency).map_err(Failure::new)?);
    }
    fixed.sort_by_key(|money| money.currency());
    fees::service::provision_standard(platform, &system, demo.plan.percentage, &fixed).await?;
    let mut sign_ins = vec![];
    for staff in &demo.staff {
        add_person(platform, &system, staff, &demo.password, Some(StaffRole::Admin)).await?;
        sign_ins.push(sign_in("staff", staff, &demo.password));
    }
    for seller in &demo.sellers {
        load_seller(platform, &system, seller, &demo.password).await?;
        sign_ins.push(sign_in(
            &format!("{}, {}", seller.name, seller.story()),
            &seller.person,
            &demo.password,
        ));
    }
    Ok(sign_ins)
}

fn sign_in(who: &str, person: &Someone, password: &str) -> SignIn {
    SignIn { who: who.to_owned(), email: person.email.clone(), password: password.to_owned() }
}

async fn add_person(
    platform: &Platform,
    system: &System,
    person: &Someone,
    password: &str,
    role: Option<StaffRole>,
) -> Result<Person, Failure> {
    let input = SignUp {
        name: person.name.clone(),
        email: person.email.clone(),
        password: Secret::new(password.to_owned()),
    };
    users::service::provision(platform, system, input, role).await.map_err(broken)
}

async fn load_seller(
    platform: &Platform,
    system: &System,
    demo: &DemoSeller,
    password: &str,
) -> Result<(), Failure> {
    let person = add_person(platform, system, &demo.person, password, None).await?;
    let mut actor = users::service::actor_of(platform, system, &person).await?;
    let own = actor.sellers().unwrap_or_default().into_iter().next();
    let seller = match own {
        Some(seller) => seller,
        None => {
            let wanted =
                sellers::service::NewSeller { name: demo.name.clone(), country: demo.country.clone() };
            let made = sellers::service::create(platform, &actor, wanted).await.map_err(broken)?;
            actor = users::service::actor_of(platform, system, &person).await?;
            made.id
        }
    };
    if demo.state == "new" {
        return Ok(());
    }
    let walker = Walker::new()?;
    let known = connections::service::of_seller(platform, &actor, &seller).await.map_err(broken)?;
    if known.is_none() {
        connect(platform, &actor, &seller, demo, &walker).await?;
    }
    // She took it back in an earlier seed; the event of it may still be on its way.
    if known.is_some_and(|connection| connection.status != ConnectionStatus::Connected) {
        return Ok(());
    }
    accounts::service::sync(platform, system, &seller).await.map_err(broken)?;
    if demo.state == "connected" {
        return Ok(());
    }
    if matches!(demo.state.as_str(), "asked" | "disconnected") {
        return elsewhere(platform, &actor, &seller, &demo.state, &walker).await;
    }
    submit(platform, &actor, &seller, &walker).await?;
    if demo.state == "submitted" {
        return Ok(());
    }
    until_active(platform, system, &actor, &seller).await?;
    pay(platform, &actor, &seller, demo).await
}

/// Walks sign-up, phone code, intended use and consent like a person with a browser.
async fn connect(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    demo: &DemoSeller,
    walker: &Walker,
) -> Result<(), Failure> {
    let who = Customer { name: &demo.person.name, business: &demo.name, email: &demo.person.email };
    let mut begun = connections::service::begin(platform, actor, seller, true).await.map_err(broken)?;
    let at = match walker.sign_up(&begun.url, &who).await? {
        Some(at) => at,
        // An earlier seed came this far and was stopped.
        None => {
            begun = connections::service::begin(platform, actor, seller, false).await.map_err(broken)?;
            walker.log_in(&begun.url, &who).await?
        }
    };
    let query: HashMap<String, String> = at.query_pairs().into_owned().collect();
    let cookie = begun.cookie.map(|(name, value)| format!("{name}={}", value.expose())).unwrap_or_default();
    let mut headers = http::HeaderMap::new();
    headers.insert("cookie", cookie.parse().map_err(Failure::new)?);
    let back = Return {
        state: query.get("state").map(String::as_str).unwrap_or_default(),
        code: query.get("code").map(|code| airwallex::Token::new(code.clone())),
        error: query.get("error").map(String::as_str),
    };
    let attempt = connections::service::complete(platform, actor, &Cookies::read(&headers), back)
        .await
        .map_err(broken)?;
    match attempt.outcome {
        Some(Outcome::Connected) => Ok(()),
        other => Err(Failure::new(format!("the seed could not connect a seller: {other:?}"))),
    }
}

/// What others do at Airwallex; its events bring it here.
async fn elsewhere(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    state: &str,
    walker: &Walker,
) -> Result<(), Failure> {
    let account = accounts::service::of_seller(platform, actor, seller).await.map_err(broken)?;
    let Some(account) = account else { return Ok(()) };
    // What is under way with the connection comes first: it would be refused afterwards.
    super::worker::drain(platform).await?;
    let (path, body) = match (state, account.status) {
        ("asked", AccountStatus::Created) => {
            (format!("accounts/{}/review", account.upstream_id), json!({ "status": "ACTION_REQUIRED" }))
        }
        ("disconnected", _) => (format!("connections/{}/disconnect", account.upstream_id), json!({})),
        _ => return Ok(()),
    };
    walker.order(&platform.settings.consent_url, &format!("/_control/{path}"), &body).await
}

async fn submit(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    walker: &Walker,
) -> Result<(), Failure> {
    let account = accounts::service::of_seller(platform, actor, seller).await.map_err(broken)?;
    if account.is_none_or(|account| account.status != AccountStatus::Created) {
        return Ok(());
    }
    let link = onboarding::service::hosted_link(platform, actor, seller).await.map_err(broken)?;
    let page = walker.follow(&link).await?;
    walker.submit(&page, &[("decision", "complete")]).await?;
    Ok(())
}

/// The sandbox reviews by itself within seconds.
async fn until_active(
    platform: &Platform,
    system: &System,
    actor: &Actor,
    seller: &SellerId,
) -> Result<(), Failure> {
    for _ in 0..120 {
        accounts::service::sync(platform, system, seller).await.map_err(broken)?;
        let account = accounts::service::of_seller(platform, actor, seller).await.map_err(broken)?;
        if account.is_some_and(|account| account.status == AccountStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err(Failure::new("a demo account did not become ACTIVE; is the sandbox started with --auto?"))
}

async fn pay(
    platform: &Platform,
    actor: &Actor,
    seller: &SellerId,
    demo: &DemoSeller,
) -> Result<(), Failure> {
    for (index, wanted) in demo.beneficiaries.iter().enumerate() {
        let condition = Condition {
            bank_country_code: wanted.country.clone(),
            account_currency: wanted.currency.clone(),
            transfer_method: "LOCAL".to_owned(),
            local_clearing_system: None,
            entity_type: "COMPANY".to_owned(),
            account_routing_type1: None,
            ..Condition::default()
        };
        let schema =
            beneficiaries::service::form(platform, actor, seller, &condition).await.map_err(broken)?;
        let mut values: beneficiaries::form::Values = schema
            .fields
            .iter()
            .filter(|field| !field.default.is_empty())
            .map(|field| (field.path.clone(), field.default.clone()))
            .collect();
        values.extend(wanted.values.clone());
        let input = NewBeneficiary { condition, values, idempotency_key: format!("seed-{index}") };
        beneficiaries::service::create(platform, actor, seller, input).await.map_err(broken)?;
    }
    let all = PageRequest::first(100);
    let accounts = beneficiaries::service::list(platform, actor, seller, &all).await.map_err(broken)?;
    for (index, wanted) in demo.payouts.iter().enumerate() {
        let account = accounts.items.iter().find(|account| account.currency == wanted.currency);
        let account = account.ok_or_else(|| Failure::new("a demo payout has no bank account"))?;
        let currency = Currency::parse(&wanted.currency).map_err(Failure::new)?;
        let input = NewPayout {
            seller: seller.clone(),
            beneficiary: account.id.clone(),
            amount: Money::parse(&wanted.amount, currency).map_err(Failure::new)?,
            reference: wanted.reference.clone(),
            idempotency_key: format!("seed-{index}"),
        };
        payouts::service::create(platform, actor, input).await.map_err(broken)?;
    }
    Ok(())
}

//! The form for a bank account.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use airwallex::api::schemas::Condition;

use super::seller_of;
use crate::beneficiaries::BeneficiaryRefusal;
use crate::beneficiaries::form::{self, Values};
use crate::beneficiaries::schema::{Field, FieldKind, FormSchema};
use crate::beneficiaries::service::{self, NewBeneficiary};
use crate::kernel::{Currency, Error, Kind, Random};
use crate::platform::Platform;
use crate::sellers::Seller;
use crate::web::page::{Page, see_other, show, show_with};
use crate::web::{Browser, FieldProblem, Fields, Summary, WebResult};

/// One field as `components/field.html` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct ShownField {
    /// The control's name and the end of its id.
    pub name: String,
    /// `text`, `select`, `radio`, `method` or `fixed`.
    pub kind: &'static str,
    pub label: String,
    pub hint: String,
    pub value: String,
    /// A fixed value in words.
    pub said: String,
    pub error: String,
    pub optional: bool,
    pub refreshes: bool,
    pub choices: Vec<ShownChoice>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ShownChoice {
    pub value: String,
    pub label: String,
    pub arrives: String,
    pub limit: String,
}

/// Fields that belong together.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    pub id: &'static str,
    pub title: &'static str,
    pub fields: Vec<ShownField>,
    /// Whether a change of one of them asks for another form.
    pub refreshes: bool,
}

impl Group {
    fn new((id, title): (&'static str, &'static str), fields: Vec<ShownField>) -> Self {
        Self { id, title, refreshes: fields.iter().any(|field| field.refreshes), fields }
    }
}

/// The form.
#[derive(Debug, Clone, Serialize)]
pub struct FormPage {
    pub seller_id: String,
    /// In Airwallex's order.
    pub groups: Vec<Group>,
    pub summary: Summary,
    /// Labels of what was dropped because the form changed.
    pub dropped: Vec<String>,
    /// The group whose change that was.
    pub updated: String,
    pub idempotency_key: String,
}

impl Page for FormPage {
    const TEMPLATE: &'static str = "beneficiaries/form.html";

    fn samples() -> Vec<Self> {
        let field = |kind: &'static str, error: &str| ShownField {
            name: format!("beneficiary.{kind}"),
            kind,
            label: "Sort code".to_owned(),
            hint: "Six digits.".to_owned(),
            value: "a".to_owned(),
            said: "A".to_owned(),
            error: error.to_owned(),
            optional: error.is_empty(),
            refreshes: kind == "select",
            choices: vec![ShownChoice {
                value: "a".to_owned(),
                label: "A".to_owned(),
                arrives: "Same day".to_owned(),
                limit: String::new(),
            }],
        };
        let kinds = ["text", "select", "radio", "method", "fixed"];
        let page = |error: &str, summary: Summary, dropped: Vec<String>| Self {
            seller_id: "seller_1".to_owned(),
            groups: vec![Group::new(GROUPS[3], kinds.iter().map(|kind| field(kind, error)).collect())],
            summary,
            dropped,
            updated: GROUPS[3].0.to_owned(),
            idempotency_key: "key".to_owned(),
        };
        let problem = FieldProblem::new("beneficiary.text", "Enter the sort code");
        vec![
            page("", Summary::default(), vec![]),
            page("Enter the sort code", Summary::of(vec![problem]), vec!["IBAN".to_owned()]),
        ]
    }
}

/// Ids and headings, in the order of the page.
const GROUPS: [(&str, &str); 6] = [
    ("who", "Who is paid"),
    ("where", "Where the bank is"),
    ("how", "How the money travels"),
    ("account", "The account"),
    ("address", "The address"),
    ("rest", "Anything else"),
];

/// Which of the groups a path belongs to.
fn group_of(path: &str) -> usize {
    match path {
        "beneficiary.entity_type"
        | "beneficiary.company_name"
        | "beneficiary.first_name"
        | "beneficiary.last_name"
        | "beneficiary.date_of_birth" => 0,
        "beneficiary.bank_details.bank_country_code" | "beneficiary.bank_details.account_currency" => 1,
        "transfer_method" | "beneficiary.bank_details.local_clearing_system" => 2,
        path if path.starts_with("beneficiary.bank_details.") => 3,
        path if path.starts_with("beneficiary.address.") => 4,
        _ => 5,
    }
}

/// A code of Airwallex's as people write it: `sort_code` is "Sort code", `aba` is "ABA".
fn said(code: &str) -> String {
    if code.len() <= 4 && !code.contains('_') {
        return code.to_uppercase();
    }
    let words = code.replace('_', " ").to_lowercase();
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn shown(field: &Field, values: &Values, problems: &[FieldProblem]) -> ShownField {
    let kind = match field.kind {
        FieldKind::Text => "text",
        FieldKind::Select => "select",
        FieldKind::Radio => "radio",
        FieldKind::Method => "method",
        FieldKind::Fixed => "fixed",
    };
    let choice = |choice: &crate::beneficiaries::schema::Choice| ShownChoice {
        value: choice.value.clone(),
        label: choice.label.clone(),
        arrives: choice.arrives.clone().unwrap_or_default(),
        limit: choice.limit.clone().unwrap_or_default(),
    };
    let error =
        problems.iter().find(|problem| problem.field == field.path).map(|problem| problem.message.clone());
    ShownField {
        name: field.path.clone(),
        kind,
        label: field.label.clone(),
        hint: field.hint.clone(),
        said: said(&field.default),
        value: match field.kind {
            FieldKind::Fixed => field.default.clone(),
            _ => values.get(&field.path).cloned().unwrap_or_else(|| field.default.clone()),
        },
        error: error.unwrap_or_default(),
        optional: !field.required,
        refreshes: field.refreshes,
        choices: field.choices.iter().map(choice).collect(),
    }
}

impl FormPage {
    fn of(
        seller: &Seller,
        schema: &FormSchema,
        values: &Values,
        problems: Vec<FieldProblem>,
        key: String,
    ) -> Self {
        let mut groups: BTreeMap<usize, Vec<ShownField>> = BTreeMap::new();
        for field in &schema.fields {
            groups.entry(group_of(&field.path)).or_default().push(shown(field, values, &problems));
        }
        Self {
            seller_id: seller.id.to_string(),
            groups: groups.into_iter().map(|(at, fields)| Group::new(GROUPS[at], fields)).collect(),
            summary: Summary::of(problems),
            dropped: vec![],
            updated: String::new(),
            idempotency_key: key,
        }
    }
}

const PATHS: [(&str, &str); 5] = [
    ("beneficiary.bank_details.bank_country_code", "country"),
    ("beneficiary.bank_details.account_currency", "currency"),
    ("transfer_method", "method"),
    ("beneficiary.bank_details.local_clearing_system", "system"),
    ("beneficiary.entity_type", "entity"),
];

/// The currency that a bank country's own corridor has; a changed country takes it along.
fn home_currency(country: &str) -> &'static str {
    Currency::of_country(country).map_or("GBP", Currency::code)
}

/// What the form depends on, from its values; a new country begins with its own currency and rail.
fn condition_of(values: &Values, seller: &Seller) -> Condition {
    let get = |path: &str| values.get(path).filter(|value| !value.is_empty()).cloned();
    let country = get(PATHS[0].0).unwrap_or_else(|| seller.country.clone());
    let currency = get(PATHS[1].0).filter(|currency| currency == home_currency(&country));
    let same_country = currency.is_some();
    Condition {
        account_currency: currency.unwrap_or_else(|| home_currency(&country).to_owned()),
        bank_country_code: country,
        transfer_method: get(PATHS[2].0).unwrap_or_else(|| "LOCAL".to_owned()),
        local_clearing_system: get(PATHS[3].0).filter(|_| same_country),
        entity_type: get(PATHS[4].0).unwrap_or_else(|| "COMPANY".to_owned()),
        account_routing_type1: get("beneficiary.bank_details.account_routing_type1").filter(|_| same_country),
        ..Condition::default()
    }
}

/// What the condition decides is written back, so that the form and its values agree.
fn with_condition(mut values: Values, condition: &Condition, schema: &FormSchema) -> Values {
    let mut set = |path: &str, value: Option<&String>| {
        if let (Some(value), true) = (value, schema.field(path).is_some()) {
            values.insert(path.to_owned(), value.clone());
        }
    };
    set(PATHS[0].0, Some(&condition.bank_country_code));
    set(PATHS[1].0, Some(&condition.account_currency));
    set(PATHS[2].0, Some(&condition.transfer_method));
    set(PATHS[3].0, condition.local_clearing_system.as_ref());
    set(PATHS[4].0, Some(&condition.entity_type));
    values
}

fn new_key(platform: &Platform) -> String {
    Random::request_id(&*platform.random)
}

pub async fn new_page(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let condition = condition_of(&Values::new(), &seller);
    let schema = match service::form(&platform, &browser.actor, &seller.id, &condition).await {
        // Nothing to put right here: the way in is another page.
        Err(Error::Refused(BeneficiaryRefusal::NotConnected | BeneficiaryRefusal::PermissionMissing)) => {
            return Ok(see_other(&format!("/seller/{}", seller.id)));
        }
        schema => schema?,
    };
    let values = with_condition(Values::new(), &condition, &schema);
    show(&platform, &frame, &FormPage::of(&seller, &schema, &values, vec![], new_key(&platform)))
}

/// Saves, or with the other button asks for the form again with what was typed.
pub async fn submit(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    fields: Fields,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let key = fields.text("idempotency_key");
    let values: Values = fields
        .all()
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "csrf" | "idempotency_key" | "update"))
        .map(|(name, value)| (name.clone(), value.trim().to_owned()))
        .collect();
    let condition = condition_of(&values, &seller);
    let schema = match service::form(&platform, &browser.actor, &seller.id, &condition).await {
        Err(Error::Refused(BeneficiaryRefusal::NotConnected | BeneficiaryRefusal::PermissionMissing)) => {
            return Ok(see_other(&format!("/seller/{}", seller.id)));
        }
        schema => schema?,
    };
    let (kept, dropped) = form::carry_over(&schema, values);
    let values = with_condition(kept, &condition, &schema);
    if fields.has("update") || !dropped.is_empty() {
        let pressed = fields.text("update");
        let updated = if pressed.is_empty() { GROUPS[1].0.to_owned() } else { pressed };
        let page = FormPage { dropped, updated, ..FormPage::of(&seller, &schema, &values, vec![], key) };
        return show(&platform, &frame, &page);
    }
    let input = NewBeneficiary { condition, values: values.clone(), idempotency_key: key.clone() };
    match service::create(&platform, &browser.actor, &seller.id, input).await {
        Ok(_) => Ok(see_other(&format!("/seller/{id}/bank-accounts"))),
        Err(Error::Refused(BeneficiaryRefusal::Invalid(problems))) => {
            let page = FormPage::of(&seller, &schema, &values, problems, key);
            show_with(&platform, StatusCode::UNPROCESSABLE_ENTITY, &frame, &page)
        }
        // What was typed stays, whatever ails the other side.
        Err(error) => {
            let problem = error.into_problem()?;
            let status = match problem.kind {
                Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let page =
                FormPage::of(&seller, &schema, &values, vec![FieldProblem::new("", problem.message)], key);
            show_with(&platform, status, &frame, &page)
        }
    }
}

//! The seller's payouts (list, preview, timeline) and the staff's.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Serialize;

use super::model::{Payout, PayoutEvent, PayoutStatus};
use super::service::{self, Along, NewPayout, Quote};
use super::{PayoutRefusal, upstream};
use crate::beneficiaries;
use crate::db::page::PageRequest;
use crate::kernel::id::{BeneficiaryId, PayoutId, SellerId};
use crate::kernel::{Currency, Error, Money, Random, Refusal};
use crate::platform::Platform;
use crate::sellers::{self, Seller};
use crate::web::page::{Frame, Page, see_other, show, show_with};
use crate::web::when::When;
use crate::web::{Browser, FieldProblem, Fields, Summary, WebError, WebResult};
use crate::{accounts, audit};

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/seller/{seller}/payouts", get(list))
        .route("/seller/{seller}/payouts/new", get(new_page).post(submit))
        .route("/seller/{seller}/payouts/{id}", get(detail))
        .route("/seller/{seller}/payouts/{id}/cancel", post(cancel))
        .route("/admin/payouts", get(admin_list))
        .route("/admin/payouts/{id}", get(admin_detail))
}

/// Glyph, tone and words of a status.
#[derive(Debug, Clone, Serialize)]
pub struct Mark {
    pub glyph: &'static str,
    pub tone: &'static str,
    pub word: &'static str,
}

/// As sellers read it.
pub fn mark_for_seller(status: PayoutStatus) -> Mark {
    use PayoutStatus as S;
    let (glyph, tone, word) = match status {
        S::Draft => ("broken", "slate", "Not sent yet"),
        S::AwaitingApproval => ("bars", "ochre", "Waiting for approval"),
        S::Approved | S::Planned | S::Scheduled => ("clock", "petrol", "Starts today"),
        S::Submitting | S::Submitted | S::Processing => ("half", "petrol", "On its way"),
        S::Sent => ("three", "petrol", "Sent to bank"),
        S::Paid => ("full", "moss", "Arrived"),
        S::Overdue => ("triangle", "ochre", "Waiting for your balance"),
        S::Reconciling => ("question", "plum", "Checking with Airwallex"),
        S::Returned => ("back", "madder", "Came back"),
        S::Failed => ("octagon", "madder", "Did not go through"),
        S::CancellationRequested => ("stroke", "ochre", "Asked to stop"),
        S::Cancelled => ("stroke", "slate", "Cancelled"),
    };
    Mark { glyph, tone, word }
}

/// As staff read it.
pub fn mark_for_staff(status: PayoutStatus) -> Mark {
    use PayoutStatus as S;
    let word = match status {
        S::Draft => "Draft",
        S::AwaitingApproval => "Waiting for approval",
        S::Approved => "Approved",
        S::Planned => "Planned",
        S::Scheduled => "Scheduled",
        S::Submitting => "Submitting",
        S::Submitted => "Submitted",
        S::Processing => "Processing",
        S::Sent => "Sent to bank",
        S::Paid => "Paid",
        S::Overdue => "Needs funds",
        S::Reconciling => "Checking",
        S::Returned => "Returned",
        S::Failed => "Failed",
        S::CancellationRequested => "Cancel asked",
        S::Cancelled => "Cancelled",
    };
    Mark { word, ..mark_for_seller(status) }
}

/// A payout in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub id: String,
    pub at: When,
    pub to: String,
    pub holder: String,
    pub seller: String,
    pub seller_id: String,
    pub reference: String,
    pub mark: Mark,
    pub cause: String,
    pub fee: String,
    pub amount: String,
    pub currency: String,
}

impl Line {
    fn sample() -> Self {
        Self {
            id: "payout_1".to_owned(),
            at: When::sample(),
            to: "Harbour Bank, 1107".to_owned(),
            holder: "Blue Kiln Studio".to_owned(),
            seller: "Blue Kiln".to_owned(),
            seller_id: "seller_1".to_owned(),
            reference: "KL-1871".to_owned(),
            mark: mark_for_seller(PayoutStatus::Returned),
            cause: "the account is closed".to_owned(),
            fee: "7.12".to_owned(),
            amount: "565.10".to_owned(),
            currency: "GBP".to_owned(),
        }
    }

    fn of(row: service::Row, mark: Mark) -> Self {
        let payout = row.payout;
        let ended_badly = matches!(payout.status, PayoutStatus::Failed | PayoutStatus::Returned);
        let cause = if ended_badly { upstream::reason_for_people(payout.reason.as_deref()) } else { "" };
        Self {
            id: payout.id.to_string(),
            at: payout.created_at.into(),
            to: row.beneficiary.as_ref().map(beneficiaries::Beneficiary::label).unwrap_or_default(),
            holder: row.beneficiary.map(|one| one.holder).unwrap_or_default(),
            seller: row.seller.map(|one| one.name).unwrap_or_default(),
            seller_id: payout.seller.to_string(),
            reference: payout.reference,
            mark,
            cause: cause.to_owned(),
            fee: payout.fee.for_people(),
            amount: payout.amount.for_people(),
            currency: payout.amount.currency().to_string(),
        }
    }
}

/// Where the neighbouring pages are, as query strings.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Around {
    pub newest: bool,
    pub older: String,
}

/// The seller's payouts.
#[derive(Debug, Clone, Serialize)]
pub struct ListPage {
    pub seller_id: String,
    pub balances: Vec<(String, String)>,
    pub lines: Vec<Line>,
    pub around: Around,
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "payouts/list.html";

    fn samples() -> Vec<Self> {
        let page = |lines: Vec<Line>, older: &str| Self {
            seller_id: "seller_1".to_owned(),
            balances: vec![("842.15".to_owned(), "GBP".to_owned())],
            lines,
            around: Around { newest: !older.is_empty(), older: older.to_owned() },
        };
        vec![
            page(vec![], ""),
            page(vec![Line::sample(), Line { cause: String::new(), ..Line::sample() }], "x"),
        ]
    }
}

async fn seller_of(platform: &Platform, browser: &Browser, id: &str) -> Result<(Seller, Frame), WebError> {
    browser.signed_in()?;
    let id = SellerId::parse(id).map_err(|_| WebError::NotFound)?;
    let seller = sellers::service::get(platform, &browser.actor, &id).await?;
    let frame = Frame::of(platform, browser).for_seller(&seller.id, &seller.name).at("payouts");
    Ok((seller, frame))
}

async fn balances_of(
    platform: &Platform,
    browser: &Browser,
    seller: &SellerId,
) -> Result<Vec<Money>, WebError> {
    let account = accounts::service::of_seller(platform, &browser.actor, seller).await?;
    let Some(account) = account else { return Ok(vec![]) };
    let balances = accounts::service::balances(platform, std::slice::from_ref(&account.id)).await?;
    Ok(balances.into_iter().map(|(_, balance)| balance.available).collect())
}

fn shown(money: &Money) -> (String, String) {
    (money.for_people(), money.currency().to_string())
}

fn page_request(query: &HashMap<String, String>, size: u64) -> PageRequest {
    let after = query.get("after").filter(|id| PayoutId::parse(id).is_ok()).cloned();
    PageRequest { after, ..PageRequest::first(size) }
}

fn around(page: &crate::db::page::Page<service::Row>) -> Around {
    let last = page.items.last().map(|row| row.payout.id.to_string());
    Around { newest: page.has_newer, older: last.filter(|_| page.has_older).unwrap_or_default() }
}

async fn list(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let along = Along { seller: false, beneficiary: true };
    let request = page_request(&query, 25);
    let page = service::list(&platform, &browser.actor, Some(&seller.id), None, along, &request).await?;
    let around = around(&page);
    let lines = page.items.into_iter().map(|row| {
        let mark = mark_for_seller(row.payout.status);
        Line::of(row, mark)
    });
    let balances = balances_of(&platform, &browser, &seller.id).await?.iter().map(shown).collect();
    let page = ListPage { seller_id: seller.id.to_string(), balances, lines: lines.collect(), around };
    show(&platform, &frame, &page)
}

/// The form for a payout, and its preview.
#[derive(Debug, Clone, Serialize)]
pub struct NewPage {
    pub seller_id: String,
    /// Id, label and currency.
    pub accounts: Vec<(String, String, String)>,
    pub beneficiary: String,
    pub amount: String,
    pub reference: String,
    pub idempotency_key: String,
    pub summary: Summary,
    pub balances: Vec<(String, String)>,
    pub preview: Option<Preview>,
    pub operator: String,
}

/// What the payout would cost, before anything happens.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    pub to: String,
    pub amount: String,
    pub fee: String,
    pub fee_words: String,
    pub total: String,
    pub currency: String,
    /// A sentence when the balance that we know of is short.
    pub short: String,
}

impl Page for NewPage {
    const TEMPLATE: &'static str = "payouts/new.html";

    fn samples() -> Vec<Self> {
        let page = Self {
            seller_id: "seller_1".to_owned(),
            accounts: vec![("beneficiary_1".to_owned(), "Harbour Bank, 1107".to_owned(), "GBP".to_owned())],
            beneficiary: "beneficiary_1".to_owned(),
            amount: "620.00".to_owned(),
            reference: "KL-1".to_owned(),
            idempotency_key: "key".to_owned(),
            summary: Summary::default(),
            balances: vec![("842.15".to_owned(), "GBP".to_owned())],
            preview: None,
            operator: "Kiln & Loom".to_owned(),
        };
        let preview = Preview {
            to: "Harbour Bank, 1107".to_owned(),
            amount: "620.00".to_owned(),
            fee: "7.60".to_owned(),
            fee_words: "1 % and 1.40 GBP per payout".to_owned(),
            total: "627.60".to_owned(),
            currency: "GBP".to_owned(),
            short: String::new(),
        };
        let problem = FieldProblem::new("amount", "Enter an amount above zero.");
        vec![
            Self { accounts: vec![], ..page.clone() },
            Self { summary: Summary::of(vec![problem]), ..page.clone() },
            Self { preview: Some(preview.clone()), ..page.clone() },
            Self { preview: Some(Preview { short: "Too little.".to_owned(), ..preview }), ..page.clone() },
            page,
        ]
    }
}

async fn blank(platform: &Platform, browser: &Browser, seller: &Seller) -> Result<NewPage, WebError> {
    let all = PageRequest::first(100);
    let accounts = beneficiaries::service::list(platform, &browser.actor, &seller.id, &all).await?;
    let ready =
        accounts.items.into_iter().filter(|one| one.status == beneficiaries::BeneficiaryStatus::Active);
    Ok(NewPage {
        seller_id: seller.id.to_string(),
        accounts: ready.map(|one| (one.id.to_string(), one.label(), one.currency)).collect(),
        beneficiary: String::new(),
        amount: String::new(),
        reference: format!("{} payout", platform.settings.operator),
        idempotency_key: Random::request_id(&*platform.random),
        summary: Summary::default(),
        balances: balances_of(platform, browser, &seller.id).await?.iter().map(shown).collect(),
        preview: None,
        operator: platform.settings.operator.clone(),
    })
}

async fn new_page(State(platform): State<Platform>, browser: Browser, Path(id): Path<String>) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    show(&platform, &frame, &blank(&platform, &browser, &seller).await?)
}

/// First press shows the sum, second press (named by it) pays.
async fn submit(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    fields: Fields,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let mut page = blank(&platform, &browser, &seller).await?;
    page.beneficiary = fields.text("beneficiary");
    page.amount = fields.text("amount");
    page.reference = fields.text("reference");
    page.idempotency_key = fields.text("idempotency_key");
    let refuse = |mut page: NewPage, refusal: PayoutRefusal| {
        let field = match refusal.field().first().map(String::as_str) {
            Some("beneficiaryId") => "beneficiary",
            Some("amount") => "amount",
            Some("reference") => "reference",
            _ => "",
        };
        page.summary = Summary::of(vec![FieldProblem::new(field, refusal.message())]);
        show_with(&platform, StatusCode::UNPROCESSABLE_ENTITY, &frame, &page)
    };
    let input = match read(&seller, &page) {
        Ok(input) => input,
        Err(refusal) => return refuse(page, refusal),
    };
    if fields.has("pay") {
        return match service::create(&platform, &browser.actor, input).await {
            Ok(payout) => Ok(see_other(&format!("/seller/{}/payouts/{}", seller.id, payout.id))),
            Err(Error::Refused(refusal)) => refuse(page, refusal),
            Err(error) => Err(error.into()),
        };
    }
    match service::quote(&platform, &browser.actor, &input).await {
        Ok(quote) => {
            let balances = balances_of(&platform, &browser, &seller.id).await?;
            page.preview = Some(preview(&quote, &balances));
            show(&platform, &frame, &page)
        }
        Err(Error::Refused(refusal)) => refuse(page, refusal),
        Err(error) => Err(error.into()),
    }
}

fn read(seller: &Seller, page: &NewPage) -> Result<NewPayout, PayoutRefusal> {
    let beneficiary =
        BeneficiaryId::parse(&page.beneficiary).map_err(|_| PayoutRefusal::BeneficiaryNotFound)?;
    let chosen = page.accounts.iter().find(|(id, ..)| *id == page.beneficiary);
    let (_, _, currency) = chosen.ok_or(PayoutRefusal::BeneficiaryNotFound)?;
    let currency = Currency::parse(currency).map_err(PayoutRefusal::AmountInvalid)?;
    let plain = page.amount.replace([',', ' '], "");
    Ok(NewPayout {
        seller: seller.id.clone(),
        beneficiary,
        amount: Money::parse(&plain, currency).map_err(PayoutRefusal::AmountInvalid)?,
        reference: page.reference.clone(),
        idempotency_key: page.idempotency_key.clone(),
    })
}

fn preview(quote: &Quote, balances: &[Money]) -> Preview {
    let currency = quote.amount.currency();
    let balance = balances.iter().find(|money| money.currency() == currency);
    let short = match balance {
        Some(balance) if balance.minor() < quote.total.minor() => format!(
            "This takes {} {currency} from your balance, fee included; you have {}. Ask for less, or wait for the next orders.",
            quote.total.for_people(),
            balance.for_people(),
        ),
        _ => String::new(),
    };
    Preview {
        to: quote.beneficiary.label(),
        amount: quote.amount.for_people(),
        fee: quote.fee.for_people(),
        fee_words: quote.fee_words.clone(),
        total: quote.total.for_people(),
        currency: currency.to_string(),
        short,
    }
}

/// One step as a person reads it.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    pub glyph: &'static str,
    pub tone: &'static str,
    pub title: String,
    pub words: String,
    pub at: Option<When>,
}

/// One payout with its sum and its story.
#[derive(Debug, Clone, Serialize)]
pub struct DetailPage {
    pub seller_id: String,
    pub id: String,
    pub mark: Mark,
    pub to: String,
    pub holder: String,
    pub reference: String,
    pub airwallex: String,
    pub amount: String,
    pub fee: String,
    pub total: String,
    pub currency: String,
    pub notice: String,
    pub notice_help: String,
    pub steps: Vec<Step>,
    pub may_cancel: bool,
    /// Looks again by itself while the payout moves.
    pub moving: bool,
}

impl Page for DetailPage {
    const TEMPLATE: &'static str = "payouts/detail.html";

    fn samples() -> Vec<Self> {
        let step = Step {
            glyph: "full",
            tone: "moss",
            title: "You asked for a payout".to_owned(),
            words: "Words.".to_owned(),
            at: Some(When::sample()),
        };
        let page = Self {
            seller_id: "seller_1".to_owned(),
            id: "payout_1".to_owned(),
            mark: mark_for_seller(PayoutStatus::Sent),
            to: "Harbour Bank, 1107".to_owned(),
            holder: "Blue Kiln".to_owned(),
            reference: "KL-1".to_owned(),
            airwallex: String::new(),
            amount: "620.00".to_owned(),
            fee: "7.60".to_owned(),
            total: "627.60".to_owned(),
            currency: "GBP".to_owned(),
            notice: String::new(),
            notice_help: String::new(),
            steps: vec![step.clone(), Step { at: None, ..step }],
            may_cancel: true,
            moving: true,
        };
        let came_back = Self {
            notice: "It came back".to_owned(),
            notice_help: "Add another account.".to_owned(),
            airwallex: "P261116-9K2QX7T".to_owned(),
            may_cancel: false,
            moving: false,
            ..page.clone()
        };
        vec![page, came_back]
    }
}

fn step(event: &PayoutEvent, operator: &str) -> Step {
    use PayoutStatus as S;
    let mark = mark_for_seller(event.status);
    let (title, words) = match event.status {
        S::Approved | S::Draft | S::AwaitingApproval | S::Planned => {
            ("You asked for a payout".to_owned(), format!("{operator} agreed."))
        }
        S::Submitting => (format!("{operator} told Airwallex"), String::new()),
        S::Reconciling => (
            "We are checking with Airwallex".to_owned(),
            "Its answer did not reach us. Nothing is sent twice.".to_owned(),
        ),
        S::Submitted => ("Airwallex has it".to_owned(), String::new()),
        S::Scheduled => ("Airwallex will send it today".to_owned(), String::new()),
        S::Overdue => (
            "Your balance is too short".to_owned(),
            "It goes on as soon as enough money is there.".to_owned(),
        ),
        S::Processing => ("Airwallex took it from your balance".to_owned(), String::new()),
        S::Sent => ("Airwallex sent it to your bank".to_owned(), String::new()),
        S::Paid => (
            "Your bank confirmed it".to_owned(),
            "Banks may still send money back for a few days after this.".to_owned(),
        ),
        S::Returned => (
            "Your bank sent it back".to_owned(),
            format!(
                "Reason: {}. The money is in your balance again.",
                upstream::reason_for_people(event.detail.as_deref())
            ),
        ),
        S::Failed => (
            "It did not go through".to_owned(),
            format!(
                "Reason: {}. The money is in your balance.",
                upstream::reason_for_people(event.detail.as_deref())
            ),
        ),
        S::CancellationRequested => ("You asked to stop it".to_owned(), String::new()),
        S::Cancelled => ("It was cancelled".to_owned(), "The money stays in your balance.".to_owned()),
    };
    let done = matches!(mark.tone, "petrol" | "moss");
    let (glyph, tone) = if done { ("full", "moss") } else { (mark.glyph, mark.tone) };
    Step { glyph, tone, title, words, at: Some(event.at.into()) }
}

fn next_step(status: PayoutStatus) -> Option<Step> {
    use PayoutStatus as S;
    let (title, words) = match status {
        S::Approved | S::Planned | S::Submitting | S::Submitted | S::Scheduled => {
            ("Next: Airwallex takes it from your balance", "")
        }
        S::Processing => ("Next: Airwallex sends it to your bank", ""),
        S::Sent => ("Next: your bank confirms it", "Most banks do within a day."),
        S::Reconciling => ("Next: we hear from Airwallex", "Please do not send it again."),
        S::Overdue => ("Next: enough money in your balance", ""),
        S::Returned | S::Failed => ("Next: another account", "Saving a new one takes about two minutes."),
        _ => return None,
    };
    Some(Step { glyph: "ring", tone: "slate", title: title.to_owned(), words: words.to_owned(), at: None })
}

fn notice(payout: &Payout) -> (String, String) {
    let why = upstream::reason_for_people(payout.reason.as_deref());
    let sum = format!("{} {}", payout.amount.for_people(), payout.amount.currency());
    match payout.status {
        PayoutStatus::Returned => (
            format!("Your bank sent the money back: {why}"),
            format!(
                "All {sum} is in your balance again. Add an account that is open, then pay out once more."
            ),
        ),
        PayoutStatus::Failed => (
            format!("This payout did not go through: {why}"),
            format!(
                "All {sum} is in your balance. Check the account, or add another one, then pay out once more."
            ),
        ),
        PayoutStatus::Reconciling => (
            "We have not heard from Airwallex yet".to_owned(),
            "Please do not send it again: we are checking, and this page shows it as soon as we know."
                .to_owned(),
        ),
        PayoutStatus::Overdue => (
            "Your balance is too short for this payout".to_owned(),
            format!(
                "It takes {} {}, fee included. It goes on by itself when enough money is there.",
                payout.total().for_people(),
                payout.amount.currency()
            ),
        ),
        _ => (String::new(), String::new()),
    }
}

async fn detail_of(platform: &Platform, browser: &Browser, payout: Payout) -> Result<DetailPage, WebError> {
    let account =
        beneficiaries::service::get(platform, &browser.actor, &payout.seller, &payout.beneficiary).await?;
    let history = service::history(platform, std::slice::from_ref(&payout.id)).await?;
    let operator = &platform.settings.operator;
    let mut steps: Vec<Step> = history.iter().map(|(_, event)| step(event, operator)).collect();
    steps.extend(next_step(payout.status));
    let (notice, notice_help) = notice(&payout);
    Ok(DetailPage {
        seller_id: payout.seller.to_string(),
        id: payout.id.to_string(),
        mark: mark_for_seller(payout.status),
        to: account.label(),
        holder: account.holder,
        reference: payout.reference.clone(),
        airwallex: payout.upstream_reference.clone().unwrap_or_default(),
        amount: payout.amount.for_people(),
        fee: payout.fee.for_people(),
        total: payout.total().for_people(),
        currency: payout.amount.currency().to_string(),
        notice,
        notice_help,
        steps,
        may_cancel: super::rules::may_cancel_locally(payout.status)
            || super::rules::may_ask_to_cancel(payout.status),
        moving: !matches!(
            payout.status,
            PayoutStatus::Paid | PayoutStatus::Failed | PayoutStatus::Returned | PayoutStatus::Cancelled
        ),
    })
}

async fn detail(
    State(platform): State<Platform>,
    browser: Browser,
    Path((seller, id)): Path<(String, String)>,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &seller).await?;
    let id = PayoutId::parse(&id).map_err(|_| WebError::NotFound)?;
    let payout = service::get(&platform, &browser.actor, &id).await?;
    if payout.seller != seller.id {
        return Err(WebError::NotFound);
    }
    show(&platform, &frame, &detail_of(&platform, &browser, payout).await?)
}

async fn cancel(
    State(platform): State<Platform>,
    browser: Browser,
    Path((seller, id)): Path<(String, String)>,
    _fields: Fields,
) -> WebResult {
    let (seller, _) = seller_of(&platform, &browser, &seller).await?;
    let id = PayoutId::parse(&id).map_err(|_| WebError::NotFound)?;
    service::cancel(&platform, &browser.actor, &id).await?;
    Ok(see_other(&format!("/seller/{}/payouts/{id}", seller.id)))
}

/// The staff's list.
#[derive(Debug, Clone, Serialize)]
pub struct AdminListPage {
    pub lines: Vec<Line>,
    pub around: Around,
    /// The status filtered by, empty for all.
    pub status: String,
    pub statuses: Vec<(String, String)>,
}

impl Page for AdminListPage {
    const TEMPLATE: &'static str = "admin/payouts/list.html";

    fn samples() -> Vec<Self> {
        let page = |lines: Vec<Line>, status: &str, older: &str| Self {
            lines,
            around: Around { newest: !older.is_empty(), older: older.to_owned() },
            status: status.to_owned(),
            statuses: vec![("PAID".to_owned(), "Paid".to_owned())],
        };
        vec![page(vec![], "", ""), page(vec![], "PAID", ""), page(vec![Line::sample()], "PAID", "x")]
    }
}

async fn admin_list(
    State(platform): State<Platform>,
    browser: Browser,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    browser.signed_in()?;
    browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let status = query.get("status").and_then(|text| PayoutStatus::parse(text));
    let along = Along { seller: true, beneficiary: true };
    let page =
        service::list(&platform, &browser.actor, None, status, along, &page_request(&query, 50)).await?;
    let around = around(&page);
    let lines = page.items.into_iter().map(|row| {
        let mark = mark_for_staff(row.payout.status);
        Line::of(row, mark)
    });
    let word = |one: &PayoutStatus| (one.as_str().to_owned(), mark_for_staff(*one).word.to_owned());
    let page = AdminListPage {
        lines: lines.collect(),
        around,
        status: status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        statuses: PayoutStatus::ALL.iter().map(word).collect(),
    };
    show(&platform, &Frame::of(&platform, &browser).at("payouts"), &page)
}

/// A payout with its evidence.
#[derive(Debug, Clone, Serialize)]
pub struct AdminDetailPage {
    pub id: String,
    pub seller_id: String,
    pub seller: String,
    pub mark: Mark,
    pub to: String,
    pub holder: String,
    pub reference: String,
    pub amount: String,
    pub fee: String,
    pub total: String,
    pub currency: String,
    /// Label and value, in mono.
    pub facts: Vec<(String, String)>,
    /// Status, cause, detail and time.
    pub history: Vec<(String, String, String, When)>,
    /// Number, time and outcome of each send.
    pub sends: Vec<(i64, When, String)>,
    /// Time, who, what.
    pub audit: Vec<(When, String, String)>,
}

impl Page for AdminDetailPage {
    const TEMPLATE: &'static str = "admin/payouts/detail.html";

    fn samples() -> Vec<Self> {
        let page = Self {
            id: "payout_1".to_owned(),
            seller_id: "seller_1".to_owned(),
            seller: "Blue Kiln".to_owned(),
            mark: mark_for_staff(PayoutStatus::Paid),
            to: "Harbour Bank, 1107".to_owned(),
            holder: "Blue Kiln".to_owned(),
            reference: "KL-1".to_owned(),
            amount: "620.00".to_owned(),
            fee: "7.60".to_owned(),
            total: "627.60".to_owned(),
            currency: "GBP".to_owned(),
            facts: vec![("request_id".to_owned(), "2d6b".to_owned())],
            history: vec![("PAID".to_owned(), "event".to_owned(), String::new(), When::sample())],
            sends: vec![(1, When::sample(), "CREATED".to_owned())],
            audit: vec![(When::sample(), "system worker".to_owned(), "payout.changed".to_owned())],
        };
        vec![Self { sends: vec![], ..page.clone() }, page]
    }
}

async fn admin_detail(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let id = PayoutId::parse(&id).map_err(|_| WebError::NotFound)?;
    let payout = service::get(&platform, &browser.actor, &id).await?;
    let seller = sellers::service::get(&platform, &browser.actor, &payout.seller).await?;
    let account =
        beneficiaries::service::get(&platform, &browser.actor, &payout.seller, &payout.beneficiary).await?;
    let history = service::history(&platform, std::slice::from_ref(&id)).await?;
    let sends = service::sends(&platform, staff, &id).await?;
    let entries = audit::recent(&platform, staff, id.as_str()).await?;
    let fact =
        |label: &str, value: Option<String>| (label.to_owned(), value.unwrap_or_else(|| "–".to_owned()));
    let page = AdminDetailPage {
        id: id.to_string(),
        seller_id: seller.id.to_string(),
        seller: seller.name,
        mark: mark_for_staff(payout.status),
        to: account.label(),
        holder: account.holder,
        reference: payout.reference.clone(),
        amount: payout.amount.for_people(),
        fee: payout.fee.for_people(),
        total: payout.total().for_people(),
        currency: payout.amount.currency().to_string(),
        facts: vec![
            fact("Reason", payout.reason.clone()),
            fact("request_id", Some(payout.request_id.clone())),
            fact("Transfer", payout.upstream_id.clone()),
            fact("Airwallex’s reference", payout.upstream_reference.clone()),
            fact("Acting account", Some(payout.acting_account.clone())),
            fact("Unknown word", payout.upstream_status.clone()),
        ],
        history: history
            .into_iter()
            .map(|(_, event)| {
                (
                    event.status.as_str().to_owned(),
                    event.cause,
                    event.detail.unwrap_or_default(),
                    event.at.into(),
                )
            })
            .collect(),
        sends: sends.into_iter().map(|(number, at, outcome)| (number, at.into(), outcome)).collect(),
        audit: entries
            .into_iter()
            .map(|entry| (entry.at.into(), entry.actor, format!("{} {}", entry.action, entry.detail)))
            .collect(),
    };
    show(&platform, &Frame::of(&platform, &browser).at("payouts"), &page)
}

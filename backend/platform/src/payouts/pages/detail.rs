//! One payout as its seller reads it: the sum and the story.

use axum::extract::{Path, State};
use serde::Serialize;

use super::line::seller_of;
use super::mark::{Mark, mark_for_seller};
use crate::beneficiaries;
use crate::kernel::id::PayoutId;
use crate::payouts::model::{Payout, PayoutEvent};
use crate::payouts::{PayoutStatus, rules, service, upstream};
use crate::platform::Platform;
use crate::web::page::{Page, see_other, show};
use crate::web::when::When;
use crate::web::{Browser, Fields, WebError, WebResult};

/// One step as a person reads it.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    pub glyph: &'static str,
    pub tone: &'static str,
    pub title: String,
    pub words: String,
    pub at: Option<When>,
    /// Whether the step before was on the same day, so that only the time is told.
    pub same_day: bool,
}

/// What the three lines of the sum are called, which depends on what has become of them.
#[derive(Debug, Clone, Serialize)]
pub struct SumWords {
    pub title: &'static str,
    pub fee: &'static str,
    pub amount: &'static str,
}

impl SumWords {
    /// `taken`: whether Airwallex took the money from the balance. From then on the fee stays paid, whatever
    /// happens (Airwallex: application fees are not refunded).
    pub fn of(status: PayoutStatus, taken: bool) -> Self {
        use PayoutStatus as S;
        let (title, fee, amount) = match (status, taken) {
            (S::Failed | S::Cancelled | S::Returned, true) => ("The sum", "fee, not refunded", "Came back"),
            (S::Failed | S::Cancelled | S::Returned, false) => {
                ("What it would have been", "fee, not taken", "Would have been sent")
            }
            (S::Sent | S::Paid, _) => ("The sum", "fee", "Sent"),
            _ => ("The sum", "fee", "To be sent"),
        };
        Self { title, fee, amount }
    }
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
    pub sum: SumWords,
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
            same_day: false,
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
            sum: SumWords::of(PayoutStatus::Sent, true),
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
    Step { glyph, tone, title, words, at: Some(event.at.into()), same_day: false }
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
        S::Returned | S::Failed => ("Next: the right account", "Saving a new one takes about three minutes."),
        _ => return None,
    };
    Some(Step {
        glyph: "ring",
        tone: "slate",
        title: title.to_owned(),
        words: words.to_owned(),
        at: None,
        same_day: false,
    })
}

fn notice(payout: &Payout) -> (String, String) {
    let why = upstream::reason_for_people(payout.reason.as_deref());
    let sum = format!("{} {}", payout.amount.for_people(), payout.amount.currency());
    match payout.status {
        PayoutStatus::Returned => (
            format!("Your bank sent the money back: {why}"),
            format!(
                "All {sum} is in your balance again. Check the account, or add another one, then pay out once more."
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
    for (index, pair) in history.windows(2).enumerate() {
        if let ([(_, before), (_, after)], Some(step)) = (pair, steps.get_mut(index + 1)) {
            step.same_day = before.at.date_naive() == after.at.date_naive();
        }
    }
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
        sum: SumWords::of(
            payout.status,
            history.iter().any(|(_, event)| rules::money_is_taken(event.status)),
        ),
        notice,
        notice_help,
        steps,
        may_cancel: rules::may_cancel_locally(payout.status) || rules::may_ask_to_cancel(payout.status),
        moving: !matches!(
            payout.status,
            // Waits for money, which may take days.
            PayoutStatus::Overdue
                | PayoutStatus::Paid
                | PayoutStatus::Failed
                | PayoutStatus::Returned
                | PayoutStatus::Cancelled
        ),
    })
}

pub async fn detail(
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

pub async fn cancel(
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

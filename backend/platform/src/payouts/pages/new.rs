//! The form for a payout: first the sum, then the button that names it.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Serialize;

use super::line::{balances_of, paying_account, seller_of};
use crate::db::page::PageRequest;
use crate::kernel::id::BeneficiaryId;
use crate::kernel::{Currency, Error, Money, Random, Refusal};
use crate::payouts::service::{self, NewPayout, Quote};
use crate::payouts::{PayoutRefusal, rules};
use crate::platform::Platform;
use crate::sellers::Seller;
use crate::web::page::{Page, see_other, show, show_with};
use crate::web::purse::Purse;
use crate::web::{Browser, FieldProblem, Fields, Summary, WebError, WebResult};
use crate::{beneficiaries, fees};

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
    /// Why the sum is shown once more instead of being paid.
    pub again: String,
    pub balances: Purse,
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
    /// What the button pays, so that it pays nothing else.
    pub seen: String,
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
            again: String::new(),
            balances: Purse::sample(&["GBP", "AUD", "EUR", "JPY", "SGD", "USD"]),
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
            seen: "beneficiary_1 620.00 627.60 GBP".to_owned(),
        };
        let problem = FieldProblem::new("amount", "Enter an amount above zero.");
        vec![
            Self { accounts: vec![], ..page.clone() },
            Self { summary: Summary::of(vec![problem]), ..page.clone() },
            Self { preview: Some(preview.clone()), again: CHANGED.to_owned(), ..page.clone() },
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
        again: String::new(),
        balances: Purse::of(&balances_of(platform, browser, seller).await?),
        preview: None,
        operator: platform.settings.operator.clone(),
    })
}

/// The form, and with its answers in the address the sum: so "back" leads to either.
pub async fn new_page(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    if paying_account(&platform, &browser, &seller).await?.is_none() {
        // Nothing to pay from: another page says why, and what to do.
        return Ok(see_other(&format!("/onboarding/{}", seller.id)));
    }
    let mut page = blank(&platform, &browser, &seller).await?;
    if query.contains_key("amount") {
        page.take(|name| query.get(name).cloned().unwrap_or_default());
        if service::is_key_used(&platform, &seller.id, &page.idempotency_key).await? {
            page.begin_another(&platform);
        }
        if let Shown::Sum(..) = work_out(&platform, &browser, &seller, &mut page).await? {
            return show(&platform, &frame, &page);
        }
        return show_with(&platform, StatusCode::UNPROCESSABLE_ENTITY, &frame, &page);
    }
    show(&platform, &frame, &page)
}

/// Pays what the sum said, and nothing else.
pub async fn submit(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    fields: Fields,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let mut page = blank(&platform, &browser, &seller).await?;
    page.take(|name| fields.text(name));
    let Shown::Sum(input, seen) = work_out(&platform, &browser, &seller, &mut page).await? else {
        return show_with(&platform, StatusCode::UNPROCESSABLE_ENTITY, &frame, &page);
    };
    if fields.text("seen") != seen {
        page.again = CHANGED.to_owned();
        return show(&platform, &frame, &page);
    }
    match service::create(&platform, &browser.actor, input).await {
        Ok(payout) => Ok(see_other(&format!("/seller/{}/payouts/{}", seller.id, payout.id))),
        // The key has paid something else already.
        Err(Error::Refused(PayoutRefusal::KeyReused)) => {
            page.begin_another(&platform);
            show(&platform, &frame, &page)
        }
        Err(Error::Refused(refusal)) => {
            page.refuse(&[refusal]);
            show_with(&platform, StatusCode::UNPROCESSABLE_ENTITY, &frame, &page)
        }
        Err(error) => Err(error.into()),
    }
}

impl NewPage {
    /// What was answered.
    fn take(&mut self, answer: impl Fn(&str) -> String) {
        self.beneficiary = answer("beneficiary");
        self.amount = answer("amount");
        self.reference = answer("reference");
        let key = answer("idempotency_key");
        if !key.is_empty() {
            self.idempotency_key = key;
        }
    }

    /// Who comes back to a sum that was paid, and goes on, makes another payout.
    fn begin_another(&mut self, platform: &Platform) {
        self.idempotency_key = Random::request_id(&*platform.random);
        self.again = ANOTHER.to_owned();
    }

    fn refuse(&mut self, refusals: &[PayoutRefusal]) {
        let problem = |refusal: &PayoutRefusal| {
            let field = match refusal.field().first().map(String::as_str) {
                Some("beneficiaryId") => "beneficiary",
                Some("amount") => "amount",
                Some("reference") => "reference",
                _ => "",
            };
            FieldProblem::new(field, refusal.message())
        };
        self.summary = Summary::of(refusals.iter().map(problem).collect());
        self.preview = None;
    }
}

/// What the page shows after its answers were read.
enum Shown {
    /// The sum of this payout, and what its button has to bring back.
    Sum(NewPayout, String),
    Problems,
}

async fn work_out(
    platform: &Platform,
    browser: &Browser,
    seller: &Seller,
    page: &mut NewPage,
) -> Result<Shown, WebError> {
    let input = match read(seller, page) {
        Ok(input) => input,
        Err(refusals) => {
            page.refuse(&refusals);
            return Ok(Shown::Problems);
        }
    };
    let quote = match service::quote(platform, &browser.actor, &input).await {
        Ok(quote) => quote,
        Err(Error::Refused(refusal)) => {
            page.refuse(&[refusal]);
            return Ok(Shown::Problems);
        }
        Err(error) => return Err(error.into()),
    };
    let balances = balances_of(platform, browser, seller).await?;
    let shown = preview(&quote, &balances);
    let seen = shown.seen.clone();
    page.preview = Some(shown);
    Ok(Shown::Sum(input, seen))
}

const CHANGED: &str = "The sum is not the one you saw before, so nothing is paid yet.";
const ANOTHER: &str = "You have made a payout with this form already; it is in your list. This would be another one, and is not paid yet.";

/// What a preview promised, in one line for the form to bring back.
fn seen(quote: &Quote) -> String {
    let currency = quote.amount.currency();
    format!("{} {} {} {currency}", quote.beneficiary.id, quote.amount.amount(), quote.total.amount())
}

/// Everything that is wrong with the answers, at once.
fn read(seller: &Seller, page: &NewPage) -> Result<NewPayout, Vec<PayoutRefusal>> {
    let unknown = || vec![PayoutRefusal::BeneficiaryNotFound];
    let beneficiary = BeneficiaryId::parse(&page.beneficiary).map_err(|_| unknown())?;
    let chosen = page.accounts.iter().find(|(id, ..)| *id == page.beneficiary);
    let (_, _, currency) = chosen.ok_or_else(unknown)?;
    let amount = Currency::parse(currency).and_then(|currency| Money::parse_typed(&page.amount, currency));
    let reference = rules::is_reference(&page.reference).then_some(&page.reference);
    match (amount, reference) {
        (Ok(amount), Some(reference)) => Ok(NewPayout {
            seller: seller.id.clone(),
            beneficiary,
            amount,
            reference: reference.clone(),
            idempotency_key: page.idempotency_key.clone(),
        }),
        (amount, reference) => {
            let amount = amount.err().map(PayoutRefusal::AmountInvalid);
            let reference = reference.is_none().then_some(PayoutRefusal::ReferenceInvalid);
            Err(amount.into_iter().chain(reference).collect())
        }
    }
}

fn preview(quote: &Quote, balances: &[Money]) -> Preview {
    let currency = quote.amount.currency();
    let balance = balances.iter().find(|money| money.currency() == currency);
    let short = match balance {
        Some(balance) if balance.minor() < quote.total.minor() => {
            let most = fees::service::most(quote.plan.as_ref(), *balance);
            let advice = most.map_or_else(
                || "Wait for the next orders.".to_owned(),
                |most| format!("Ask for {} or less, or wait for the next orders.", most.for_people()),
            );
            format!(
                "This takes {} {currency} from your balance, fee included; you have {}. {advice}",
                quote.total.for_people(),
                balance.for_people(),
            )
        }
        _ => String::new(),
    };
    let fee_words = quote.plan.as_ref().map(|plan| plan.words(currency));
    Preview {
        to: quote.beneficiary.label(),
        amount: quote.amount.for_people(),
        fee: quote.fee.for_people(),
        fee_words: fee_words.unwrap_or_else(|| "no fee".to_owned()),
        total: quote.total.for_people(),
        currency: currency.to_string(),
        short,
        seen: seen(quote),
    }
}

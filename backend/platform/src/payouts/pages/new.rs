//! The form for a payout: first the sum, then the button that names it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use super::line::{balances_of, paying_account, seller_of, shown};
use crate::db::page::PageRequest;
use crate::kernel::id::BeneficiaryId;
use crate::kernel::{Currency, Error, Money, Random, Refusal};
use crate::payouts::PayoutRefusal;
use crate::payouts::service::{self, NewPayout, Quote};
use crate::platform::Platform;
use crate::sellers::Seller;
use crate::web::page::{Page, see_other, show, show_with};
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
        balances: balances_of(platform, browser, seller).await?.iter().map(shown).collect(),
        preview: None,
        operator: platform.settings.operator.clone(),
    })
}

pub async fn new_page(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    if paying_account(&platform, &browser, &seller).await?.is_none() {
        // Nothing to pay from: another page says why, and what to do.
        return Ok(see_other(&format!("/onboarding/{}", seller.id)));
    }
    show(&platform, &frame, &blank(&platform, &browser, &seller).await?)
}

/// First press shows the sum, second press (named by it) pays.
pub async fn submit(
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
    let quote = match service::quote(&platform, &browser.actor, &input).await {
        Ok(quote) => quote,
        Err(Error::Refused(refusal)) => return refuse(page, refusal),
        Err(error) => return Err(error.into()),
    };
    // A sum changed since it was shown is shown again first, whichever button was pressed.
    if fields.has("pay") && fields.text("seen") == seen(&quote) {
        match service::create(&platform, &browser.actor, input).await {
            Ok(payout) => {
                return Ok(see_other(&format!("/seller/{}/payouts/{}", seller.id, payout.id)));
            }
            // Back to a form that was paid with, changed, and pressed again: that is another payout.
            Err(Error::Refused(PayoutRefusal::KeyReused)) => {
                page.idempotency_key = Random::request_id(&*platform.random);
                page.again = ANOTHER.to_owned();
            }
            Err(Error::Refused(refusal)) => return refuse(page, refusal),
            Err(error) => return Err(error.into()),
        }
    } else if fields.has("pay") {
        page.again = CHANGED.to_owned();
    }
    let balances = balances_of(&platform, &browser, &seller).await?;
    page.preview = Some(preview(&quote, &balances));
    show(&platform, &frame, &page)
}

const CHANGED: &str = "The sum is not the one you saw before. Nothing is paid yet.";
const ANOTHER: &str =
    "You have paid out from this page before. This would be another payout; nothing of it is paid yet.";

/// What a preview promised, in one line for the form to bring back.
fn seen(quote: &Quote) -> String {
    let currency = quote.amount.currency();
    format!("{} {} {} {currency}", quote.beneficiary.id, quote.amount.amount(), quote.total.amount())
}

fn read(seller: &Seller, page: &NewPage) -> Result<NewPayout, PayoutRefusal> {
    let beneficiary =
        BeneficiaryId::parse(&page.beneficiary).map_err(|_| PayoutRefusal::BeneficiaryNotFound)?;
    let chosen = page.accounts.iter().find(|(id, ..)| *id == page.beneficiary);
    let (_, _, currency) = chosen.ok_or(PayoutRefusal::BeneficiaryNotFound)?;
    let currency = Currency::parse(currency).map_err(PayoutRefusal::AmountInvalid)?;
    Ok(NewPayout {
        seller: seller.id.clone(),
        beneficiary,
        amount: Money::parse_typed(&page.amount, currency).map_err(PayoutRefusal::AmountInvalid)?,
        reference: page.reference.clone(),
        idempotency_key: page.idempotency_key.clone(),
    })
}

fn preview(quote: &Quote, balances: &[Money]) -> Preview {
    let currency = quote.amount.currency();
    let balance = balances.iter().find(|money| money.currency() == currency);
    let short = match balance {
        Some(balance) if balance.minor() < quote.total.minor() => {
            let most = fees::rules::most(quote.plan.as_ref(), *balance);
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

//! The seller's way through the checks: status, hosted pages, our own form.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Serialize;

use super::form::{self, COUNTRIES, Control, FIELDS, Values};
use super::{OnboardingRefusal, service};
use crate::accounts::{self, Account, AccountStatus};
use crate::connections::{self, ConnectionStatus, Permission};
use crate::kernel::Error;
use crate::kernel::id::SellerId;
use crate::platform::Platform;
use crate::sellers;
use crate::web::page::{Frame, Page, see_other, show, show_with};
use crate::web::purse::Purse;
use crate::web::when::When;
use crate::web::{Browser, FieldProblem, Fields, Summary, WebError, WebResult};

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/onboarding/{seller}", get(status))
        .route("/onboarding/{seller}/continue", post(go_on).get(go_on_link))
        .route("/onboarding/{seller}/return", get(returned))
        .route("/onboarding/{seller}/look-again", post(look_again))
        .route("/onboarding/{seller}/details", get(details_page).post(details))
}

/// Glyph, tone and words of an account's status, for sellers.
pub fn words_for_seller(status: AccountStatus) -> (&'static str, &'static str, &'static str) {
    match status {
        AccountStatus::Created => ("ring", "slate", "Not sent yet"),
        AccountStatus::Submitted => ("half", "petrol", "Airwallex is checking"),
        AccountStatus::ActionRequired => ("bars", "ochre", "Airwallex needs something from you"),
        AccountStatus::Active => ("full", "moss", "Ready to be paid"),
        AccountStatus::Suspended => ("stroke", "madder", "Paused by Airwallex"),
        AccountStatus::Dormant => ("clock", "slate", "Not used for long"),
        AccountStatus::Closed => ("stroke", "slate", "Closed"),
        AccountStatus::Unknown => ("half", "petrol", "Airwallex is checking"),
    }
}

/// Where the checks stand, what works today, and the one thing to do.
#[derive(Debug, Clone, Serialize)]
pub struct StatusPage {
    pub seller_id: String,
    pub glyph: &'static str,
    pub tone: &'static str,
    pub word: &'static str,
    pub title: String,
    pub words: String,
    /// Whether there is something for the person to do.
    pub open: bool,
    /// Whether our own form covers companies of this country.
    pub has_form: bool,
    /// Whether an account has been read.
    pub connected: bool,
    /// Whether the link to Airwallex has ended and only a new consent mends it.
    pub link_ended: bool,
    pub active: bool,
    /// Whether it never pays out again.
    pub closed: bool,
    /// What works today.
    pub receives: bool,
    pub pays_out: bool,
    pub checking: bool,
    /// What we may not do, though we ask for it: "see your balance".
    pub missing: Vec<&'static str>,
    pub balances: Purse,
    pub synced: Option<When>,
}

impl Page for StatusPage {
    const TEMPLATE: &'static str = "onboarding/status.html";

    fn samples() -> Vec<Self> {
        let mut samples: Vec<Self> = AccountStatus::ALL
            .iter()
            .map(|status| Self::of("seller_1", "Blue Kiln", "GB", Some(*status)))
            .collect();
        samples.push(Self::of("seller_1", "Blue Kiln", "GB", None));
        samples.push(Self::of("seller_1", "Blue Kiln", "FR", Some(AccountStatus::Created)));
        samples.push(Self::of("seller_1", "Blue Kiln", "GB", Some(AccountStatus::Active)).with_link_ended());
        for lacks in [&[Permission::Balances][..], &Permission::ALL] {
            let active = Self::of("seller_1", "Blue Kiln", "GB", Some(AccountStatus::Active));
            samples.push(active.with_missing(lacks));
        }
        samples[0].balances = Purse::sample(&["GBP", "AUD", "EUR", "JPY", "SGD", "USD"]);
        samples[0].synced = Some(When::sample());
        samples
    }
}

impl StatusPage {
    fn of(seller_id: &str, name: &str, country: &str, status: Option<AccountStatus>) -> Self {
        let (glyph, tone, word) = status.map_or(("ring", "slate", "Not connected yet"), words_for_seller);
        let (title, words) = match status {
            None => ("Connect an Airwallex account first", "Your earnings need a place to go.".to_owned()),
            Some(AccountStatus::Created) => (
                "One step, then you can be paid",
                format!(
                    "Airwallex checks {name}, as the law asks of every payments company. Your earnings stay in your balance until this is done."
                ),
            ),
            Some(AccountStatus::Submitted | AccountStatus::Unknown) => (
                "Airwallex is checking who you are",
                "Most checks take one working day. There is nothing for you to do.".to_owned(),
            ),
            Some(AccountStatus::ActionRequired) => (
                "Airwallex needs something from you",
                "It shows you what, on its own pages. Payouts wait until this is answered; your earnings stay in your balance.".to_owned(),
            ),
            Some(AccountStatus::Active) => (
                "You are ready to be paid",
                "Airwallex has finished its checks. Once the bank account you want to be paid to is saved, you can pay out."
                    .to_owned(),
            ),
            Some(AccountStatus::Suspended) => (
                "Payouts are paused by Airwallex",
                "Your money stays in your balance. Airwallex has written to you about the reason.".to_owned(),
            ),
            Some(AccountStatus::Dormant) => (
                "This account has not been used for long",
                "Sign in at Airwallex once to wake it up.".to_owned(),
            ),
            Some(AccountStatus::Closed) => (
                "This account is closed",
                "Nothing can be paid from it any more. Ask the people who run this marketplace what to do.".to_owned(),
            ),
        };
        Self {
            seller_id: seller_id.to_owned(),
            glyph,
            tone,
            word,
            title: title.to_owned(),
            words,
            open: matches!(status, Some(AccountStatus::Created | AccountStatus::ActionRequired)),
            has_form: form::covers(country),
            connected: status.is_some(),
            link_ended: false,
            active: status == Some(AccountStatus::Active),
            closed: status == Some(AccountStatus::Closed),
            receives: status
                .is_some_and(|status| !matches!(status, AccountStatus::Suspended | AccountStatus::Closed)),
            pays_out: status == Some(AccountStatus::Active),
            checking: matches!(status, Some(AccountStatus::Submitted | AccountStatus::Unknown)),
            missing: vec![],
            balances: Purse::default(),
            synced: None,
        }
    }

    /// What we may not do; without the permission for payouts nobody is ready to be paid.
    fn with_missing(self, lacks: &[Permission]) -> Self {
        let missing = lacks.iter().copied().map(Permission::words).collect();
        if !self.active || !lacks.contains(&Permission::Payouts) {
            return Self { missing, ..self };
        }
        Self {
            missing,
            glyph: "bars",
            tone: "ochre",
            word: "A permission is missing",
            title: "One permission, then you can be paid".to_owned(),
            words:
                "Airwallex has finished its checks. Your money stays in your balance until we may pay it out."
                    .to_owned(),
            pays_out: false,
            ..self
        }
    }

    /// We no longer know how the account stands, and only a new consent mends that.
    fn with_link_ended(self) -> Self {
        Self {
            glyph: "broken",
            tone: "ochre",
            word: "Not connected any more",
            title: "Your link to Airwallex has ended".to_owned(),
            words: "Payouts that are under way go on. Your money stays at Airwallex. Connect again, and \
                    everything here is as it was."
                .to_owned(),
            link_ended: true,
            open: false,
            active: false,
            pays_out: false,
            checking: false,
            ..self
        }
    }
}

async fn seller_of(
    platform: &Platform,
    browser: &Browser,
    id: &str,
) -> Result<(sellers::Seller, Frame), WebError> {
    browser.signed_in()?;
    let id = SellerId::parse(id).map_err(|_| WebError::NotFound)?;
    let seller = sellers::service::get(platform, &browser.actor, &id).await?;
    let frame = Frame::of(platform, browser).for_seller(&seller.id, &seller.name).at("account");
    Ok((seller, frame))
}

async fn account_of(
    platform: &Platform,
    browser: &Browser,
    id: &SellerId,
) -> Result<Option<Account>, WebError> {
    Ok(accounts::service::of_seller(platform, &browser.actor, id).await?)
}

async fn status(State(platform): State<Platform>, browser: Browser, Path(id): Path<String>) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let account = account_of(&platform, &browser, &seller.id).await?;
    let known = account.as_ref().map(|account| account.status);
    let mut page = StatusPage::of(seller.id.as_str(), &seller.name, &seller.country, known);
    let connection = connections::service::of_seller(&platform, &browser.actor, &seller.id).await?;
    let connection = connection.filter(|connection| connection.status == ConnectionStatus::Connected);
    let stands = connection.is_some();
    if let Some(connection) = connection {
        page = page.with_missing(&Permission::lacking(&connection.missing_scopes));
    }
    if let Some(account) = account {
        if !stands {
            page = page.with_link_ended();
        }
        page.pays_out &= account.linked;
        page.synced = account.synced_at.map(Into::into);
        let ready = accounts::service::available(&platform, &account.id, &seller.country).await?;
        page.balances = Purse::of(&ready);
    }
    show(&platform, &frame, &page)
}

/// Authorizes the hosted flow on click and redirects at once: its links live 15 seconds.
async fn go_on(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    _fields: Fields,
) -> WebResult {
    let (seller, _) = seller_of(&platform, &browser, &id).await?;
    match service::hosted_link(&platform, &browser.actor, &seller.id).await {
        Ok(link) => Ok(see_other(&link)),
        Err(Error::Refused(OnboardingRefusal::NothingToDo)) => Ok(see_other(&format!("/onboarding/{id}"))),
        Err(error) => Err(error.into()),
    }
}

/// The stable address that mails name: shows the page with the button.
async fn go_on_link(Path(id): Path<String>) -> WebResult {
    let id = SellerId::parse(&id).map_err(|_| WebError::NotFound)?;
    Ok(see_other(&format!("/onboarding/{id}")))
}

async fn returned(State(platform): State<Platform>, browser: Browser, Path(id): Path<String>) -> WebResult {
    let (seller, _) = seller_of(&platform, &browser, &id).await?;
    service::returned(&platform, &browser.actor, &seller.id).await?;
    Ok(see_other(&format!("/onboarding/{id}")))
}

async fn look_again(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    _fields: Fields,
) -> WebResult {
    let (seller, _) = seller_of(&platform, &browser, &id).await?;
    accounts::service::look_again(&platform, &browser.actor, &seller.id).await?;
    Ok(see_other(&format!("/onboarding/{id}")))
}

/// One field as the template shows it.
#[derive(Debug, Clone, Serialize)]
pub struct ShownField {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: &'static str,
    pub value: String,
    pub error: String,
    pub options: Vec<(String, String)>,
}

/// Our own form.
#[derive(Debug, Clone, Serialize)]
pub struct DetailsPage {
    pub seller_id: String,
    pub groups: Vec<(String, Vec<ShownField>)>,
    pub summary: Summary,
    pub saved: bool,
}

impl Page for DetailsPage {
    const TEMPLATE: &'static str = "onboarding/details.html";

    fn samples() -> Vec<Self> {
        let problems =
            vec![FieldProblem::new("city", "Enter the city"), FieldProblem::new("", "Something else")];
        vec![
            Self::of("seller_1", &Values::new(), vec![], true),
            Self::of("seller_1", &Values::new(), problems, false),
        ]
    }
}

impl DetailsPage {
    fn of(seller_id: &str, values: &Values, problems: Vec<FieldProblem>, saved: bool) -> Self {
        let mut groups: Vec<(String, Vec<ShownField>)> = vec![];
        for field in &FIELDS {
            let error = problems.iter().find(|one| one.field == field.name).map(|one| one.message.clone());
            let options = match field.control {
                Control::Country => {
                    COUNTRIES.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect()
                }
                _ => vec![],
            };
            let kind = match field.control {
                Control::Text | Control::CountryCode => "text",
                Control::Date => "date",
                Control::Country => "select",
                Control::Email => "email",
                Control::LongText => "textarea",
                Control::Agree => "checkbox",
            };
            let shown = ShownField {
                name: field.name,
                label: field.label,
                hint: field.hint,
                kind,
                value: values.get(field.name).cloned().unwrap_or_default(),
                error: error.unwrap_or_default(),
                options,
            };
            match groups.last_mut() {
                Some((group, fields)) if group == field.group => fields.push(shown),
                _ => groups.push((field.group.to_owned(), vec![shown])),
            }
        }
        Self { seller_id: seller_id.to_owned(), groups, summary: Summary::of(problems), saved }
    }
}

async fn details_page(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    match service::check_open(&platform, &browser.actor, &seller.id).await {
        // The status page says why, and what to do instead.
        Err(Error::Refused(_)) => return Ok(see_other(&format!("/onboarding/{id}"))),
        open => open?,
    }
    let mut draft = service::draft(&platform, &browser.actor, &seller.id).await?;
    if form::covers(&seller.country) {
        draft.values.entry("country".to_owned()).or_insert_with(|| seller.country.clone());
    }
    let saved = query.contains_key("saved");
    show(&platform, &frame, &DetailsPage::of(seller.id.as_str(), &draft.values, draft.problems, saved))
}

/// Saves, and with the other button sends.
async fn details(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    fields: Fields,
) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let own = fields.all().iter().filter(|(name, _)| !matches!(name.as_str(), "csrf" | "send"));
    let values = form::known(own.map(|(name, value)| (name.clone(), value.clone())))
        .map_err(|_| WebError::ForeignForm)?;
    service::save(&platform, &browser.actor, &seller.id, values).await?;
    if !fields.has("send") {
        return Ok(see_other(&format!("/onboarding/{id}/details?saved=1")));
    }
    match service::submit(&platform, &browser.actor, &seller.id).await {
        Ok(_) => Ok(see_other(&format!("/onboarding/{id}"))),
        Err(Error::Refused(OnboardingRefusal::Incomplete { .. })) => {
            let draft = service::draft(&platform, &browser.actor, &seller.id).await?;
            let page = DetailsPage::of(seller.id.as_str(), &draft.values, draft.problems, false);
            show_with(&platform, StatusCode::UNPROCESSABLE_ENTITY, &frame, &page)
        }
        Err(error) => Err(error.into()),
    }
}

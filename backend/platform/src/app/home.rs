//! Where people arrive: the landing page, the seller's start page, the staff's overview and sellers.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use serde::Serialize;

use crate::accounts::AccountStatus;
use crate::connections::pages::words_for_seller;
use crate::connections::{self, ConnectionStatus, Permission};
use crate::db::page::PageRequest;
use crate::jobs;
use crate::kernel::id::{JobId, SellerId};
use crate::kernel::{Actor, Failure, Staff};
use crate::onboarding;
use crate::platform::Platform;
use crate::web::browser::{THEME, set_cookie};
use crate::web::page::{Frame, Page, see_other, show};
use crate::web::when::When;
use crate::web::{Browser, Fields, WebError, WebResult, own_path};
use crate::{accounts, payouts, sellers, webhooks};

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/", get(home))
        .route("/theme", post(theme))
        .route("/seller/{seller}", get(seller))
        .route("/admin", get(overview))
        .route("/admin/sellers", get(admin_sellers))
        .route("/admin/jobs/{id}/run-again", post(run_again))
}

/// What a visitor sees first.
#[derive(Debug, Clone, Serialize)]
pub struct LandingPage {}

impl Page for LandingPage {
    const TEMPLATE: &'static str = "landing.html";

    fn samples() -> Vec<Self> {
        vec![Self {}]
    }
}

async fn home(State(platform): State<Platform>, browser: Browser) -> WebResult {
    match &browser.actor {
        Actor::Anonymous => show(&platform, &Frame::of(&platform, &browser), &LandingPage {}),
        Actor::Staff(_) => Ok(see_other("/admin")),
        actor => match actor.sellers().unwrap_or_default().as_slice() {
            [] => Ok(see_other("/seller/new")),
            [only] => Ok(see_other(&format!("/seller/{only}"))),
            several => {
                let found = sellers::service::many(&platform, actor, several).await?;
                let sellers = found.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
                show(&platform, &Frame::of(&platform, &browser), &ShopsPage { sellers })
            }
        },
    }
}

/// The shops of somebody who has several.
#[derive(Debug, Clone, Serialize)]
pub struct ShopsPage {
    /// Id and name.
    pub sellers: Vec<(String, String)>,
}

impl Page for ShopsPage {
    const TEMPLATE: &'static str = "sellers/choose.html";

    fn samples() -> Vec<Self> {
        let sellers = vec![("seller_1".to_owned(), "Blue Kiln".to_owned())];
        vec![Self { sellers }]
    }
}

/// Remembers light or dark, and goes back.
async fn theme(State(platform): State<Platform>, fields: Fields) -> WebResult {
    let theme = fields.text("theme");
    let theme = if matches!(theme.as_str(), "light" | "dark") { theme } else { String::new() };
    let back = own_path(&fields.text("back"));
    let back = if back.is_empty() { "/".to_owned() } else { back };
    let secure = platform.settings.public_url.scheme() == "https";
    let mut response = see_other(&back);
    response.headers_mut().append("set-cookie", set_cookie(THEME, &theme, "/", 365 * 24 * 3600, secure));
    Ok(response)
}

/// Two ways in, what will happen, what is and is not allowed.
#[derive(Debug, Clone, Serialize)]
pub struct StartPage {
    pub seller_id: String,
    pub name: String,
    /// Set when a connection has ended: its words, and what happened.
    pub ended: String,
    pub what: String,
    pub tone: &'static str,
    pub glyph: &'static str,
}

impl Page for StartPage {
    const TEMPLATE: &'static str = "connections/start.html";

    fn samples() -> Vec<Self> {
        let page = |ended: &str| Self {
            seller_id: "seller_1".to_owned(),
            name: "Blue Kiln Studio".to_owned(),
            ended: ended.to_owned(),
            what: "You disconnected your account at Airwallex.".to_owned(),
            tone: "madder",
            glyph: "octagon",
        };
        vec![page(""), page("Please connect again")]
    }
}

/// The seller's front door leads where she stands: connecting, the checks, or payouts.
async fn seller(State(platform): State<Platform>, browser: Browser, Path(id): Path<String>) -> WebResult {
    browser.signed_in()?;
    let id = SellerId::parse(&id).map_err(|_| WebError::NotFound)?;
    let seller = sellers::service::get(&platform, &browser.actor, &id).await?;
    let connection = connections::service::of_seller(&platform, &browser.actor, &id).await?;
    let account = accounts::service::of_seller(&platform, &browser.actor, &id).await?;
    match (connection, account) {
        (Some(connection), account) if connection.status == ConnectionStatus::Connected => {
            let active = account.is_some_and(|account| account.status == AccountStatus::Active);
            // What is not permitted yet is asked for where everything that is missing stands.
            let ready = active && Permission::lacking(&connection.missing_scopes).is_empty();
            let to = if ready { format!("/seller/{id}/payouts") } else { format!("/onboarding/{id}") };
            Ok(see_other(&to))
        }
        (connection, _) => {
            let (glyph, tone, words) = match &connection {
                Some(connection) => words_for_seller(connection.status),
                None => ("ring", "slate", ""),
            };
            let page = StartPage {
                seller_id: id.to_string(),
                name: seller.name.clone(),
                ended: words.to_owned(),
                what: connection.map(|one| one.reason.what_happened().to_owned()).unwrap_or_default(),
                tone,
                glyph,
            };
            show(
                &platform,
                &Frame::of(&platform, &browser).for_seller(&id, &seller.name).at("account"),
                &page,
            )
        }
    }
}

/// A job that waits for a person.
#[derive(Debug, Clone, Serialize)]
pub struct JobLine {
    pub id: String,
    pub kind: String,
    pub payload: String,
    pub error: String,
    pub attempts: i32,
}

/// The day in one look, thin for now: what waits for a person.
#[derive(Debug, Clone, Serialize)]
pub struct OverviewPage {
    pub counts: Vec<(String, String, u64)>,
    pub jobs: Vec<JobLine>,
}

impl Page for OverviewPage {
    const TEMPLATE: &'static str = "admin/overview.html";

    fn samples() -> Vec<Self> {
        let job = JobLine {
            id: "job_1".to_owned(),
            kind: "payouts.submit".to_owned(),
            payload: "{}".to_owned(),
            error: "why".to_owned(),
            attempts: 3,
        };
        let counts = vec![("Checking".to_owned(), "/admin/payouts".to_owned(), 1)];
        vec![Self { counts: counts.clone(), jobs: vec![] }, Self { counts, jobs: vec![job] }]
    }
}

async fn overview(State(platform): State<Platform>, browser: Browser) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let counts = waiting(&platform, staff).await?;
    let jobs = jobs::given_up(&platform, staff).await?;
    let line = |job: jobs::GivenUp| JobLine {
        id: job.id.to_string(),
        kind: job.kind,
        payload: job.payload,
        error: job.last_error,
        attempts: job.attempts,
    };
    let page = OverviewPage { counts, jobs: jobs.into_iter().map(line).collect() };
    show(&platform, &Frame::of(&platform, &browser).at("overview"), &page)
}

/// What waits for a person, in whole numbers: words, where it is listed, how many.
async fn waiting(platform: &Platform, staff: &Staff) -> Result<Vec<(String, String, u64)>, Failure> {
    use payouts::PayoutStatus::{Failed, Overdue, Reconciling, Returned};
    let known = payouts::service::count_by_status(platform).await?;
    let mut counts: Vec<(String, String, u64)> = [Reconciling, Overdue, Returned, Failed]
        .into_iter()
        .map(|status| {
            let count =
                known.iter().find(|(known, _)| known == status.as_str()).map_or(0, |(_, count)| *count);
            let link = format!("/admin/payouts?status={}", status.as_str());
            (payouts::pages::mark_for_staff(status).word.to_owned(), link, count)
        })
        .collect();
    let connections = connections::service::count_by_status(platform).await?;
    let stands = [ConnectionStatus::Connected.as_str(), ConnectionStatus::Pending.as_str()];
    let ended = connections.iter().filter(|(status, _)| !stands.contains(&status.as_str()));
    let ended = ended.map(|(_, count)| count).sum();
    counts.push(("Connections that ended".to_owned(), "/admin/connections".to_owned(), ended));
    let unseen = connections::service::count_unseen_events(platform).await?;
    counts.push(("Security events".to_owned(), "/admin/connections/security".to_owned(), unseen));
    let failed = webhooks::service::count(platform, staff, "FAILED").await?;
    counts.push(("Failed events".to_owned(), "/admin/webhooks?status=FAILED".to_owned(), failed));
    Ok(counts)
}

async fn run_again(
    State(platform): State<Platform>,
    browser: Browser,
    Path(id): Path<String>,
    _fields: Fields,
) -> WebResult {
    browser.signed_in()?;
    let staff = browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let id = JobId::parse(&id).map_err(|_| WebError::NotFound)?;
    jobs::run_again(&platform, staff, &id).await?;
    Ok(see_other("/admin"))
}

/// One seller in the staff's list.
#[derive(Debug, Clone, Serialize)]
pub struct SellerLine {
    pub id: String,
    pub name: String,
    pub country: String,
    pub joined: When,
    pub connection: Option<(String, String, String)>,
    pub account: Option<(String, String, String)>,
}

/// All sellers.
#[derive(Debug, Clone, Serialize)]
pub struct SellersPage {
    pub lines: Vec<SellerLine>,
    /// Whether newer ones are on another page, and where the older ones are.
    pub newest: bool,
    pub older: String,
}

impl Page for SellersPage {
    const TEMPLATE: &'static str = "admin/sellers/list.html";

    fn samples() -> Vec<Self> {
        let mark = || Some(("full".to_owned(), "moss".to_owned(), "CONNECTED".to_owned()));
        let line = SellerLine {
            id: "seller_1".to_owned(),
            name: "Blue Kiln".to_owned(),
            country: "GB".to_owned(),
            joined: When::sample(),
            connection: mark(),
            account: mark(),
        };
        let bare = SellerLine { connection: None, account: None, ..line.clone() };
        let page = |lines, older: &str| Self { lines, newest: !older.is_empty(), older: older.to_owned() };
        vec![page(vec![], ""), page(vec![line, bare], "seller_1")]
    }
}

async fn admin_sellers(
    State(platform): State<Platform>,
    browser: Browser,
    Query(query): Query<HashMap<String, String>>,
) -> WebResult {
    browser.signed_in()?;
    browser.actor.as_staff().ok_or(WebError::NotFound)?;
    let after = query.get("after").filter(|id| SellerId::parse(id).is_ok()).cloned();
    let request = PageRequest { after, ..PageRequest::first(50) };
    let page = sellers::service::list(&platform, &browser.actor, &request).await?;
    let older = page.items.last().map(|seller| seller.id.to_string()).filter(|_| page.has_older);
    let newest = page.has_newer;
    let ids: Vec<SellerId> = page.items.iter().map(|seller| seller.id.clone()).collect();
    let connections = connections::service::of_sellers(&platform, &browser.actor, &ids).await?;
    let accounts = accounts::service::of_sellers(&platform, &browser.actor, &ids).await?;
    let text = |(glyph, tone, _): (&str, &str, &str), word: &str| {
        (glyph.to_owned(), tone.to_owned(), word.to_owned())
    };
    let lines = page.items.into_iter().map(|seller| {
        let connection = connections.iter().find(|one| one.seller == seller.id);
        let account = accounts.iter().find(|one| one.seller == seller.id);
        SellerLine {
            id: seller.id.to_string(),
            name: seller.name,
            country: seller.country,
            joined: seller.created_at.into(),
            connection: connection.map(|one| text(words_for_seller(one.status), one.status.as_str())),
            account: account
                .map(|one| text(onboarding::pages::words_for_seller(one.status), &one.status_text)),
        }
    });
    let page = SellersPage { lines: lines.collect(), newest, older: older.unwrap_or_default() };
    show(&platform, &Frame::of(&platform, &browser).at("sellers"), &page)
}

//! The seller's bank accounts.

use axum::extract::{Path, State};
use serde::Serialize;

use super::seller_of;
use crate::beneficiaries::model::{Beneficiary, BeneficiaryStatus};
use crate::beneficiaries::service;
use crate::db::page::PageRequest;
use crate::kernel::Error;
use crate::platform::Platform;
use crate::web::page::{Page, show};
use crate::web::{Browser, WebResult};

/// One bank account in the list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub id: String,
    pub label: String,
    pub holder: String,
    pub country: String,
    pub currency: String,
    pub glyph: &'static str,
    pub tone: &'static str,
    pub word: &'static str,
}

/// The seller's bank accounts.
#[derive(Debug, Clone, Serialize)]
pub struct ListPage {
    pub seller_id: String,
    /// Whether one can be added today.
    pub may_add: bool,
    pub lines: Vec<Line>,
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "beneficiaries/list.html";

    fn samples() -> Vec<Self> {
        let line = Line {
            id: "beneficiary_1".to_owned(),
            label: "Harbour Bank, 1107".to_owned(),
            holder: "Blue Kiln Studio".to_owned(),
            country: "GB".to_owned(),
            currency: "GBP".to_owned(),
            glyph: "full",
            tone: "moss",
            word: "Ready",
        };
        vec![
            Self { seller_id: "seller_1".to_owned(), may_add: false, lines: vec![] },
            Self { seller_id: "seller_1".to_owned(), may_add: true, lines: vec![line] },
        ]
    }
}

fn line(beneficiary: Beneficiary) -> Line {
    let (glyph, tone, word) = match beneficiary.status {
        BeneficiaryStatus::Active => ("full", "moss", "Ready"),
        BeneficiaryStatus::Pending => ("question", "plum", "Checking with Airwallex"),
        BeneficiaryStatus::Refused => ("octagon", "madder", "Not accepted"),
    };
    Line {
        id: beneficiary.id.to_string(),
        label: beneficiary.label(),
        holder: beneficiary.holder,
        country: beneficiary.country,
        currency: beneficiary.currency,
        glyph,
        tone,
        word,
    }
}

pub async fn list(State(platform): State<Platform>, browser: Browser, Path(id): Path<String>) -> WebResult {
    let (seller, frame) = seller_of(&platform, &browser, &id).await?;
    let page = service::list(&platform, &browser.actor, &seller.id, &PageRequest::first(100)).await?;
    let lines = page.items.into_iter().map(line).collect();
    let may_add = match service::account(&platform, &browser.actor, &seller.id).await {
        Ok(_) => true,
        Err(Error::Refused(_)) => false,
        Err(error) => return Err(error.into()),
    };
    show(&platform, &frame, &ListPage { seller_id: seller.id.to_string(), may_add, lines })
}

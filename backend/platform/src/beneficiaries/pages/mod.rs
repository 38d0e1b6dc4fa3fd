//! The seller's bank accounts and the form that Airwallex's schema dictates.

mod list;
mod new;

use axum::Router;
use axum::routing::get;

use crate::kernel::id::SellerId;
use crate::platform::Platform;
use crate::sellers::{self, Seller};
use crate::web::page::Frame;
use crate::web::{Browser, WebError};

pub use list::ListPage;
pub use new::FormPage;

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/seller/{seller}/bank-accounts", get(list::list))
        .route("/seller/{seller}/bank-accounts/new", get(new::new_page).post(new::submit))
}

async fn seller_of(platform: &Platform, browser: &Browser, id: &str) -> Result<(Seller, Frame), WebError> {
    browser.signed_in()?;
    let id = SellerId::parse(id).map_err(|_| WebError::NotFound)?;
    let seller = sellers::service::get(platform, &browser.actor, &id).await?;
    let frame = Frame::of(platform, browser).for_seller(&seller.id, &seller.name).at("bank-accounts");
    Ok((seller, frame))
}

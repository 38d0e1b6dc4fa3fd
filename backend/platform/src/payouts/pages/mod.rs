//! The seller's payouts (list, preview, timeline) and the staff's.

mod detail;
mod line;
mod list;
mod mark;
mod new;
mod staff;

use axum::Router;
use axum::routing::{get, post};

use crate::platform::Platform;

pub use detail::DetailPage;
pub use list::ListPage;
pub use mark::{Mark, mark_for_seller, mark_for_staff};
pub use new::NewPage;
pub use staff::{AdminDetailPage, AdminListPage};

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/seller/{seller}/payouts", get(list::list))
        .route("/seller/{seller}/payouts/new", get(new::new_page).post(new::submit))
        .route("/seller/{seller}/payouts/{id}", get(detail::detail))
        .route("/seller/{seller}/payouts/{id}/cancel", post(detail::cancel))
        .route("/admin/payouts", get(staff::list))
        .route("/admin/payouts/{id}", get(staff::detail))
}

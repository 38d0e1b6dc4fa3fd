//! What a person reads after the consent page, and what staff see of connections.

mod outcome;
mod staff_detail;
mod staff_list;
mod staff_security;

use axum::Router;
use axum::routing::{get, post};

use super::model::ConnectionStatus;
use crate::platform::Platform;

pub use outcome::{OutcomePage, outcome_page};
pub use staff_detail::ConnectionPage;
pub use staff_list::ConnectionsPage;
pub use staff_security::SecurityPage;

pub fn routes() -> Router<Platform> {
    Router::new()
        .route("/admin/connections", get(staff_list::list))
        .route("/admin/connections/security", get(staff_security::list))
        .route("/admin/connections/security/{event}/seen", post(staff_security::seen))
        .route("/admin/connections/{connection}", get(staff_detail::detail))
        .route("/admin/connections/{connection}/remind", post(staff_detail::remind))
}

/// Glyph, tone and words of a connection, for sellers.
pub fn words_for_seller(status: ConnectionStatus) -> (&'static str, &'static str, &'static str) {
    match status {
        ConnectionStatus::Pending => ("ring", "slate", "Not connected yet"),
        ConnectionStatus::Connected => ("full", "moss", "Connected"),
        ConnectionStatus::Paused => ("octagon", "madder", "Closed to be safe, please connect again"),
        ConnectionStatus::NeedsReauthorization => ("octagon", "madder", "Please connect again"),
        ConnectionStatus::Disconnected => ("stroke", "slate", "You disconnected your account"),
    }
}

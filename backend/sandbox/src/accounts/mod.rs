//! Accounts (02 §1–5): what they are, their checks and the questions about them.

mod amendments;
mod answers;
mod capabilities;
mod files;
pub mod hosted;
pub mod hosted_pages;
mod invitations;
pub mod lifecycle;
pub mod liveness;
mod members;
mod requirements;
mod rfis;
mod routes;
mod simulation;
mod values;

pub use amendments::decide as decide_amendment;
pub use capabilities::{is_known as is_capability, set as set_capability};
pub use files::{MAX_BYTES, download};
pub use invitations::open as open_invitation;
pub use rfis::{close as close_rfi, expire as expire_rfi};

use crate::call::{Endpoint, Needs};

const DETAILS: Needs = Needs::Scope("account_details:read");
const READ: Needs = Needs::Platform("connected_account:read");
const WRITE: Needs = Needs::Platform("connected_account:write");
const SIMULATE: Needs = Needs::Scope("simulation:write");
const CAPABILITIES: Needs = Needs::Scope("account_details:read");
const CAPABILITIES_WRITE: Needs = Needs::Scope("connected_account:write");

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/account", DETAILS, routes::own),
    Endpoint::get("/api/v1/account/wallet_info", DETAILS, routes::wallet_info),
    Endpoint::get("/api/v1/accounts", DETAILS, routes::list),
    Endpoint::post("/api/v1/accounts/create", WRITE, members::ACCOUNT, routes::create),
    Endpoint::get("/api/v1/accounts/{id}", READ, routes::get),
    Endpoint::post("/api/v1/accounts/{id}/update", WRITE, members::ACCOUNT, routes::update),
    Endpoint::post("/api/v1/accounts/{id}/submit", WRITE, &[], routes::submit),
    Endpoint::post(
        "/api/v1/accounts/{id}/terms_and_conditions/agree",
        WRITE,
        &["agreed_at", "device_data.ip_address", "device_data.user_agent", "service_agreement_type"],
        routes::agree,
    ),
    Endpoint::post("/api/v1/accounts/{id}/suspend", WRITE, &["message"], routes::suspend),
    Endpoint::post("/api/v1/accounts/{id}/reactivate", WRITE, &["message"], routes::reactivate),
    Endpoint::post("/api/v1/accounts/{id}/clone", WRITE, &["metadata.*"], routes::clone),
    Endpoint::post(
        "/api/v1/accounts/invitation_links/create",
        WRITE,
        invitations::MEMBERS,
        invitations::create,
    ),
    Endpoint::get("/api/v1/accounts/invitation_links/{id}", READ, invitations::get),
    Endpoint::post(
        "/api/v1/account/amendments/create",
        Needs::Scope("connected_account:write"),
        &["target", "store_details.**", "primary_contact.**"],
        amendments::create,
    ),
    Endpoint::get("/api/v1/account/amendments/{id}", Needs::Scope("connected_account:read"), amendments::get),
    Endpoint::raw("/api/v1/files/upload", Needs::Scope("file:upload"), MAX_BYTES + 64 * 1024, files::upload),
    Endpoint::post(
        "/api/v1/files/download_links",
        Needs::Scope("file:upload"),
        &["file_ids.*"],
        files::links,
    ),
    Endpoint::get("/api/v1/rfis", Needs::Rfi("risk.rfi:read"), rfis::list),
    Endpoint::get("/api/v1/rfis/{id}", Needs::Rfi("risk.rfi:read"), rfis::get),
    Endpoint::post("/api/v1/rfis/{id}/respond", Needs::Rfi("risk.rfi:write"), rfis::ANSWER, rfis::respond),
    Endpoint::post("/api/v1/hosted_flows/create", WRITE, hosted::MEMBERS, hosted::create),
    Endpoint::get("/api/v1/hosted_flows/{id}", READ, hosted::get),
    Endpoint::post("/api/v1/hosted_flows/{id}/authorize", WRITE, &["identity"], hosted::authorize),
    Endpoint::get("/api/v1/account_capabilities/funding_limits", CAPABILITIES, capabilities::limits),
    Endpoint::post(
        "/api/v1/account_capabilities/apply",
        CAPABILITIES_WRITE,
        &["request_id", "funding_limits.*.currency", "funding_limits.*.limit", "funding_limits.*.type"],
        capabilities::apply,
    ),
    Endpoint::get("/api/v1/account_capabilities/{id}", CAPABILITIES, capabilities::get),
    Endpoint::post(
        "/api/v1/account_capabilities/{id}/enable",
        CAPABILITIES_WRITE,
        &["**"],
        capabilities::enable,
    ),
    Endpoint::post(
        "/api/v1/simulation/accounts/{id}/update_status",
        SIMULATE,
        &["next_status", "force"],
        simulation::update_status,
    ),
    Endpoint::post("/api/v1/simulation/account/amendments/{id}/approve", SIMULATE, &[], simulation::approve),
    Endpoint::post("/api/v1/simulation/account/amendments/{id}/reject", SIMULATE, &[], simulation::reject),
    Endpoint::post("/api/v1/simulation/rfis/create", SIMULATE, rfis::QUESTIONS, rfis::simulate_create),
    Endpoint::post(
        "/api/v1/simulation/rfis/{id}/follow_up",
        SIMULATE,
        rfis::QUESTIONS,
        rfis::simulate_follow_up,
    ),
    Endpoint::post("/api/v1/simulation/rfis/{id}/close", SIMULATE, &[], rfis::simulate_close),
];

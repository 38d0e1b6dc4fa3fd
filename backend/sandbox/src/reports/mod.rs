//! Platform reports (02 §7.7): ordered, written a moment later, fetched by a link that lives a minute.

mod content;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Duration;
use serde_json::{Value, json};

use crate::call::{Call, Endpoint, Needs};
use crate::clock::Instant;
use crate::store::Sandbox;
use crate::webhooks::emit;
use crate::wire::{ApiError, Reply, created, instant_in, ok, stamp, text_at};
use crate::world::World;
use crate::world::money::{Report, Span};
use crate::world::start::PLATFORM;
use crate::world::steering::Due;

const ORDER: &[&str] = &[
    "type",
    "file_format",
    "file_name",
    "from_created_at",
    "to_created_at",
    "from_updated_at",
    "to_updated_at",
];

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post(
        "/api/v1/platform_reports/create",
        Needs::Platform("financial_report:write"),
        ORDER,
        create,
    ),
    Endpoint::get("/api/v1/platform_reports/{id}", Needs::Platform("financial_report:read"), get),
];

/// The longest period (D).
const MAX_DAYS: i64 = 366;
/// How long one takes to write (A).
const WRITING: Duration = Duration::seconds(2);

fn create(call: &mut Call<'_>) -> Reply {
    let kind = call.need("type")?;
    if kind == "ISSUING_TRANSACTION_REPORT" {
        let message = "the sandbox does not imitate issuing, so it has no report of it";
        return Err(ApiError::new(501, "not_implemented", message).at("type"));
    }
    if !content::KINDS.contains(&kind.as_str()) {
        return Err(ApiError::invalid("type", content::KINDS.join(", ")));
    }
    if call.need("file_format")? != "CSV" {
        return Err(ApiError::invalid("file_format", "CSV"));
    }
    let report = Report {
        id: call.world.uuid(),
        file_name: text_at(&call.body, "file_name")
            .unwrap_or_else(|| format!("{kind}_{}", call.now.timestamp())),
        kind,
        created: span(call, "created_at")?,
        updated: span(call, "updated_at")?,
        content: None,
        links: std::collections::BTreeMap::new(),
    };
    // A period that is not over yet is waited for (D).
    let ends = [report.created.to, report.updated.to].into_iter().flatten();
    let at = ends.fold(call.now + WRITING, Instant::max);
    let id = report.id.clone();
    call.world.later(at, Due::Report { report: id.clone() });
    call.world.reports.insert(id.clone(), report);
    created(json!({ "id": id }))
}

fn span(call: &Call<'_>, which: &str) -> Result<Span, ApiError> {
    let read = |path: String| match text_at(&call.body, &path) {
        Some(text) => instant_in(&text)
            .map(Some)
            .ok_or_else(|| ApiError::invalid(&path, "a time reads 2026-11-21T09:00:00Z")),
        None => Ok(None),
    };
    let span = Span { from: read(format!("from_{which}"))?, to: read(format!("to_{which}"))? };
    if let (Some(from), Some(to)) = (span.from, span.to)
        && (to <= from || to - from > Duration::days(MAX_DAYS))
    {
        return Err(ApiError::invalid(&format!("to_{which}"), "after its beginning, by at most 366 days"));
    }
    Ok(span)
}

/// Every reading gives a new link (D).
fn get(call: &mut Call<'_>) -> Reply {
    let id = call.id().to_owned();
    let body = told(call.world, &id, call.now, call.public_url);
    ok(body.ok_or_else(|| ApiError::not_found("the report"))?)
}

/// The report, with a link of its own once it is written.
fn told(world: &mut World, id: &str, now: Instant, public_url: &str) -> Option<Value> {
    let (token, until) = (world.token(""), now + Duration::minutes(1));
    let report = world.reports.get_mut(id)?;
    let mut body = body(report);
    if report.content.is_some() {
        report.links.retain(|_, until| now < *until);
        report.links.insert(token.clone(), until);
        body["download_url"] = Value::from(format!("{public_url}/hosted/reports/{token}"));
        body["download_url_expires_at"] = json!(stamp(until));
    }
    Some(body)
}

fn body(report: &Report) -> Value {
    let mut body = json!({
        "id": report.id,
        "type": report.kind,
        "file_format": "CSV",
        "file_name": report.file_name,
        "status": if report.content.is_some() { "COMPLETED" } else { "PENDING" },
    });
    for (name, at) in [
        ("from_created_at", report.created.from),
        ("to_created_at", report.created.to),
        ("from_updated_at", report.updated.from),
        ("to_updated_at", report.updated.to),
    ] {
        if let Some(at) = at {
            body[name] = json!(stamp(at));
        }
    }
    body
}

/// Writes what was ordered, from what there is now. The event's link is about to die as well (D).
pub fn write(world: &mut World, id: &str, now: Instant, public_url: &str) {
    let Some(report) = world.reports.get(id).cloned() else { return };
    let content = content::csv(world, &report);
    let Some(report) = world.reports.get_mut(id) else { return };
    report.content = Some(content);
    if let Some(data) = told(world, id, now, public_url) {
        emit(world, now, "platform_report.completed", PLATFORM, id, data);
    }
}

/// A link's content.
pub async fn download(State(sandbox): State<Sandbox>, Path(token): Path<String>) -> Response {
    let state = sandbox.lock();
    let now = state.now();
    let is_alive = |report: &&Report| report.links.get(&token).is_some_and(|until| now < *until);
    let Some(report) = state.world.reports.values().find(is_alive) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, report.content.clone().unwrap_or_default()).into_response()
}

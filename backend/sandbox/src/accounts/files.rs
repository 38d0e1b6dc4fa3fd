//! Files (02 §1.10): uploaded once, named by others, fetched by links that live a day.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::call::Call;
use crate::store::Sandbox;
use crate::wire::{ApiError, Reply, created, list_at, ok, stamp};
use crate::world::World;
use crate::world::accounts::File;
use crate::world::start::PLATFORM;

/// 20 MB (D).
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Of a file name and of notes (D).
const MAX_WORDS: usize = 50;

/// What the `file` part held.
struct Part {
    filename: String,
    content_type: String,
    content: Bytes,
}

pub fn upload(call: &mut Call<'_>) -> Reply {
    let part = file_part(call)?;
    let notes = call.query.get("notes").cloned();
    if part.filename.chars().count() > MAX_WORDS {
        return Err(ApiError::invalid("filename", "at most 50 characters"));
    }
    if notes.as_ref().is_some_and(|notes| notes.chars().count() > MAX_WORDS) {
        return Err(ApiError::invalid("notes", "at most 50 characters"));
    }
    if part.content.len() > MAX_BYTES {
        return Err(ApiError::invalid("file", "at most 20 MB"));
    }
    let file = File {
        id: STANDARD.encode(call.world.token("file-")),
        account: call.account().to_owned(),
        filename: part.filename,
        notes,
        content_type: part.content_type,
        size: part.content.len(),
        content: STANDARD.encode(&part.content),
        created_at: call.now,
        links: BTreeMap::new(),
    };
    let answer = json!({
        "file_id": file.id,
        "filename": file.filename,
        "notes": file.notes,
        "object_type": "file",
        "size": file.size,
        "created": file.created_at.timestamp(),
    });
    call.world.files.insert(file.id.clone(), file);
    created(answer)
}

/// The whole body is here already, so reading it never waits.
fn file_part(call: &Call<'_>) -> Result<Part, ApiError> {
    let kind =
        call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wrong =
        || ApiError::invalid("content-type", "the body must be multipart/form-data with a part named file");
    let boundary = multer::parse_boundary(kind).map_err(|_| wrong())?;
    let bytes = Bytes::copy_from_slice(call.raw);
    let body = futures_util::stream::once(async move { Ok::<_, Infallible>(bytes) });
    let mut parts = multer::Multipart::new(body, boundary);
    let found = async {
        while let Some(part) = parts.next_field().await? {
            if part.name() == Some("file") {
                let filename = part.file_name().unwrap_or("file").to_owned();
                let content_type =
                    part.content_type().map_or("application/octet-stream".to_owned(), ToString::to_string);
                return Ok::<_, multer::Error>(Some(Part {
                    filename,
                    content_type,
                    content: part.bytes().await?,
                }));
            }
        }
        Ok(None)
    };
    match found.now_or_never() {
        Some(Ok(Some(part))) => Ok(part),
        Some(Ok(None)) => Err(ApiError::required("file")),
        Some(Err(_)) | None => Err(wrong()),
    }
}

/// The platform and its connected accounts may name each other's files (A).
fn may_see(world: &World, caller: &str, file: &File) -> bool {
    let is_ours =
        |account: &str| account == PLATFORM || world.accounts.get(account).is_some_and(|known| known.linked);
    file.account == caller || (is_ours(caller) && is_ours(&file.account))
}

/// Whether a file that somebody names is there for them.
pub fn is_there(world: &World, caller: &str, id: &str) -> bool {
    world.files.get(id).is_some_and(|file| may_see(world, caller, file))
}

pub fn links(call: &mut Call<'_>) -> Reply {
    let wanted: Vec<String> =
        list_at(&call.body, "file_ids").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if wanted.is_empty() {
        return Err(ApiError::required("file_ids"));
    }
    let (caller, until) = (call.account().to_owned(), call.now + Duration::days(1));
    let (mut files, mut absent) = (vec![], vec![]);
    for id in wanted {
        if !is_there(call.world, &caller, &id) {
            absent.push(id);
            continue;
        }
        let token = call.world.token("");
        if let Some(file) = call.world.files.get_mut(&id) {
            file.links.insert(token.clone(), until);
            files.push(json!({
                "file_id": id,
                "filename": file.filename,
                "content_type": file.content_type,
                "size": file.size,
                "url": format!("{}/hosted/files/{token}", call.public_url),
                "download_link_valid_until": stamp(until),
            }));
        }
    }
    ok(json!({ "files": files, "absent_files": absent }))
}

/// A link's content. Always a download: what somebody uploaded is no page of ours.
pub async fn download(State(sandbox): State<Sandbox>, Path(token): Path<String>) -> Response {
    let state = sandbox.lock();
    let now = state.now();
    let is_alive = |file: &&File| file.links.get(&token).is_some_and(|until| now < *until);
    let Some(file) = state.world.files.values().find(is_alive) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let bytes = STANDARD.decode(&file.content).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes).into_response()
}

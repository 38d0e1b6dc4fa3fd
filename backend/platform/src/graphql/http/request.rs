//! Reading a request: its four parameters, from the query or the body, and the limits it must keep.

use std::collections::HashMap;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, ServerError, Variables};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::super::limits;
use super::media::Media;
use super::{Rejected, bad_request, error, header_text};

/// The four parameters of a request.
#[derive(Default)]
pub(super) struct Parameters {
    query: String,
    operation_name: Option<String>,
    variables: Option<Value>,
    extensions: Option<Value>,
}

pub(super) fn from_query(uri: &Uri, media: Media) -> Result<Parameters, Rejected> {
    let pairs: HashMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let json_of = |name: &str| -> Result<Option<Value>, Rejected> {
        match pairs.get(name).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                serde_json::from_str(text).map(Some).map_err(|_| bad_request(media, "a parameter is no JSON"))
            }
        }
    };
    let mut fields = serde_json::Map::new();
    for name in ["query", "operationName"] {
        if let Some(text) = pairs.get(name).filter(|text| !text.is_empty()) {
            fields.insert(name.to_owned(), json!(text));
        }
    }
    for name in ["variables", "extensions"] {
        if let Some(value) = json_of(name)? {
            fields.insert(name.to_owned(), value);
        }
    }
    read_parameters(&Value::Object(fields), media)
}

pub(super) fn from_body(headers: &HeaderMap, body: &[u8], media: Media) -> Result<Parameters, Rejected> {
    let kind = header_text(headers, header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts.next() == Some("application/json");
    let charset =
        parts.find_map(|one| one.strip_prefix("charset=").map(|text| text.trim_matches('"').to_owned()));
    if !is_json || charset.is_some_and(|charset| charset != "utf-8") {
        return Err(Rejected {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            media,
            error: error("UNSUPPORTED_MEDIA_TYPE", "send application/json in UTF-8"),
        });
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| bad_request(media, "the body is no JSON"))?;
    read_parameters(&value, media)
}

fn read_parameters(value: &Value, media: Media) -> Result<Parameters, Rejected> {
    let Some(fields) = value.as_object() else {
        return Err(bad_request(media, "a request is a JSON object with a query"));
    };
    let object = |name: &'static str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) if value.is_object() => Ok(Some(value.clone())),
        Some(_) => Err(bad_request(media, &format!("{name} must be an object"))),
    };
    let operation_name = match fields.get("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(_) => return Err(bad_request(media, "operationName must be a string")),
    };
    let Some(query) = fields.get("query").and_then(Value::as_str) else {
        return Err(bad_request(media, "query must be a string"));
    };
    Ok(Parameters {
        query: query.to_owned(),
        operation_name,
        variables: object("variables")?,
        extensions: object("extensions")?,
    })
}

/// Applies the limits and learns what kind of operation it is.
pub(super) fn prepare(
    parameters: Parameters,
    media: Media,
) -> Result<(Request, Option<OperationType>), Rejected> {
    let mut request = Request::new(parameters.query);
    if let Some(name) = parameters.operation_name {
        request = request.operation_name(name);
    }
    if let Some(variables) = parameters.variables {
        request = request.variables(Variables::from_json(variables));
    }
    if let Some(Value::Object(extensions)) = parameters.extensions {
        for (name, value) in extensions {
            request.extensions.insert(name, async_graphql::Value::from_json(value).unwrap_or_default());
        }
    }
    check_limits(&mut request).map_err(|error| Rejected {
        status: if media == Media::Graphql { StatusCode::BAD_REQUEST } else { StatusCode::OK },
        media,
        error: json!(error),
    })?;
    let operation = operation_of(&mut request);
    Ok((request, operation))
}

/// What must hold before anything is executed: a document within the limits.
pub fn check_limits(request: &mut Request) -> Result<(), ServerError> {
    let too_large = |words: String| with_code(ServerError::new(words, None), "TOO_LARGE");
    limits::check_text(&request.query).map_err(too_large)?;
    match request.parsed_query() {
        Ok(document) => limits::check(document).map_err(too_large),
        Err(error) => Err(with_code(error, "GRAPHQL_PARSE_FAILED")),
    }
}

fn with_code(mut error: ServerError, code: &str) -> ServerError {
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// What kind of operation a request asks for, if its document can be read.
pub fn operation_of(request: &mut Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let mut operations = document.operations.iter();
    let chosen = match name {
        Some(name) => operations.find(|(known, _)| known.is_some_and(|known| *known == name)),
        // Several without a name are for the executor to refuse.
        None => operations.next().filter(|_| document.operations.iter().count() == 1),
    };
    chosen.map(|(_, operation)| operation.node.ty)
}

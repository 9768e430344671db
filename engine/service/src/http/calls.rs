//! Calls over the API: start one, list them, look at one and at its journal, tell it something, end it.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use indexmap::IndexMap;
use lang::Value;
use lang::limits::VALUE_DEPTH_MAX;
use serde::Deserialize;
use serde_json::json;

use super::body::Fields;
use super::error::ApiError;
use super::{Surface, body};
use crate::engine::RunFilter;
use crate::limits::{API_BYTES_MAX, PAGE_MAX, WATCH_MAX};
use crate::store::{Cursor, RunId};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Tells a client that its key was known, and the answer is that of the first time.
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Starts a run: `{flow, input}`.
pub(crate) async fn start(
    State(surface): State<Surface>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let key = idempotency_key(&headers)?;
    let mut fields = Fields::of(body::json(&headers, body, API_BYTES_MAX).await?)?;
    let (flow, input) = (fields.text("flow"), fields.object("input"));
    fields.finish()?;
    let started = surface.engine().start(&flow, values(input)?, key).await?;
    let location = format!("/api/v1/calls/{}", started.run);
    // Nothing that changes stands in the answer, so that a replay says the same.
    let body = Json(json!({"id": started.run, "flow": flow}));
    let mut response = (StatusCode::CREATED, [(LOCATION, location)], body).into_response();
    if started.replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, axum::http::HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = key
        .to_str()
        .map_err(|_| ApiError::malformed("`Idempotency-Key` must be visible ASCII characters"))?;
    Ok(Some(key))
}

fn values(object: serde_json::Map<String, serde_json::Value>) -> Result<IndexMap<String, Value>, ApiError> {
    let too_deep: Vec<String> = object
        .iter()
        .filter(|(_, value)| depth(value) > VALUE_DEPTH_MAX)
        .map(|(name, _)| format!("`{}` is nested deeper than {VALUE_DEPTH_MAX} levels", name.escape_debug()))
        .collect();
    if too_deep.is_empty() {
        Ok(object.into_iter().map(|(name, value)| (name, Value::from(value))).collect())
    } else {
        Err(ApiError::malformed("a value is nested too deeply").details(too_deep))
    }
}

/// Levels of lists and objects. The reader of JSON has bounded them, so the recursion is bounded too.
fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => 0,
    }
}

/// Which runs to list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    flow: Option<String>,
    live: Option<bool>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Live and ended runs, the latest first.
pub(crate) async fn list(
    State(surface): State<Surface>,
    query: Result<Query<Listing>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(Listing { flow, live, limit, cursor }) = query?;
    let before = cursor.map(Cursor::from);
    let page = surface.engine().runs(RunFilter { flow, live, before, limit }).await?;
    Ok(Json(page).into_response())
}

/// One run.
pub(crate) async fn show(
    State(surface): State<Surface>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let run = run(id)?;
    let view = surface.engine().run(run).await?.ok_or_else(ApiError::unknown_call)?;
    Ok(Json(view).into_response())
}

/// What cannot be an id is the id of no run.
fn run(id: Result<Path<String>, PathRejection>) -> Result<RunId, ApiError> {
    id.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(ApiError::unknown_call)
}

/// Which part of a journal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reading {
    after: Option<u64>,
    limit: Option<usize>,
    /// Unit: seconds.
    wait: Option<u64>,
}

/// A run's journal, after an entry; if there is nothing yet and the client can wait, as soon as there is something.
pub(crate) async fn journal(
    State(surface): State<Surface>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<Reading>, QueryRejection>,
) -> Result<Response, ApiError> {
    let run = run(id)?;
    let Query(Reading { after, limit, wait }) = query?;
    let (after, limit) = (after.unwrap_or(0), limit.unwrap_or(PAGE_MAX).max(1));
    let wait = Duration::from_secs(wait.unwrap_or(0)).min(WATCH_MAX);
    let engine = surface.engine();
    let page = tokio::select! {
        page = engine.watch(run, after, wait) => page?,
        // Who waits here must not hold up the end of the service.
        () = surface.closing() => engine.journal(run, after.saturating_add(1), limit).await?,
    };
    let mut page = page.ok_or_else(ApiError::unknown_call)?;
    if page.entries.len() > limit {
        page.entries.truncate(limit);
        page.more = true;
    }
    Ok(Json(page).into_response())
}

/// A custom event for a run: `{name, data}`.
pub(crate) async fn event(
    State(surface): State<Surface>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let run = run(id)?;
    let mut fields = Fields::of(body::json(&headers, body, API_BYTES_MAX).await?)?;
    let (name, data) = (fields.text("name"), fields.object("data"));
    fields.finish()?;
    let data = values(data)?.into_iter().map(|(name, value)| (name.into(), value)).collect();
    surface.engine().event(run, &name, Value::Map(std::sync::Arc::new(data))).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"id": run}))).into_response())
}

/// Hangs up and ends a run.
pub(crate) async fn cancel(
    State(surface): State<Surface>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let run = run(id)?;
    surface.engine().cancel(run).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"id": run}))).into_response())
}

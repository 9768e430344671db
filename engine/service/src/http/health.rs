//! Whether the service lives, and whether it should be given work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Surface;
use crate::engine::Readiness;

/// Liveness: the process answers.
pub(crate) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Readiness: new calls would be taken. The same either way, but for the status.
pub(crate) async fn ready(State(surface): State<Surface>) -> (StatusCode, Json<Readiness>) {
    let readiness = surface.engine().readiness();
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

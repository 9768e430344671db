//! Whether the service lives, and whether it should be given work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Surface;
use super::error::ApiError;

/// Liveness: the process answers.
pub(crate) async fn live() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Readiness: new calls would be taken.
pub(crate) async fn ready(State(surface): State<Surface>) -> Result<Json<Value>, ApiError> {
    let reasons = surface.engine().readiness().reasons();
    if reasons.is_empty() {
        Ok(Json(json!({"status": "ready"})))
    } else {
        Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "notReady", "new calls are not taken").details(reasons))
    }
}

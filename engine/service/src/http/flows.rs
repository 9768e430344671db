//! Flows over the API: what is loaded, and validating without deploying.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lang::Source;
use lang::limits::SOURCE_BYTES_MAX;
use serde_json::{Value, json};

use super::error::ApiError;
use super::{Surface, body};

/// What a flow that is validated over the API is called in its findings.
const NAME: &str = "flow.yaml";

/// The flows that take calls.
pub(crate) async fn list(State(surface): State<Surface>) -> Json<Value> {
    Json(json!({"flows": surface.engine().flows()}))
}

/// The findings of a flow, as an array of the objects that `flowctl validate --format json` prints.
pub(crate) async fn validate(State(surface): State<Surface>, body: Body) -> Result<Response, ApiError> {
    let bytes = body::read(body, SOURCE_BYTES_MAX).await?;
    let _turn = surface.validation_turn().await;
    // Proving takes as long as the flow is large; calls must not wait for it.
    let loaded = surface.engine().sources();
    let findings = tokio::task::spawn_blocking(move || findings(&bytes, loaded))
        .await
        .map_err(|_| ApiError::ours("validating a flow panicked"))?;
    Ok(([(CONTENT_TYPE, "application/json")], findings).into_response())
}

/// `loaded`: the flows that take calls. Sub-flows are looked for among them.
fn findings(bytes: &[u8], loaded: Vec<Source>) -> String {
    let lines = match lang::yaml::source(NAME, bytes) {
        Ok(source) => {
            let checked = validate::check_among(vec![source], || loaded);
            checked.reports.iter().map(lang::render::json).collect::<String>()
        }
        Err(finding) => {
            let source = Source::new(NAME, String::from_utf8_lossy(bytes));
            lang::render::json(&lang::finding::Report { source, found: vec![finding] })
        }
    };
    let objects: Vec<&str> = lines.lines().collect();
    format!("[{}]", objects.join(","))
}

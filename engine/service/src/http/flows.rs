//! Flows over the API: what is loaded, deploying others, and validating without deploying.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lang::Source;
use lang::finding::Report;
use lang::limits::SOURCE_BYTES_MAX;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use validate::Checked;

use super::body::Fields;
use super::error::ApiError;
use super::{Surface, body};
use crate::limits::{DEPLOY_BYTES_MAX, DEPLOY_FLOWS_MAX, ERROR_DETAILS_MAX};

/// What a flow that is validated over the API is called in its findings.
const NAME: &str = "flow.yaml";
/// How long a set that was deployed over the API serves.
const UNTIL: &str = "these flows serve after a restart, too, until the files that the service was started with change, \
                     or are loaded by SIGHUP";

/// The flows that take calls, with the hash of the set as its tag.
pub(crate) async fn list(State(surface): State<Surface>) -> Response {
    let set = surface.engine().flows();
    ([(ETAG, tag(&set.hash))], Json(set)).into_response()
}

fn tag(hash: &str) -> String {
    format!("\"{hash}\"")
}

/// Flows in the place of all that take calls: `{flows: [{name, text}]}`. All of them serve from now on, or none.
pub(crate) async fn deploy(
    State(surface): State<Surface>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let expected = expected(&headers)?;
    let mut fields = Fields::of(body::json(&headers, body, DEPLOY_BYTES_MAX).await?)?;
    let flows = fields.list("flows");
    fields.finish()?;
    let _turn = surface.validation_turn().await;
    let checked = tokio::task::spawn_blocking(move || texts(flows).map(check))
        .await
        .map_err(|_| ApiError::ours("validating flows panicked"))??;
    let findings = array(&checked.reports);
    if !checked.is_sound() {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unsound",
            "the flows have errors, and no call shall meet them; those that were loaded before go on serving",
        )
        .findings(findings));
    }
    let is_expected = move |hash: &str| expected.is_none_or(|tags| tags.iter().any(|tag| tag == hash));
    let change = surface.engine().deploy(checked.flows, is_expected).await?;
    let body = json!({
        "hash": change.hash, "added": change.added, "changed": change.changed, "removed": change.removed,
        "unchanged": change.unchanged, "findings": findings, "until": UNTIL,
    });
    Ok(([(ETAG, tag(&change.hash))], Json(body)).into_response())
}

/// The hashes of sets that `If-Match` allows to be replaced; `None`: any.
fn expected(headers: &HeaderMap) -> Result<Option<Vec<String>>, ApiError> {
    let mut tags = Vec::new();
    let mut values = headers.get_all(IF_MATCH).iter().peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    for value in values {
        let text =
            value.to_str().map_err(|_| ApiError::malformed("`If-Match` must be visible characters"))?;
        if text.trim() == "*" {
            return Ok(None);
        }
        // One without quotes means nothing else, and a weak one never matches: RFC 9110, section 13.1.1.
        tags.extend(text.split(',').map(|tag| tag.trim().trim_matches('"').to_owned()));
    }
    Ok(Some(tags))
}

/// The texts of a request, each with the name of its file.
fn texts(flows: Vec<Value>) -> Result<Vec<(String, String)>, ApiError> {
    if flows.len() > DEPLOY_FLOWS_MAX {
        return Err(ApiError::malformed(format!("there are more than {DEPLOY_FLOWS_MAX} flows")));
    }
    let (mut texts, mut wrong) = (Vec::new(), Vec::new());
    for (index, flow) in flows.into_iter().enumerate() {
        match serde_json::from_value(flow) {
            Ok(Written { name, text }) => texts.push((name, text)),
            Err(error) => wrong.push(format!("`flows[{index}]` must be {{name, text}}: {error}")),
        }
    }
    if wrong.is_empty() {
        return Ok(texts);
    }
    wrong.truncate(ERROR_DETAILS_MAX);
    Err(ApiError::malformed("the body is not what this request needs").details(wrong))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    text: String,
}

fn check(texts: Vec<(String, String)>) -> Checked {
    let mut garbled = Vec::new();
    let mut sources = Vec::new();
    for (name, text) in texts {
        match lang::yaml::source(&name, text.as_bytes()) {
            Ok(source) => sources.push(source),
            Err(finding) => garbled.push(Report { source: Source::new(name, text), found: vec![finding] }),
        }
    }
    let mut checked = validate::check(sources);
    if !garbled.is_empty() {
        checked.flows.clear();
        checked.reports.append(&mut garbled);
    }
    checked
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
    Ok(Json(findings).into_response())
}

/// `loaded`: the flows that take calls. Sub-flows are looked for among them.
fn findings(bytes: &[u8], loaded: Vec<Source>) -> Box<RawValue> {
    match lang::yaml::source(NAME, bytes) {
        Ok(source) => array(&validate::check_among(vec![source], || loaded).reports),
        Err(finding) => {
            let source = Source::new(NAME, String::from_utf8_lossy(bytes));
            array(&[Report { source, found: vec![finding] }])
        }
    }
}

fn array(reports: &[Report]) -> Box<RawValue> {
    let lines = reports.iter().map(lang::render::json).collect::<String>();
    let objects: Vec<&str> = lines.lines().collect();
    // Lines of JSON between brackets are JSON.
    RawValue::from_string(format!("[{}]", objects.join(","))).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

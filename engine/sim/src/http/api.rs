//! The provider's API: every path that is not the simulator's own.

use std::sync::Arc;

use acs::model::{CommunicationError, CommunicationErrorResponse};
use acs::signature;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::Request as HttpRequest;
use axum::http::request::Parts;
use axum::response::Response as HttpResponse;

use super::answering::Answer;
use super::origin::{host, origin, text};
use super::{Shared, now};
use crate::limits::{REQUEST_BYTES_MAX, SKEW_MAX};
use crate::request::{Request, Response, Way, error_response};

pub(super) async fn answer(State(shared): State<Arc<Shared>>, request: HttpRequest<Body>) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let answer = match read_body(&parts, body).await {
        Ok(body) => respond(&shared, &parts, body),
        Err(response) => response.into(),
    };
    answer.travel(&parts.headers).await
}

/// The body, if it is not too long. One whose length is announced is refused before it is read.
async fn read_body(parts: &Parts, body: Body) -> Result<Vec<u8>, Response> {
    let too_long = || {
        let message = format!("The request body is longer than {REQUEST_BYTES_MAX} bytes.");
        error_response(413, "8523", &message)
    };
    let announced: Option<usize> =
        text(&parts.headers, "content-length").and_then(|length| length.parse().ok());
    if announced.is_some_and(|length| length > REQUEST_BYTES_MAX) {
        return Err(too_long());
    }
    to_bytes(body, REQUEST_BYTES_MAX).await.map(Vec::from).map_err(|error| {
        if is_too_long(&error) {
            too_long()
        } else {
            error_response(400, "8523", "The request body did not arrive whole.")
        }
    })
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.to_string().contains("length limit exceeded") {
            return true;
        }
        source = cause.source();
    }
    false
}

fn respond(shared: &Shared, parts: &Parts, body: Vec<u8>) -> Answer {
    if let Err(response) = authenticate(shared, parts, &body) {
        return response.into();
    }
    let path = parts.uri.path();
    let Some(operation) = acs::route(parts.method.as_str(), path) else {
        // As the service says it; the code is none of its numbers, which would mean a call that is gone.
        let message = "No HTTP resource was found that matches the request.";
        return error_response(404, "NotFound", message).into();
    };
    let query = parts.uri.query().unwrap_or_default();
    let Some(api_version) = parameter(query, "api-version").filter(|version| is_version(version)) else {
        let message = "The api-version query parameter is missing or no version.";
        return error_response(400, "8523", message).into();
    };
    let request = Request {
        operation,
        api_version: api_version.to_owned(),
        skip: parameter(query, "skip").and_then(|skip| skip.parse().ok()).unwrap_or(0),
        base: origin(parts),
        body,
        repeatability_request_id: text(&parts.headers, "repeatability-request-id").map(str::to_owned),
        repeatability_first_sent: text(&parts.headers, "repeatability-first-sent").map(str::to_owned),
    };
    // While the world is locked no event gets out, so that none can be missed.
    let answer = shared.with_world(|world, now| {
        let response = world.on_request(&request, now);
        let waits = matches!(response.way, Way::AfterEvent { .. });
        Answer { response, delivered: waits.then(|| shared.delivered.subscribe()) }
    });
    tracing::debug!(operation = request.operation.name(), status = answer.response.status, "request");
    answer
}

/// Source: reference 1.3. The body of the refusal is as it was seen; the reason is beside it.
fn authenticate(shared: &Shared, parts: &Parts, body: &[u8]) -> Result<(), Response> {
    let bearer = text(&parts.headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    if let Some(token) = bearer {
        return if shared.accepts_bearer || shared.authority.takes(token, now()) {
            Ok(())
        } else {
            tracing::warn!("a request has a token that was not given here, or is too old");
            // Source: reference 4.4.
            Err(error_response(401, "7501", "The token is not valid."))
        };
    }
    let method = parts.method.as_str();
    let key = &shared.access_key;
    let verify = |path_and_query: &str| {
        signature::verify(key, method, path_and_query, host(parts), &parts.headers, body, now(), SKEW_MAX)
    };
    let sent = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    verify(sent).or_else(|reason| as_signed(parts).map_or(Err(reason), |signed| verify(&signed))).map_err(
        |reason| {
            tracing::warn!(%reason, "a request is not signed as it should be");
            let cause = CommunicationError {
                code: "7509".to_owned(),
                message: reason.to_string(),
                ..Default::default()
            };
            let error = CommunicationError {
                code: "7509".to_owned(),
                message: "HMAC-SHA256 validation failed".to_owned(),
                innererror: Some(Box::new(cause)),
                ..Default::default()
            };
            Response::json(401, &CommunicationErrorResponse { error })
        },
    )
}

/// What was signed, if it was written as official clients do and rewritten on its way out: the HTTP library below
/// Python's asynchronous client sends a signed `4%3A%2B1` as `4:%2B1`.
fn as_signed(parts: &Parts) -> Option<String> {
    let path = acs::route(parts.method.as_str(), parts.uri.path())?.path();
    Some(match parts.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    })
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// It is repeated in links and events, so it must be what it looks like.
fn is_version(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

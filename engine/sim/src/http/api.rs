//! The provider's API: every path that is not the simulator's own.

use std::sync::Arc;

use acs::model::{CommunicationError, CommunicationErrorResponse};
use acs::signature;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, StatusCode, header};
use axum::response::Response as HttpResponse;

use super::origin::{host, origin, text};
use super::{Shared, now};
use crate::limits::{REQUEST_BYTES_MAX, SKEW_MAX};
use crate::request::{Request, Response, error_response};

const CLIENT_REQUEST_ID: &str = "x-ms-client-request-id";

pub(super) async fn answer(State(shared): State<Arc<Shared>>, request: HttpRequest<Body>) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let response = match read_body(&parts, body).await {
        Ok(body) => respond(&shared, &parts, body),
        Err(response) => response,
    };
    into_http(&parts.headers, response)
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

fn respond(shared: &Shared, parts: &Parts, body: Vec<u8>) -> Response {
    if let Err(response) = authenticate(shared, parts, &body) {
        return response;
    }
    let path = parts.uri.path();
    let Some(operation) = acs::route(parts.method.as_str(), path) else {
        // As the service says it; the code is none of its numbers, which would mean a call that is gone.
        let message = "No HTTP resource was found that matches the request.";
        return error_response(404, "NotFound", message);
    };
    let query = parts.uri.query().unwrap_or_default();
    let Some(api_version) = parameter(query, "api-version").filter(|version| is_version(version)) else {
        return error_response(400, "8523", "The api-version query parameter is missing or no version.");
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
    let response = shared.with_world(|world, now| world.on_request(&request, now));
    tracing::debug!(operation = request.operation.name(), status = response.status, "request");
    response
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

fn into_http(request: &HeaderMap, response: Response) -> HttpResponse {
    let has_body = !response.body.is_empty();
    let mut answer = HttpResponse::new(Body::from(response.body));
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    if has_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    if let Some(id) = request.get(CLIENT_REQUEST_ID) {
        headers.insert(HeaderName::from_static(CLIENT_REQUEST_ID), id.clone());
    }
    for (name, value) in response.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

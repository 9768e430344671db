//! How an answer gets back to its client: at once, later, or not at all.

use std::fmt;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response as HttpResponse;
use tokio::sync::broadcast;
use tokio::time::{sleep, timeout};

use crate::request::{Response, Way};

const CLIENT_REQUEST_ID: &str = "x-ms-client-request-id";

/// An answer that has not left yet.
pub(super) struct Answer {
    pub(super) response: Response,
    /// The legs of callbacks that were delivered since it was made; nothing for an answer that waits for none.
    pub(super) delivered: Option<broadcast::Receiver<String>>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Answer {
        Answer { response, delivered: None }
    }
}

/// Marks an answer in whose place the connection ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection breaks, as was asked for")
    }
}

impl std::error::Error for Broken {}

impl Answer {
    /// The answer in HTTP, when it is time. `request` are the headers of the request.
    pub(super) async fn travel(self, request: &HeaderMap) -> HttpResponse {
        let mut answer = HttpResponse::new(Body::empty());
        match &self.response.way {
            Way::AtOnce => {}
            Way::Late(span) => sleep(*span).await,
            Way::AfterEvent { call_connection_id, at_most } => {
                if let Some(delivered) = self.delivered {
                    // Nothing may follow.
                    let _ = timeout(*at_most, hear(delivered, call_connection_id)).await;
                }
            }
            Way::Broken => {
                answer.extensions_mut().insert(Broken);
                return answer;
            }
        }
        into_http(request, self.response)
    }
}

/// Returns once an event of the leg was delivered; also if there were too many to look at each.
async fn hear(mut delivered: broadcast::Receiver<String>, connection: &str) {
    while delivered.recv().await.is_ok_and(|other| other != connection) {}
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

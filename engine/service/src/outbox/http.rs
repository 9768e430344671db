//! The `http` action: one request to another system, whose answer is an event.
//!
//! Requests to one host share a bound, so that a slow host delays its own runs only.

use std::collections::HashMap;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use lang::Value;
use machine::actions::http::{HeaderPart, Http, Method};
use machine::{Event, EventKind, What};
use parking_lot::Mutex;
use secrecy::ExposeSecret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::{Fate, InFlight, bring_back};
use crate::client::{Answer, Exchange, Outcome};
use crate::clock;
use crate::engine::Secrets;
use crate::limits::{HTTP_HOSTS_MAX, HTTP_PER_HOST_MAX};
use crate::retry;
use crate::store::Store;

/// By which a receiver can recognise a request that it has had before.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The bounds of the hosts that are being asked.
#[derive(Default)]
pub(super) struct Hosts(Mutex<HashMap<String, Arc<Semaphore>>>);

/// Why there is no answer, in the words of `event.reason`.
pub(super) struct Failed {
    pub(super) reason: &'static str,
    pub(super) message: String,
}

/// Sends the request and gives the event to the run.
pub(super) async fn send<S: Store>(in_flight: InFlight<S>, http: Http, id: Uuid, fate: Fate) {
    let event = match exchange(&in_flight, &http, id, fate).await {
        Ok(answer) => completed(answer),
        Err(Failed { reason, message }) => Event {
            reason: Some(reason.to_owned()),
            message: Some(message),
            ..Event::new(EventKind::HttpFailed)
        },
    };
    let event = Event { operation: Some(in_flight.operation), ..event };
    bring_back(in_flight, What::Event(Box::new(event))).await;
}

pub(super) async fn exchange<S: Store>(
    in_flight: &InFlight<S>,
    http: &Http,
    id: Uuid,
    fate: Fate,
) -> Result<Answer, Failed> {
    let InFlight { parts, .. } = in_flight;
    // Chosen: at most once, rather than a second ticket in somebody's system after a crash.
    if fate == Fate::Unknown && matches!(http.method, Method::Post | Method::Patch) {
        let message = "the engine was interrupted; it is unknown whether the request was taken".to_owned();
        return Err(Failed { reason: "interrupted", message });
    }
    let exchange = prepare(http, id, &parts.settings.secrets)?;
    let started = clock::instant();
    let left = || http.timeout.saturating_sub(started.elapsed());
    let permit = tokio::time::timeout(http.timeout, parts.outbox.hosts.enter(exchange.host()));
    let Ok(Some(_permit)) = permit.await else {
        return Err(Failed {
            reason: "busy",
            message: "too many requests to this host are under way".to_owned(),
        });
    };
    let mut attempts = 0;
    loop {
        attempts += 1;
        let why = match parts.client.exchange(&exchange, left()).await {
            Outcome::Answer(answer) if answer.is_cut => {
                return Err(Failed { reason: "tooLarge", message: "the answer is too large".to_owned() });
            }
            Outcome::Answer(answer) => return Ok(answer),
            Outcome::Unknown(why) => return Err(Failed { reason: "noAnswer", message: why.to_string() }),
            Outcome::NotSent(why) => why,
        };
        match retry::delay(attempts, None, left(), rand::random()) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(Failed { reason: "noConnection", message: why.to_string() }),
        }
    }
}

impl Hosts {
    /// Waits for a place among the requests to a host; `None` if there are too many hosts.
    async fn enter(&self, host: String) -> Option<OwnedSemaphorePermit> {
        let semaphore = {
            let mut hosts = self.0.lock();
            if hosts.len() >= HTTP_HOSTS_MAX && !hosts.contains_key(&host) {
                hosts.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
                if hosts.len() >= HTTP_HOSTS_MAX {
                    return None;
                }
            }
            hosts.entry(host).or_insert_with(|| Arc::new(Semaphore::new(HTTP_PER_HOST_MAX))).clone()
        };
        semaphore.acquire_owned().await.ok()
    }
}

fn prepare(http: &Http, id: Uuid, secrets: &Secrets) -> Result<Exchange, Failed> {
    let wrong = |message: String| Failed { reason: "badRequest", message };
    let mut headers = HeaderMap::new();
    for (name, parts) in &http.headers {
        let known = HeaderName::try_from(name.as_str());
        let name = known.map_err(|_| wrong(format!("`{name}` is not the name of a header")))?;
        let value = header_value(&name, parts, secrets).map_err(wrong)?;
        headers.insert(name, value);
    }
    headers.entry(IDEMPOTENCY_KEY).or_insert_with(|| {
        HeaderValue::from_str(&id.to_string()).expect("a UUID consists of digits and dashes")
    });
    let (body, content_type) = match &http.body {
        Value::Null => (None, None),
        Value::String(text) => (Some(text.as_bytes().to_vec()), Some("text/plain; charset=utf-8")),
        json => (Some(serde_json::Value::from(json).to_string().into_bytes()), Some("application/json")),
    };
    if let Some(content_type) = content_type {
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type));
    }
    let method = match http.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    };
    let query: Vec<_> = http.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Exchange::new(method, &http.url, &query, headers, body).map_err(|error| wrong(error.to_string()))
}

fn header_value(name: &HeaderName, parts: &[HeaderPart], secrets: &Secrets) -> Result<HeaderValue, String> {
    let mut text = String::new();
    let mut is_secret = false;
    for part in parts {
        match part {
            HeaderPart::Text(part) => text.push_str(part),
            HeaderPart::Secret(secret) => {
                let value = secrets.get(secret).ok_or_else(|| format!("there is no secret `{secret}`"))?;
                text.push_str(value.expose_secret());
                is_secret = true;
            }
        }
    }
    let mut value =
        HeaderValue::try_from(text).map_err(|_| format!("the value of `{name}` cannot be sent"))?;
    value.set_sensitive(is_secret);
    Ok(value)
}

/// Any answer completes the action. JSON by its content type, else text: clarification 42.
fn completed(answer: Answer) -> Event {
    let media_type = answer.content_type.as_deref().unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    let json = is_json.then(|| serde_json::from_slice::<serde_json::Value>(&answer.body).ok()).flatten();
    let body = match json {
        Some(json) => Value::from(json),
        None => Value::from(String::from_utf8_lossy(&answer.body).into_owned()),
    };
    Event {
        status: Some(answer.status),
        code: Some(i64::from(answer.status)),
        body: Some(body),
        ..Event::new(EventKind::HttpCompleted)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn any_answer_completes() {
        for (status, content_type, body, expected) in [
            (200, Some("application/json; charset=utf-8"), r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (500, Some("application/problem+json"), r#""no""#, r#""no""#),
            (200, Some("application/json"), "{", r#""{""#),
            (200, Some("text/plain"), "1", r#""1""#),
            (204, None, "", r#""""#),
        ] {
            let content_type = content_type.map(str::to_owned);
            let body = body.as_bytes().to_vec().into();
            let event = completed(Answer { status, retry_after: None, content_type, body, is_cut: false });
            assert_eq!((event.status, event.kind), (Some(status), EventKind::HttpCompleted));
            assert_eq!(serde_json::Value::from(&event.body.unwrap()).to_string(), expected);
        }
    }
}

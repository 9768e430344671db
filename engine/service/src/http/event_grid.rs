//! What Event Grid announces: `POST` and `OPTIONS /webhooks/eventgrid`, both schemas, both handshakes.
//!
//! Answered 200 only when the first record of every run that it starts is durable, and so is whatever a run keeps of
//! it. 400, 401 and 413 make Event Grid
//! drop what it sent, so none of them answers a fault of ours. Source: reference 6.

use acs::callback::DecodeError;
use acs::event_grid::{self, Delivery, GridEvent, GridKind};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ALLOW, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use machine::input::Incoming;
use serde::Serialize;

use super::auth::Shown;
use super::error::ApiError;
use super::events::{self, Delivered};
use super::{Surface, auth, body};
use crate::clock;
use crate::engine::{EngineError, Kept, Taken};
use crate::limits::{EVENT_GRID_BYTES_MAX, EVENT_GRID_STARTS_MAX, RINGING_MAX};
use crate::translate::{self, Announced};

/// What became of the events of a delivery.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    /// Calls that a flow has taken.
    taken: usize,
    /// What had been taken or kept before.
    duplicates: usize,
    /// Announcements that a run keeps.
    kept: usize,
    /// Calls that no flow takes.
    unclaimed: usize,
    /// Calls that have stopped ringing.
    stale: usize,
    /// Events that belong to no run, or are of no kind that one keeps.
    ignored: usize,
}

/// What an event means here.
enum Told {
    /// Event Grid asks whether we want its events.
    Handshake {
        /// What to answer with.
        code: String,
    },
    /// Somebody calls.
    Call { event: String, at: Option<Timestamp>, call: Box<Incoming> },
    /// Something about a call that a run may steer, or have steered.
    News { event: String, announced: Box<Announced> },
    /// Something that nothing here waits for.
    Other { kind: String },
}

/// Takes a delivery.
pub(crate) async fn receive(
    State(surface): State<Surface>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    match auth::event_grid(surface.eventgrid_key(), &uri, &headers) {
        Shown::Right => {}
        Shown::Nothing => {
            return Err(ApiError::unauthorized(
                "Event Grid's key is missing; add `?key=…` to the subscription's URL, or a delivery header",
            ));
        }
        Shown::Wrong => return Err(wrong_key()),
    }
    let bytes = body::read(body, EVENT_GRID_BYTES_MAX).await?;
    let Delivered { events, refusal } = events::read(&bytes, |body| announced(&headers, body))?;
    if let [Told::Handshake { code }] = events.as_slice() {
        tracing::info!("Event Grid has validated its subscription");
        return Ok(Json(event_grid::validation_response(code)).into_response());
    }
    let account = take(&surface, events, clock::now()).await?;
    refusal.map_or_else(|| Ok(Json(account).into_response()), Err)
}

fn wrong_key() -> ApiError {
    ApiError::unauthorized("the key is not Event Grid's; it is what `--eventgrid-key` was set to")
}

fn announced(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Told>, DecodeError> {
    let events = match event_grid::decode(headers, body)? {
        Delivery::Events(events) => events,
        Delivery::Validation { code } => return Ok(vec![Told::Handshake { code }]),
    };
    let one = |(index, event): (usize, GridEvent)| {
        let at = event.at();
        if let Some(announced) = translate::announcement(&event) {
            return Ok(Told::News { event: event.id, announced: Box::new(announced) });
        }
        match event.kind {
            GridKind::IncomingCall(call) => match translate::incoming(*call) {
                Ok(call) => Ok(Told::Call { event: event.id, at, call: Box::new(call) }),
                Err(property) => Err(DecodeError::Missing { index, property }),
            },
            GridKind::CallStarted(_)
            | GridKind::CallEnded(_)
            | GridKind::CallParticipantAdded(_)
            | GridKind::CallParticipantRemoved(_)
            | GridKind::RecordingFileStatusUpdated(_)
            | GridKind::Other(_) => Ok(Told::Other { kind: event.kind.event_type().to_owned() }),
        }
    };
    events.into_iter().enumerate().map(one).collect()
}

/// Hands every incoming call to the engine. If one must come again, all must: Event Grid knows no less.
async fn take(surface: &Surface, events: Vec<Told>, now: Timestamp) -> Result<Account, EngineError> {
    let mut account = Account::default();
    let (mut calls, mut news) = (Vec::new(), Vec::new());
    for announced in events {
        match announced {
            Told::Call { event, at: Some(at), .. } if now.duration_since(at) > RINGING_MAX => {
                tracing::warn!(event, %at, "a call is let go: it was announced after it had stopped ringing");
                account.stale += 1;
            }
            Told::Call { event, call, at: _ } => calls.push((event, call)),
            Told::News { event, announced } => news.push((event, announced)),
            Told::Other { kind } => {
                tracing::debug!(kind, "ignored: nothing here waits for such an event");
                account.ignored += 1;
            }
            // Among other events it is none.
            Told::Handshake { .. } => account.ignored += 1,
        }
    }
    let mut starts = stream::iter(calls)
        .map(|(event, call)| async move { surface.engine().incoming(&event, *call).await })
        .buffer_unordered(EVENT_GRID_STARTS_MAX);
    let mut failed = None;
    while let Some(started) = starts.next().await {
        match started {
            Ok(Taken::Run(_)) => account.taken += 1,
            Ok(Taken::Duplicate) => account.duplicates += 1,
            Ok(Taken::NoFlow) => account.unclaimed += 1,
            Err(error) => failed = Some(error),
        }
    }
    let mut keeping = stream::iter(news)
        .map(|(event, announced)| async move { surface.engine().announced(&event, *announced).await })
        .buffer_unordered(EVENT_GRID_STARTS_MAX);
    while let Some(kept) = keeping.next().await {
        match kept {
            Ok(Kept::By(_)) => account.kept += 1,
            Ok(Kept::Duplicate) => account.duplicates += 1,
            Ok(Kept::NoRun) => account.ignored += 1,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(account), Err)
}

/// Answers the handshake of the CloudEvents schema.
pub(crate) async fn handshake(
    State(surface): State<Surface>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    match auth::event_grid(surface.eventgrid_key(), &uri, &headers) {
        // A key in a delivery header comes with deliveries only. The answer gives nothing away and lets nobody in.
        Shown::Right | Shown::Nothing => {}
        Shown::Wrong => return Err(wrong_key()),
    }
    let mut response = (StatusCode::OK, [(ALLOW, HeaderValue::from_static("POST, OPTIONS"))]).into_response();
    if let Some(origin) = event_grid::allowed_origin(&headers) {
        let answer = response.headers_mut();
        answer.insert(HeaderName::from_static(event_grid::ALLOWED_ORIGIN_HEADER), origin.clone());
        answer
            .insert(HeaderName::from_static(event_grid::ALLOWED_RATE_HEADER), HeaderValue::from_static("*"));
    }
    Ok(response)
}

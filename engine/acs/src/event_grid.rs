//! What Event Grid delivers: inbound calls and other news, in both of its schemas, and its two handshakes.
//!
//! Source: reference 6. Event Grid does not sign its bodies; who may post is the endpoint's business. Knows no HTTP
//! beyond names of headers. Events hold phone numbers and contexts and are not for logs.

mod encode;
mod kind;

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use encode::{OutgoingGridEvent, Schema, encode, encode_body};
pub use kind::{
    CallEndReason, CallEnded, CallParticipantChanged, CallStarted, EndedBy, GridKind, GroupOrRoom,
    IncomingCall, RecordingChunk, RecordingFileStatusUpdated, RecordingStorageInfo, UserInRole,
};

pub use crate::decode::DecodeError;
use crate::decode::{events, id, required};
use crate::lenient;
use crate::limits::GRID_EVENTS_MAX;

/// Says what a delivery is: one of the `…_DELIVERY` values.
pub const EVENT_TYPE_HEADER: &str = "aeg-event-type";
/// The handshake of the Event Grid schema.
pub const VALIDATION_DELIVERY: &str = "SubscriptionValidation";
/// Events.
pub const NOTIFICATION_DELIVERY: &str = "Notification";
/// The subscription is gone.
pub const DELETION_DELIVERY: &str = "SubscriptionDeletion";
/// Name of the subscription.
pub const SUBSCRIPTION_NAME_HEADER: &str = "aeg-subscription-name";
/// How often this event was tried.
pub const DELIVERY_COUNT_HEADER: &str = "aeg-delivery-count";

/// The type of the event that asks for validation.
pub const VALIDATION_EVENT: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

/// Header of the `OPTIONS` request with which the CloudEvents schema asks for permission.
pub const REQUEST_ORIGIN_HEADER: &str = "webhook-request-origin";
/// Header of the answer that gives it.
pub const ALLOWED_ORIGIN_HEADER: &str = "webhook-allowed-origin";
/// Header of the answer that limits it. Unit: deliveries a minute.
pub const ALLOWED_RATE_HEADER: &str = "webhook-allowed-rate";
/// Who asks.
pub const EVENT_GRID_ORIGIN: &str = "eventgrid.azure.net";

/// What a POST from Event Grid is.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// The handshake of the Event Grid schema: answer 200 with [`validation_response`] within 30 s.
    Validation {
        /// What to answer with.
        code: String,
    },
    /// Events, unordered and possibly repeated. Answer 200 to 204; 400, 401 and 413 mean that they are dropped.
    Events(Vec<GridEvent>),
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct GridEvent {
    /// The event's id, by which duplicates are recognised. Made of the content if the event has none.
    pub id: String,
    /// The topic, or the source of a CloudEvent. Empty if absent.
    pub topic: String,
    /// What it is about; holds raw ids. Empty if absent.
    pub subject: String,
    /// When it happened, as it came. An inbound call older than its ringing time is stale.
    pub time: Option<String>,
    /// What happened, typed.
    pub kind: GridKind,
    /// All of `data`, as it came; null if absent.
    pub data: Value,
}

impl GridEvent {
    /// When it happened, if that can be read.
    pub fn at(&self) -> Option<Timestamp> {
        self.time.as_deref()?.parse().ok()
    }
}

/// Reads a POST from Event Grid, in either schema.
///
/// # Errors
/// [`DecodeError`]: not JSON, no events, more than [`GRID_EVENTS_MAX`] of them, one without a type, an inbound call
/// without what is needed to answer it, or a validation without its code. An unknown type is no error.
pub fn decode(headers: &HeaderMap, body: &[u8]) -> Result<Delivery, DecodeError> {
    let events = events(body, GRID_EVENTS_MAX)?;
    let announced = headers
        .get(EVENT_TYPE_HEADER)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(VALIDATION_DELIVERY.as_bytes()));
    // Proxies may drop the header, so the event's type counts as well.
    if let Some(event) = events.first()
        && (announced || event_type(event).is_some_and(|kind| kind.eq_ignore_ascii_case(VALIDATION_EVENT)))
    {
        return validation(event);
    }
    let events: Result<_, _> =
        events.into_iter().enumerate().map(|(index, event)| grid_event(index, event)).collect();
    events.map(Delivery::Events)
}

fn validation(event: &Map<String, Value>) -> Result<Delivery, DecodeError> {
    let nothing = Map::new();
    let data = event.get("data").and_then(Value::as_object).unwrap_or(&nothing);
    let code = required(data, "validationCode", 0, "data.validationCode")?;
    Ok(Delivery::Validation { code })
}

/// `eventType` in the Event Grid schema, `type` in that of CloudEvents.
fn event_type(event: &Map<String, Value>) -> Option<String> {
    lenient::text(event, "eventType").or_else(|| lenient::text(event, "type"))
}

fn grid_event(index: usize, mut event: Map<String, Value>) -> Result<GridEvent, DecodeError> {
    let kind = event_type(&event).ok_or(DecodeError::Missing { index, property: "type" })?;
    let id = id(&event);
    let data = event.remove("data").unwrap_or_default();
    let text = |key, other| lenient::text(&event, key).or_else(|| lenient::text(&event, other));
    Ok(GridEvent {
        id,
        topic: text("topic", "source").unwrap_or_default(),
        subject: lenient::text(&event, "subject").unwrap_or_default(),
        time: text("eventTime", "time"),
        kind: GridKind::read(kind, &data, index)?,
        data,
    })
}

/// The body that answers the handshake of the Event Grid schema.
pub fn validation_response(code: &str) -> Value {
    json!({"validationResponse": code})
}

/// Whom to allow, for the handshake of the CloudEvents schema: the value of `WebHook-Allowed-Origin`.
///
/// `None` if the `OPTIONS` request is not Event Grid's; then there is nothing to allow.
pub fn allowed_origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    let origin = headers.get(REQUEST_ORIGIN_HEADER)?;
    origin.as_bytes().eq_ignore_ascii_case(EVENT_GRID_ORIGIN.as_bytes()).then_some(origin)
}

#[cfg(test)]
mod tests;

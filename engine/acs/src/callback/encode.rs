//! Events on their way to an application, in the very envelope that the service uses.
//!
//! Source: reference 4.1, 4.6. Made for the simulator; its ids and times are arguments.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{CallbackKind, Detail};
use crate::model::ResultInformation;

/// An event to be posted.
#[derive(Clone, Debug, PartialEq)]
pub struct OutgoingEvent {
    /// New for each event, a UUID.
    pub id: String,
    /// When it happened.
    pub time: Timestamp,
    /// What happened.
    pub kind: CallbackKind,
    /// The version of the API with which the call was made.
    pub version: String,
    /// The leg.
    pub call_connection_id: String,
    /// The call.
    pub server_call_id: String,
    /// The chain of calls.
    pub correlation_id: String,
    /// What the request gave. Not sent with kinds that do not have it.
    pub operation_context: Option<String>,
    /// What became of the operation.
    pub result: Option<ResultInformation>,
    /// The properties that only some kinds have.
    pub detail: Detail,
}

/// The envelope of one event. The service posts it as an array of one: see [`encode_body`].
pub fn encode(event: &OutgoingEvent) -> Value {
    let source = source(event);
    json!({
        "id": event.id,
        "source": source,
        "type": event.kind.as_str(),
        "data": data(event),
        "time": event.time.strftime("%Y-%m-%dT%H:%M:%S.%7f+00:00").to_string(),
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": source,
    })
}

/// The body of a delivery, as the service posts it.
pub fn encode_body(event: &OutgoingEvent) -> Vec<u8> {
    serde_json::to_vec(&[encode(event)]).expect("a JSON value goes to JSON")
}

/// Without leading slash, and of its own form for recordings.
fn source(event: &OutgoingEvent) -> String {
    match (&event.kind, &event.detail.recording_id) {
        (CallbackKind::RecordingStateChanged, Some(recording_id)) => {
            format!("calling/recordings/{}/{recording_id}/{}", event.server_call_id, event.kind.name())
        }
        _ => format!("calling/callConnections/{}", event.call_connection_id),
    }
}

fn data(event: &OutgoingEvent) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("version".to_owned(), json!(event.version));
    let detail =
        serde_json::to_value(&event.detail).expect("wire types have text keys and no failing serializer");
    if let Value::Object(properties) = detail {
        data.extend(properties);
    }
    if let Some(context) = event.operation_context.as_ref().filter(|_| has_operation_context(&event.kind)) {
        data.insert("operationContext".to_owned(), json!(context));
    }
    if let Some(result) = &event.result {
        data.insert("resultInformation".to_owned(), json!(result));
    }
    data.insert("callConnectionId".to_owned(), json!(event.call_connection_id));
    data.insert("serverCallId".to_owned(), json!(event.server_call_id));
    data.insert("correlationId".to_owned(), json!(event.correlation_id));
    data.insert("publicEventType".to_owned(), json!(event.kind.as_str()));
    data
}

/// Source: reference 4.1; rosters and states of recordings have none.
fn has_operation_context(kind: &CallbackKind) -> bool {
    !matches!(kind, CallbackKind::ParticipantsUpdated | CallbackKind::RecordingStateChanged)
}

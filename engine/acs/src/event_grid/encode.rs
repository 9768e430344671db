//! Events as Event Grid delivers them, in either schema, for the simulator. Ids and times are arguments.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::VALIDATION_EVENT;
use super::kind::IncomingCall;

/// In which envelope a subscription wants its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schema {
    /// The default.
    #[default]
    EventGrid,
    /// CloudEvents 1.0.
    CloudEvents,
}

/// An event to be delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct OutgoingGridEvent {
    /// A UUID.
    pub id: String,
    /// The resource's path: `/subscriptions/…/communicationservices/…`.
    pub topic: String,
    /// What it is about.
    pub subject: String,
    /// The type, such as `Microsoft.Communication.IncomingCall`.
    pub event_type: String,
    /// The version of the data: `1.0`, of a validation `2`.
    pub data_version: &'static str,
    /// When it happened.
    pub time: Timestamp,
    /// The data, the same in both schemas.
    pub data: Value,
}

impl OutgoingGridEvent {
    /// Someone calls.
    pub fn incoming_call(id: &str, topic: &str, time: Timestamp, call: &IncomingCall) -> OutgoingGridEvent {
        OutgoingGridEvent {
            id: id.to_owned(),
            topic: topic.to_owned(),
            subject: format!("/caller/{}/recipient/{}", call.from.raw_id(), call.to.raw_id()),
            event_type: "Microsoft.Communication.IncomingCall".to_owned(),
            data_version: "1.0",
            time,
            data: json!(call),
        }
    }

    /// The handshake of the Event Grid schema. Sent with the header `aeg-event-type: SubscriptionValidation`.
    pub fn validation(id: &str, topic: &str, time: Timestamp, code: &str, url: &str) -> OutgoingGridEvent {
        OutgoingGridEvent {
            id: id.to_owned(),
            topic: topic.to_owned(),
            subject: String::new(),
            event_type: VALIDATION_EVENT.to_owned(),
            data_version: "2",
            time,
            data: json!({"validationCode": code, "validationUrl": url}),
        }
    }
}

/// The envelope of one event.
pub fn encode(event: &OutgoingGridEvent, schema: Schema) -> Value {
    match schema {
        Schema::EventGrid => json!({
            "id": event.id,
            "topic": event.topic,
            "subject": event.subject,
            "data": event.data,
            "eventType": event.event_type,
            "dataVersion": event.data_version,
            "metadataVersion": "1",
            "eventTime": event.time.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string(),
        }),
        Schema::CloudEvents => json!({
            "id": event.id,
            "source": event.topic,
            "subject": event.subject,
            "type": event.event_type,
            "time": event.time.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string(),
            "specversion": "1.0",
            "data": event.data,
        }),
    }
}

/// The body of a delivery without batching: an array of one in the Event Grid schema, a bare CloudEvent.
pub fn encode_body(event: &OutgoingGridEvent, schema: Schema) -> Vec<u8> {
    let envelope = encode(event, schema);
    let body = match schema {
        Schema::EventGrid => json!([envelope]),
        Schema::CloudEvents => envelope,
    };
    body.to_string().into_bytes()
}

//! What reading and writing deliveries of Event Grid is held to.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::samples;

fn decode_plain(body: &Value) -> Result<Delivery, DecodeError> {
    decode(&HeaderMap::new(), body.to_string().as_bytes())
}

fn one(body: &Value) -> GridEvent {
    match decode_plain(body).unwrap() {
        Delivery::Events(mut events) => {
            assert_eq!(events.len(), 1);
            events.remove(0)
        }
        Delivery::Validation { .. } => panic!("not a validation"),
    }
}

/// The typed data, written again.
fn rewritten(kind: &GridKind) -> Value {
    match kind {
        GridKind::IncomingCall(data) => json!(data),
        GridKind::CallStarted(data) => json!(data),
        GridKind::CallEnded(data) => json!(data),
        GridKind::CallParticipantAdded(data) | GridKind::CallParticipantRemoved(data) => json!(data),
        GridKind::RecordingFileStatusUpdated(data) => json!(data),
        GridKind::Other(kind) => panic!("{kind} is not typed"),
    }
}

#[test]
fn every_sample_is_typed_and_loses_nothing() {
    let samples = samples::event_grid();
    assert_eq!(samples.len(), 7);
    for (name, body) in samples.iter().filter(|(name, _)| name != "SubscriptionValidationEvent") {
        let event = one(body);
        assert_eq!(event.kind.event_type(), format!("Microsoft.Communication.{name}"));
        let mut written = rewritten(&event.kind);
        if let Some(recording) =
            written.as_object_mut().filter(|data| data.contains_key("recordingFormatType"))
        {
            // Event Grid writes these in PascalCase.
            for key in ["recordingContentType", "recordingChannelType", "recordingFormatType"] {
                assert_ne!(recording[key], event.data[key]);
                recording[key] = event.data[key].clone();
            }
        }
        assert_eq!(written, event.data, "{name}");
        assert!(event.at().is_some() && !event.topic.is_empty() && !event.subject.is_empty());
    }
}

#[test]
fn an_inbound_call_in_both_schemas() {
    let samples = samples::event_grid();
    let body = &samples.iter().find(|(name, _)| name == "IncomingCall").unwrap().1;
    let event = one(body);
    let GridKind::IncomingCall(call) = &event.kind else { panic!("an inbound call") };
    let outgoing = OutgoingGridEvent::incoming_call(&event.id, &event.topic, event.at().unwrap(), call);
    assert_eq!(json!([encode(&outgoing, Schema::EventGrid)]), *body);

    let cloud: Value = serde_json::from_slice(&encode_body(&outgoing, Schema::CloudEvents)).unwrap();
    assert_eq!((&cloud["specversion"], &cloud["type"]), (&json!("1.0"), &body[0]["eventType"]));
    assert_eq!(one(&cloud), event);
}

#[test]
fn both_handshakes() {
    let samples = samples::event_grid();
    let body = &samples.iter().find(|(name, _)| name == "SubscriptionValidationEvent").unwrap().1;
    let code = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6";
    let validation = Delivery::Validation { code: code.to_owned() };
    assert_eq!(decode_plain(body), Ok(validation));
    assert_eq!(validation_response(code).to_string(), format!(r#"{{"validationResponse":"{code}"}}"#));
    let event = &body[0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let outgoing = OutgoingGridEvent::validation(
        &text(&event["id"]),
        &text(&event["topic"]),
        text(&event["eventTime"]).parse().unwrap(),
        code,
        &text(&event["data"]["validationUrl"]),
    );
    assert_eq!(encode(&outgoing, Schema::EventGrid), *event);

    let mut headers = HeaderMap::new();
    headers.insert(EVENT_TYPE_HEADER, HeaderValue::from_static(VALIDATION_DELIVERY));
    assert_eq!(
        decode(&headers, br#"[{"eventType":"x"}]"#),
        Err(DecodeError::Missing { index: 0, property: "data.validationCode" })
    );

    assert_eq!(allowed_origin(&headers), None);
    headers.insert(REQUEST_ORIGIN_HEADER, HeaderValue::from_static("eventgrid.azure.net"));
    assert_eq!(allowed_origin(&headers), Some(&HeaderValue::from_static("eventgrid.azure.net")));
    headers.insert(REQUEST_ORIGIN_HEADER, HeaderValue::from_static("example.com"));
    assert_eq!(allowed_origin(&headers), None);
}

#[test]
fn recorded_inbound_calls() {
    for (name, deliveries) in samples::recordings() {
        for call in deliveries.iter().filter(|delivery| delivery.is_object()) {
            let event = one(&json!([{"eventType": "Microsoft.Communication.IncomingCall", "data": call}]));
            assert_eq!(rewritten(&event.kind), *call, "{name}");
        }
    }
}

#[test]
fn what_is_tolerated_and_what_is_not() {
    let call = json!({"to": {"rawId": "4:+1"}, "from": {"rawId": "4:+2"}, "incomingCallContext": "c",
                      "customContext": {"sipHeaders": {}, "voipHeaders": null}});
    let event = one(&json!({"type": "microsoft.communication.INCOMINGCALL", "data": call}));
    let GridKind::IncomingCall(read) = event.kind else { panic!("an inbound call") };
    assert_eq!(read.from.phone_number.unwrap().value, "+2");
    assert_eq!(read.custom_context.unwrap().voip_headers, None);

    for property in ["to", "from", "incomingCallContext"] {
        let mut call = call.clone();
        call.as_object_mut().unwrap().remove(property);
        let body = json!([{"type": "x"}, {"type": "Microsoft.Communication.IncomingCall", "data": call}]);
        let error = decode_plain(&body).unwrap_err();
        assert_eq!(error.to_string(), format!("event 1 has no `data.{property}`"));
    }
    for name in ["CallStarted", "CallEnded", "CallParticipantAdded", "RecordingFileStatusUpdated"] {
        for data in [Value::Null, json!([]), json!({"reason": 1, "group": "x", "recordingStorageInfo": 7})] {
            let kind =
                one(&json!({"eventType": format!("Microsoft.Communication.{name}"), "data": data})).kind;
            assert_eq!(rewritten(&kind), json!({}), "{name}");
        }
    }
    assert_eq!(decode_plain(&json!([{}])), Err(DecodeError::Missing { index: 0, property: "type" }));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(body: Vec<u8>, kind in "\\PC{0,30}") {
        let _ = decode(&HeaderMap::new(), &body);
        let _ = decode_plain(&json!([{"eventType": kind, "data": {}}]));
    }
}

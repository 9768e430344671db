//! What reading a callback is held to.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::request::API_VERSION;
use crate::samples;

fn one(body: &Value) -> Callback {
    let mut callbacks = decode(body.to_string().as_bytes()).unwrap();
    assert_eq!(callbacks.len(), 1);
    callbacks.remove(0)
}

/// The event that would be sent to have `callback` arrive.
fn outgoing(callback: &Callback) -> OutgoingEvent {
    OutgoingEvent {
        id: callback.id.clone(),
        time: callback.at().unwrap(),
        kind: callback.kind.clone(),
        version: API_VERSION.to_owned(),
        call_connection_id: callback.call_connection_id.clone().unwrap(),
        server_call_id: callback.server_call_id.clone().unwrap(),
        correlation_id: callback.correlation_id.clone().unwrap(),
        operation_context: callback.operation_context.clone(),
        result: callback.result.clone(),
        detail: callback.detail.clone(),
    }
}

/// Each sample is read into its kind and its typed properties, and written back without a difference.
fn check_samples(samples: &[(String, Value)]) {
    for (name, body) in samples {
        let callback = one(body);
        assert_eq!(callback.kind.name(), name);
        assert!(callback.kind.is_listed(), "{name}");
        assert_eq!(callback.data, body[0]["data"]);
        // The one property that the service adds on its own and that has no meaning for anyone.
        let mut expected = body[0].clone();
        expected["data"].as_object_mut().unwrap().remove("eventSource");
        assert_eq!(encode(&outgoing(&callback)), expected, "{name}");
    }
}

#[test]
fn golden_samples_both_ways() {
    let samples = samples::callbacks();
    assert!(samples.len() >= 5);
    check_samples(&samples);
}

#[test]
fn every_example_of_the_reference_both_ways() {
    let Some(samples) = samples::reference_callbacks() else { return };
    assert_eq!(samples.len(), CallbackKind::LISTED.len());
    check_samples(&samples);
}

#[test]
fn recorded_traffic() {
    for (name, deliveries) in samples::recordings() {
        for delivery in deliveries.iter().filter(|delivery| delivery.is_array()) {
            let callback = one(delivery);
            assert!(callback.kind.is_listed(), "{name}");
            assert!(callback.call_connection_id.is_some() && callback.at().is_some(), "{name}");
            if callback.kind == CallbackKind::ParticipantsUpdated {
                let people = callback.detail.participants.unwrap();
                assert!(people.iter().all(|person| person.identifier.is_some()), "{name}");
                assert!(callback.detail.sequence_number.is_some(), "{name}");
            }
        }
    }
}

#[test]
fn envelope_of_a_recording() {
    let event = OutgoingEvent {
        id: "i".to_owned(),
        time: "2026-03-17T10:20:59.5802443Z".parse().unwrap(),
        kind: CallbackKind::RecordingStateChanged,
        version: API_VERSION.to_owned(),
        call_connection_id: "bot".to_owned(),
        server_call_id: "SERVER".to_owned(),
        correlation_id: "c".to_owned(),
        operation_context: Some("not sent".to_owned()),
        result: None,
        detail: Detail { recording_id: Some("REC".to_owned()), ..Detail::default() },
    };
    let body: Value = serde_json::from_slice(&encode_body(&event)).unwrap();
    assert_eq!(body[0]["source"], "calling/recordings/SERVER/REC/RecordingStateChanged");
    assert_eq!(body[0]["subject"], body[0]["source"]);
    assert_eq!(body[0]["time"], "2026-03-17T10:20:59.5802443+00:00");
    assert_eq!(body[0]["data"].get("operationContext"), None);
}

#[test]
fn what_is_tolerated() {
    let callback = one(&json!({
        "type": "microsoft.communication.playfailed",
        "data": {
            "callConnectionId": "leg", "operationContext": null, "unheardOf": [1],
            "resultInformation": {"code": "400", "subCode": 8535.0, "message": 5, "sipDetails": "none"},
            "failedPlaySourceIndex": "2", "sequenceNumber": 1e300,
            "participants": [{"identifier": {"rawId": "4:+1", "phoneNumber": {"value": 1}}, "isMuted": "True"}, 7, {}],
            "participant": {"rawId": "8:acs:x_y", "communicationUser": null},
            "state": "Active", "tone": 5, "recognitionType": "telepathy",
        },
    }));
    assert_eq!(callback.kind, CallbackKind::PlayFailed);
    assert_eq!(callback.operation_context, None);
    let result = callback.result.unwrap();
    assert_eq!((result.code, result.sub_code, result.message.as_deref()), (Some(400), Some(8535), Some("5")));
    assert_eq!(result.sip_details, None);
    let detail = callback.detail;
    assert_eq!((detail.failed_play_source_index, detail.sequence_number), (Some(2), None));
    let people = detail.participants.unwrap();
    assert_eq!(people.len(), 2);
    assert_eq!(people[0].identifier, Some(CommunicationIdentifier::from_raw_id("4:+1")));
    assert_eq!(people[0].is_muted, Some(true));
    assert_eq!(detail.participant, Some(CommunicationIdentifier::from_raw_id("8:acs:x_y")));
    assert_eq!((detail.state, detail.tone), (Some(RecordingState::Active), None));
    assert_eq!(detail.recognition_type, Some(RecognitionType::Other("telepathy".to_owned())));
}

#[test]
fn bare_events_unknown_kinds_and_keys_twice() {
    let body = br#"{"id":"1","type":"Microsoft.Communication.Sneezed","data":null,"id":"2"}"#;
    let callbacks = decode(body).unwrap();
    assert_eq!(callbacks[0].id, "2");
    assert_eq!(callbacks[0].kind, CallbackKind::Other("Microsoft.Communication.Sneezed".to_owned()));
    assert_eq!(callbacks[0].kind.name(), "Sneezed");
    assert_eq!(decode(b"[]"), Ok(Vec::new()));
}

#[test]
fn events_without_id_are_told_apart_by_content() {
    let id = |time: &str| one(&json!({"type": "x", "time": time})).id;
    assert_eq!(id("1"), id("1"));
    assert_ne!(id("1"), id("2"));
}

#[test]
fn what_is_refused() {
    use DecodeError as E;
    let many = format!("[{}]", vec!["{}"; CALLBACK_EVENTS_MAX + 1].join(","));
    for (body, expected) in [
        ("", E::NotJson { what: "it ends too early", line: 1, column: 0 }),
        ("{\n  id: 1}", E::NotJson { what: "wrong syntax", line: 2, column: 3 }),
        ("7", E::NotEvents),
        ("[{\"type\":\"x\"},7]", E::NotAnObject { index: 1 }),
        ("[{\"type\":\"x\"},{}]", E::Missing { index: 1, property: "type" }),
        (many.as_str(), E::TooMany { count: CALLBACK_EVENTS_MAX + 1, max: CALLBACK_EVENTS_MAX }),
    ] {
        assert_eq!(decode(body.as_bytes()), Err(expected));
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(decode(deep.as_bytes()), Err(E::NotJson { .. })));
}

/// JSON of any shape, with the names that the reader looks for.
fn any_json() -> impl Strategy<Value = Value> {
    let keys: Vec<&'static str> = vec![
        "type",
        "data",
        "id",
        "participants",
        "identifier",
        "rawId",
        "phoneNumber",
        "value",
        "resultInformation",
        "code",
        "dtmfResult",
        "tones",
        "tone",
        "sequenceNumber",
        "confidence",
        "choiceResult",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("Microsoft.Communication.ParticipantsUpdated")),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        let key = prop::sample::select(keys.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..8).prop_map(|pairs| {
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_survived(body: Vec<u8>) {
        let _ = decode(&body);
    }

    #[test]
    fn any_json_is_survived_and_repeats(value in any_json()) {
        let body = value.to_string();
        prop_assert_eq!(decode(body.as_bytes()), decode(body.as_bytes()));
        let event = json!({"type": "x", "data": value});
        prop_assert!(decode(event.to_string().as_bytes()).is_ok(), "data cannot make an event unreadable");
    }
}

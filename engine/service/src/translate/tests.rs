//! Each answer as what it says, and each kind of callback as the event that it is.

#![allow(clippy::unwrap_used)]

use machine::actions::ActionKind;
use machine::ids::OperationId;
use machine::input::Ack;
use machine::{Event, EventKind};
use serde_json::{Value, json};

use super::event as event_of;
use super::{ack, refusal};

#[test]
fn answers_are_read_leniently() {
    let body = br#"{"callConnectionId":"leg","serverCallId":"server","correlationId":"chain","targets":7}"#;
    let answered = ack(ActionKind::Answer, br#"{"callConnectionId":"leg","serverCallId":"server","new":1}"#);
    assert_eq!(
        (answered.connection_id.as_deref(), answered.server_call_id.as_deref()),
        (Some("leg"), Some("server"))
    );
    // A property of another shape must not cost the ids.
    assert_eq!(ack(ActionKind::CreateCall, body).connection_id.as_deref(), Some("leg"));
    let invited = ack(ActionKind::AddParticipant, br#"{"invitationId":"i"}"#);
    assert_eq!(invited.invitation_id.as_deref(), Some("i"));
    assert_eq!(ack(ActionKind::Play, b""), Ack::default());

    let gone = refusal(404, br#"{"Error":{"Code":"8522","Message":"Call not found."}}"#);
    assert_eq!((gone.sub_code, gone.message.as_str()), (Some(8522), "Call not found."));
    assert!(gone.says_gone());
    assert_eq!(refusal(400, b"").message, "status 400");
}

fn received(kind: &str, data: Value) -> Option<Event> {
    let event = json!({ "id": "1", "type": format!("Microsoft.Communication.{kind}"), "data": data });
    event_of(&acs::callback::decode(event.to_string().as_bytes()).unwrap()[0])
}

#[test]
fn every_kind_of_callback_is_an_event() {
    for kind in acs::CallbackKind::LISTED {
        let event = received(kind.name(), json!({})).unwrap();
        assert_eq!(event.kind.name(), kind.name());
    }
    assert_eq!(received("SomethingNew", json!({})), None);
}

#[test]
fn callbacks_tell_what_flows_may_read() {
    let event = received(
        "RecognizeCompleted",
        json!({
            "operationContext": "callflow:3:7:mine", "callConnectionId": "leg", "recognitionType": "dtmf",
            "dtmfResult": { "tones": ["one", "pound", "asterisk", "a"] },
            "resultInformation": { "code": 200, "subCode": 8531, "message": "done" },
        }),
    )
    .unwrap();
    assert_eq!((event.operation, event.operation_context.as_deref()), (Some(OperationId(7)), Some("mine")));
    assert_eq!((event.code, event.sub_code, event.message.as_deref()), (Some(200), Some(8531), Some("done")));
    assert_eq!((event.digits.as_deref(), event.recognition.as_deref()), (Some("1#*A"), Some("dtmf")));

    let chosen =
        json!({ "choiceResult": { "label": "sales", "recognizedPhrase": "buy" }, "operationContext": "x" });
    let event = received("RecognizeCompleted", chosen).unwrap();
    assert_eq!((event.operation, event.operation_context.as_deref()), (None, Some("x")));
    assert_eq!((event.label.as_deref(), event.speech.as_deref()), (Some("sales"), Some("buy")));
    assert_eq!(event.recognition.as_deref(), Some("choices"));

    let tone = received("ContinuousDtmfRecognitionToneReceived", json!({ "tone": "nine" })).unwrap();
    assert_eq!(tone.digits.as_deref(), Some("9"));

    let roster = json!({
        "sequenceNumber": 4,
        "participants": [
            { "identifier": { "rawId": "4:+14255550123", "phoneNumber": { "value": "+14255550123" } }, "isMuted": true },
            { "identifier": { "rawId": "4:anonymous", "phoneNumber": { "value": "anonymous" } } },
            { "identifier": { "rawId": "" } },
        ],
    });
    let event = received("ParticipantsUpdated", roster).unwrap();
    let people = event.participants.unwrap();
    let shown: Vec<_> = people.iter().map(|one| (one.identifier.to_string(), one.is_muted)).collect();
    assert_eq!(shown, [("+14255550123".to_owned(), true), ("4:anonymous".to_owned(), false)]);
    assert_eq!(event.sequence_number, Some(4));
    assert_eq!(event.kind, EventKind::ParticipantsUpdated);
}

//! Whatever arrives, in whatever order: answers are well formed, nothing panics, and nothing is left behind.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use acs::Operation;
use acs::model::CommunicationErrorResponse;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{AGENT, CALLER, LINE, SECOND, Scene, text, who};
use crate::{CallState, Request, WorldOptions};

/// JSON of any shape, with names and values that requests have.
fn any_json() -> impl Strategy<Value = Value> {
    let keys = vec![
        "targets",
        "callbackUri",
        "sourceCallerIdNumber",
        "value",
        "phoneNumber",
        "rawId",
        "communicationUser",
        "id",
        "incomingCallContext",
        "target",
        "playSources",
        "kind",
        "text",
        "file",
        "uri",
        "playTo",
        "recognizeInputType",
        "recognizeOptions",
        "targetParticipant",
        "dtmfOptions",
        "maxTonesToCollect",
        "stopTones",
        "choices",
        "label",
        "phrases",
        "tone",
        "participantToAdd",
        "participantToRemove",
        "invitationId",
        "transferee",
        "callLocator",
        "serverCallId",
        "roomId",
        "tones",
        "targetParticipants",
        "fromCall",
        "callConnectionId",
        "playOptions",
        "loop",
        "initialSilenceTimeoutInSeconds",
        "invitationTimeoutInSeconds",
        "operationContext",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..30i64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("https://app.example.com/cb")),
        Just(json!("+14255550123")),
        Just(json!("text")),
        Just(json!("dtmf")),
        Just(json!("one")),
        Just(who(AGENT)),
        Just(text("hello")),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(keys.clone()), inner), 0..8)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// Requests that are right, for a call of the caller and the agent.
fn right(number: usize, context: &str, leg: &str) -> (Operation, Value) {
    let id = || leg.to_owned();
    let target = json!({"targetParticipant": who(CALLER)});
    let uri = "https://app.example.com/cb";
    match number {
        0 => (
            Operation::CreateCall,
            json!({"targets": [who(AGENT), who(SECOND)], "callbackUri": uri, "sourceCallerIdNumber": {"value": LINE}}),
        ),
        1 => (
            Operation::AnswerCall,
            json!({"incomingCallContext": context, "callbackUri": uri,
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://a.example/"}}),
        ),
        2 => (Operation::RejectCall, json!({"incomingCallContext": context})),
        3 => (Operation::RedirectCall, json!({"incomingCallContext": context, "target": who(SECOND)})),
        4 => (Operation::HangUp { call_connection_id: id() }, json!(null)),
        5 => (Operation::TerminateCall { call_connection_id: id() }, json!(null)),
        6 => (Operation::Play { call_connection_id: id() }, json!({"playSources": [text("hello there")]})),
        7 => (
            Operation::Play { call_connection_id: id() },
            json!({"playSources": [text("hello")], "playOptions": {"loop": true}}),
        ),
        8 => (
            Operation::Recognize { call_connection_id: id() },
            json!({"recognizeInputType": "dtmf", "recognizeOptions":
            {"targetParticipant": who(CALLER), "dtmfOptions": {"maxTonesToCollect": 2}}}),
        ),
        9 => (Operation::CancelAllMediaOperations { call_connection_id: id() }, json!(null)),
        10 => (
            Operation::AddParticipant { call_connection_id: id() },
            json!({"participantToAdd": who(AGENT), "sourceCallerIdNumber": {"value": LINE}}),
        ),
        11 => (
            Operation::RemoveParticipant { call_connection_id: id() },
            json!({"participantToRemove": who(AGENT)}),
        ),
        12 => (
            Operation::TransferToParticipant { call_connection_id: id() },
            json!({"targetParticipant": who(SECOND)}),
        ),
        13 => (
            Operation::TransferToParticipant { call_connection_id: id() },
            json!({"targetParticipant": who(SECOND), "transferee": who(CALLER)}),
        ),
        14 => (Operation::StartContinuousDtmfRecognition { call_connection_id: id() }, target),
        15 => (Operation::Hold { call_connection_id: id() }, target),
        16 => (Operation::StartRecording, json!({"callConnectionId": leg})),
        17 => (
            Operation::RemoveParticipant { call_connection_id: id() },
            json!({"participantToRemove": who(CALLER)}),
        ),
        18 => (
            Operation::SendDtmfTones { call_connection_id: id() },
            json!({"tones": ["one"], "targetParticipant": who(CALLER)}),
        ),
        _ => (
            Operation::MoveParticipants { call_connection_id: id() },
            json!({"targetParticipants": [who(CALLER)], "fromCall": leg}),
        ),
    }
}

fn operations(leg: &str) -> Vec<Operation> {
    let mut operations: Vec<Operation> = (0..=19).map(|number| right(number, "", leg).0).collect();
    let id = || leg.to_owned();
    operations.extend([
        Operation::Connect,
        Operation::GetCall { call_connection_id: id() },
        Operation::Unhold { call_connection_id: id() },
        Operation::MuteParticipants { call_connection_id: id() },
        Operation::CancelAddParticipant { call_connection_id: id() },
        Operation::ListParticipants { call_connection_id: id() },
        Operation::GetParticipant { call_connection_id: id(), participant_raw_id: "4:+1".to_owned() },
        Operation::StopContinuousDtmfRecognition { call_connection_id: id() },
        Operation::StartTranscription { call_connection_id: id() },
        Operation::StopTranscription { call_connection_id: id() },
        Operation::UpdateTranscription { call_connection_id: id() },
        Operation::StartMediaStreaming { call_connection_id: id() },
        Operation::StopMediaStreaming { call_connection_id: id() },
        Operation::GetRecordingState { recording_id: id() },
        Operation::StopRecording { recording_id: id() },
        Operation::PauseRecording { recording_id: id() },
        Operation::ResumeRecording { recording_id: id() },
    ]);
    operations
}

/// A success of the table, or an error of the declared shape.
fn check(operation: &Operation, response: &crate::Response) {
    if response.status < 400 {
        assert_eq!(response.status, operation.row().success, "{operation:?}");
        return;
    }
    assert!((400..500).contains(&response.status), "{operation:?}: {}", response.status);
    let error: CommunicationErrorResponse = serde_json::from_slice(&response.body).unwrap();
    assert!(error.error.code.parse::<u32>().is_ok() && !error.error.message.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_body_on_any_operation_is_answered(bodies in prop::collection::vec((any_json(), 0..40usize), 1..30), raw: Vec<u8>) {
        let mut scene = Scene::new();
        let leg = scene.inbound(json!({}));
        let operations = operations(&leg);
        for (body, choice) in bodies {
            let operation = operations[choice % operations.len()].clone();
            for body in [body.to_string().into_bytes(), raw.clone()] {
                let request = Request::new(operation.clone(), body);
                check(&operation, &scene.world.on_request(&request, scene.at));
            }
        }
        scene.settle();
    }

    /// Right requests in any order, at any time, with a caller who does something meanwhile.
    #[test]
    fn any_order_of_right_requests_leaves_nothing_behind(
        steps in prop::collection::vec((0..20usize, 0..3_000u64), 1..25),
        seed: u64,
        hangup_after in 1..40u64,
        second in prop::sample::select(vec!["answerAfter", "decline", "noAnswer", "application"]),
    ) {
        let mut scene = Scene::with(WorldOptions { seed, ..WorldOptions::default() });
        let person = if second == "answerAfter" { json!({second: "1s"}) } else { json!({second: true}) };
        scene.person(SECOND, person.clone());
        scene.place(json!({"script": {"press": ["1", "12"], "hangupAfter": format!("{hangup_after}s")}}));
        let mut leg = String::from("none");
        for (number, pause) in steps {
            let context = scene.incoming.last().unwrap().incoming_call_context.clone();
            let (operation, body) = right(number, &context, &leg);
            let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
            let response = scene.world.on_request(&Request::new(operation.clone(), body), scene.at);
            check(&operation, &response);
            let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            if let Some(id) = answer["callConnectionId"].as_str() {
                leg = id.to_owned();
            }
            scene.run(Duration::from_millis(pause));
        }
        // Whatever is left is ended, and then nobody knows of anything.
        for call in scene.world.latest_calls(100) {
            for leg in call.legs {
                let operation = Operation::TerminateCall { call_connection_id: leg.call_connection_id };
                scene.ask(operation, &json!(null));
            }
        }
        scene.settle();
        scene.settle();
        let calls = scene.world.latest_calls(100);
        prop_assert!(calls.iter().all(|call| call.state == CallState::Ended), "{calls:?}");
        let world = &scene.world;
        prop_assert!(world.legs.is_empty() && world.connections.is_empty() && world.rings.is_empty());
        prop_assert!(world.offers.is_empty() && world.server_calls.is_empty() && world.recordings.is_empty());
        prop_assert_eq!(world.next_due(), None, "nothing is left to happen");
        // Every leg that was connected was disconnected once, and nothing came after.
        let mut gone = std::collections::BTreeSet::new();
        for callback in &scene.callbacks {
            let leg = callback.call_connection_id.clone().unwrap();
            let is_last = matches!(callback.kind.name(), "CallDisconnected" | "AnswerFailed" | "ConnectFailed");
            if callback.kind.name() != "CreateCallFailed" {
                prop_assert!(!gone.contains(&leg), "{} after the end", callback.kind.name());
            }
            if is_last {
                gone.insert(leg);
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut scene = Scene::with(WorldOptions { seed, ..WorldOptions::default() });
        let leg = scene.inbound(json!({"script": {"press": ["1"], "hangupAfter": "9s"}}));
        scene.ask(Operation::Play { call_connection_id: leg }, &json!({"playSources": [text("hello")]}));
        scene.settle();
        scene.callbacks
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

#[test]
fn thousands_of_calls_at_once() {
    let mut scene = Scene::new();
    for number in 0..3_000 {
        scene.place(json!({"from": format!("+1425{number:07}"), "script": {"hangupAfter": "400s"}}));
        scene.answer();
    }
    scene.seconds(800);
    let connected = scene.names().iter().filter(|name| **name == "CallConnected").count();
    let over = scene.names().iter().filter(|name| **name == "CallDisconnected").count();
    assert_eq!((connected, over), (3_000, 3_000));
    assert!(scene.world.calls.len() <= crate::limits::ENDED_CALLS_MAX);
}

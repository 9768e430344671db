//! Requests that are not executed: what is wrong, by status and code.

use acs::Operation;
use serde_json::{Value, json};

use super::{AGENT, CALLER, LINE, Scene, on, text, who};
use crate::Request;

const URI: &str = "https://app.example.com/cb";

/// What is asked, how, and what the refusal must name.
type Row = (Operation, Value, &'static str);

#[test]
fn wrong_bodies_are_named() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    let tables = [creating(), playing(&leg), recognizing(&leg), participants(&leg)];
    for (operation, body, named) in tables.into_iter().flatten() {
        let (status, answer) = scene.ask(operation.clone(), &body);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        let code = answer["error"]["code"].as_str();
        assert_eq!((status, code), (400, Some("8523")), "{operation:?} {body}: {answer}");
        assert!(message.contains(named), "{operation:?}: {message}");
    }
    scene.settle();
    assert_eq!(scene.names(), Vec::<&str>::new(), "a refused request has no events");
    let executed: Vec<_> = scene.world.executions().keys().copied().collect();
    assert_eq!(executed, ["answerCall"]);
}

fn creating() -> Vec<Row> {
    vec![
        (Operation::CreateCall, json!(null), "no body"),
        (Operation::CreateCall, json!([]), "invalid"),
        (Operation::CreateCall, json!({"targets": [], "callbackUri": URI}), "targets"),
        (Operation::CreateCall, json!({"targets": [who(AGENT)]}), "callbackUri"),
        (Operation::CreateCall, json!({"targets": [who(AGENT)], "callbackUri": URI}), "sourceCallerIdNumber"),
        (
            Operation::CreateCall,
            json!({"targets": [{"kind": "phoneNumber"}], "callbackUri": URI}),
            "targets[0]",
        ),
        (
            Operation::CreateCall,
            json!({"targets": [who("8:acs:a_b"), who("8:acs:a_b")], "callbackUri": URI}),
            "targets[1]",
        ),
        (
            Operation::CreateCall,
            json!({"targets": [who("8:acs:a_b")], "callbackUri": "http://app.example.com/"}),
            "CallbackUri",
        ),
        (Operation::CreateCall, json!({"targets": [who("8:acs:a_b")], "callbackUri": "/cb"}), "CallbackUri"),
        (
            Operation::CreateCall,
            json!({"targets": [who("8:acs:a_b")], "callbackUri": URI, "sourceCallerIdNumber": {"value": "1"}}),
            "sourceCallerIdNumber",
        ),
    ]
}

fn playing(leg: &str) -> Vec<Row> {
    vec![
        (
            Operation::RejectCall,
            json!({"incomingCallContext": "x", "callRejectReason": "rude"}),
            "callRejectReason",
        ),
        (on!(Play, leg), json!({"playSources": []}), "playSources"),
        (on!(Play, leg), json!({"playSources": [{"kind": "text"}]}), "playSources[0]"),
        (on!(Play, leg), json!({"playSources": [{"kind": "song"}]}), "playSources[0].kind"),
        (on!(Play, leg), json!({"playSources": [text(&"a".repeat(4_001))]}), "4000"),
        (
            on!(Play, leg),
            json!({"playSources": [{"kind": "file", "file": {"uri": "a.wav"}}]}),
            "playSources[0].file.uri",
        ),
        (on!(Play, leg), json!({"playSources": [text("a")], "playTo": [who(AGENT)]}), "playTo[0]"),
        (
            on!(Play, leg),
            json!({"playSources": [text("a")], "operationCallbackUri": "x"}),
            "OperationCallbackUri",
        ),
    ]
}

fn recognizing(leg: &str) -> Vec<Row> {
    let recognize = |options: Value| json!({"recognizeInputType": "dtmf", "recognizeOptions": options});
    let target = who(CALLER);
    vec![
        (on!(Recognize, leg), recognize(json!({"targetParticipant": target})), "maxTonesToCollect"),
        (on!(Recognize, leg), recognize(json!({"targetParticipant": who(AGENT)})), "targetParticipant"),
        (
            on!(Recognize, leg),
            recognize(json!({"targetParticipant": target, "dtmfOptions": {"maxTonesToCollect": 0}})),
            "maxTonesToCollect",
        ),
        (
            on!(Recognize, leg),
            recognize(
                json!({"targetParticipant": target, "dtmfOptions": {"maxTonesToCollect": 1, "interToneTimeoutInSeconds": 61}}),
            ),
            "interToneTimeoutInSeconds",
        ),
        (
            on!(Recognize, leg),
            recognize(
                json!({"targetParticipant": target, "dtmfOptions": {"maxTonesToCollect": 1, "stopTones": ["hash"]}}),
            ),
            "stopTones",
        ),
        (
            on!(Recognize, leg),
            recognize(
                json!({"targetParticipant": target, "initialSilenceTimeoutInSeconds": 301, "dtmfOptions": {"maxTonesToCollect": 1}}),
            ),
            "initialSilenceTimeoutInSeconds",
        ),
        (
            on!(Recognize, leg),
            json!({"recognizeInputType": "mind", "recognizeOptions": {"targetParticipant": target}}),
            "recognizeInputType",
        ),
        (
            on!(Recognize, leg),
            json!({"recognizeInputType": "choices", "recognizeOptions": {"targetParticipant": target}}),
            "choices",
        ),
        (
            on!(Recognize, leg),
            json!({"recognizeInputType": "choices", "recognizeOptions": {"targetParticipant": target, "initialSilenceTimeoutInSeconds": 21, "choices": [{"label": "a", "phrases": ["a"]}]}}),
            "initialSilenceTimeoutInSeconds",
        ),
    ]
}

fn participants(leg: &str) -> Vec<Row> {
    let target = who(CALLER);
    vec![
        (on!(AddParticipant, leg), json!({"participantToAdd": who(AGENT)}), "sourceCallerIdNumber"),
        (
            on!(AddParticipant, leg),
            json!({"participantToAdd": who(CALLER), "sourceCallerIdNumber": {"value": LINE}}),
            "participantToAdd",
        ),
        (
            on!(AddParticipant, leg),
            json!({"participantToAdd": who(AGENT), "sourceCallerIdNumber": {"value": LINE}, "invitationTimeoutInSeconds": 181}),
            "invitationTimeoutInSeconds",
        ),
        (on!(TransferToParticipant, leg), json!({"targetParticipant": who(CALLER)}), "targetParticipant"),
        (
            on!(TransferToParticipant, leg),
            json!({"targetParticipant": who(AGENT), "transferee": who(AGENT)}),
            "transferee",
        ),
        (on!(SendDtmfTones, leg), json!({"tones": [], "targetParticipant": target}), "tones"),
        (on!(SendDtmfTones, leg), json!({"tones": vec!["one"; 19], "targetParticipant": target}), "tones"),
        (Operation::StartRecording, json!({}), "callLocator"),
        (Operation::StartRecording, json!({"callLocator": {"roomId": "1"}}), "callLocator"),
    ]
}

#[test]
fn calls_that_are_unknown_or_over() {
    let mut scene = Scene::new();
    for operation in [
        on!(GetCall, "x"),
        on!(HangUp, "x"),
        on!(Play, "x"),
        on!(AddParticipant, "x"),
        on!(ListParticipants, "x"),
    ] {
        scene.refused(operation, &json!({}), (404, "8522"));
    }
    scene.refused(Operation::StopRecording { recording_id: "x".to_owned() }, &json!(null), (404, "8522"));
}

#[test]
fn repeated_requests_are_answered_but_not_executed() {
    let id = "7d4a3c1e-5b2f-4d6a-9c8e-1f2a3b4c5d6e";
    let body = json!({"targets": [who("8:acs:a_b")], "callbackUri": URI}).to_string().into_bytes();
    let mut scene = Scene::new();
    let request = Request {
        repeatability_request_id: Some(id.to_owned()),
        repeatability_first_sent: Some("Tue, 17 Mar 2026 10:20:30 GMT".to_owned()),
        ..Request::new(Operation::CreateCall, body)
    };
    let first = scene.world.on_request(&request, scene.at);
    scene.seconds(300);
    let again = scene.world.on_request(&request, scene.at);
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert!(again.headers.contains(&("repeatability-result", "accepted".to_owned())));
    assert_eq!(scene.world.executions()["createCall"], 1);

    let other = Request { operation: Operation::Connect, ..request.clone() };
    assert_eq!(scene.world.on_request(&other, scene.at).status, 400);
    for (request_id, first_sent) in [
        (Some(id), None),
        (None, request.repeatability_first_sent.as_deref()),
        (Some("1"), request.repeatability_first_sent.as_deref()),
        (Some(id), Some("yesterday")),
    ] {
        let request = Request {
            repeatability_request_id: request_id.map(str::to_owned),
            repeatability_first_sent: first_sent.map(str::to_owned),
            ..request.clone()
        };
        assert_eq!(scene.world.on_request(&request, scene.at).status, 400, "{request_id:?} {first_sent:?}");
    }
    // Long after, the same id is a new request.
    scene.seconds(600);
    assert_ne!(scene.world.on_request(&request, scene.at).body, first.body);
}
